//go:build !unix

package health

import "io/fs"

// hasModes: access is what the user's profile gives, and no file has a mode.
const hasModes = false

func ownerOf(fs.FileInfo) (uid int, ok bool)     { return 0, false }
func groupOf(fs.FileInfo) int                    { return -1 }
func linksOf(fs.FileInfo) uint64                 { return 1 }
func deviceOf(fs.FileInfo) (dev uint64, ok bool) { return 0, false }

func keptFrom(string) bool { return false }
