//go:build !unix

package storedir

import "io/fs"

// allocated is the size: what a file takes up is not told here.
func allocated(info fs.FileInfo) int64 { return info.Size() }
