package cli

// Parts of hints that are of this system.
const (
	deleteFile = "del FILE deletes it"
	onPath     = `: $env:PATH += ";DIR"`
)
