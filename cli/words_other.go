//go:build !linux && !windows

package cli

// Parts of hints that are of this system.
const (
	deleteFile = "rm FILE deletes it"
	onPath     = `: export PATH="$PATH:DIR"`
)
