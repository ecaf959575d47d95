//go:build !unix

package keyring

import "io/fs"

// ownedElsewhere is not told by modes here.
func ownedElsewhere(fs.FileInfo) bool { return false }
