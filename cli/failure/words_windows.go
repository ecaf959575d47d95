package failure

// Parts of hints that are of this system.
const (
	DeleteFile = "del FILE deletes it"
	onPath     = `: $env:PATH += ";DIR"`
)
