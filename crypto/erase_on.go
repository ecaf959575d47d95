//go:build goexperiment.runtimesecret

package crypto

import "runtime/secret"

// erasing calls f, and has the runtime erase the stack, the registers and the
// memory that f used: of file keys, of shared secrets and of plaintext. It takes
// a tacit that was built with GOEXPERIMENT=runtimesecret.
func erasing(f func()) { secret.Do(f) }
