//go:build !linux

package rescue

import "os"

// nextData knows of no holes.
func nextData(*os.File) func(off int64) int64 { return nil }
