//go:build !unix

package keyring

// memories is empty: there is the heap only.
var memories [0]func(size int) (bytes []byte, kind string, free func())
