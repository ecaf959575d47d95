package failure

// Parts of hints that are of this system.
const (
	DeleteFile = "shred -u FILE overwrites it on a plain disk"
	onPath     = `: export PATH="$PATH:DIR"`
)
