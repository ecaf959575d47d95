//go:build !linux && !windows

package failure

// Parts of hints that are of this system.
const (
	DeleteFile = "rm FILE deletes it"
	onPath     = `: export PATH="$PATH:DIR"`
)
