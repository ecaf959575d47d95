//go:build !unix

package keyring

import "runtime"

// checkFD refuses any descriptor but standard input, which is not asked about.
func checkFD(int) error { return noDescriptors(runtime.GOOS) }
