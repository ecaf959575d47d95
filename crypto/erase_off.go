//go:build !goexperiment.runtimesecret

package crypto

// erasing calls f. Where tacit is built with GOEXPERIMENT=runtimesecret, the
// runtime erases what f left behind.
func erasing(f func()) { f() }
