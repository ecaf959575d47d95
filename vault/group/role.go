package group

// Role is what a member may do.
type Role string

const (
	Owner  Role = "owner"
	Heir   Role = "heir"
	Writer Role = "writer"
	Reader Role = "reader"
)
