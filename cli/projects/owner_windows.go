package projects

// isOthers is not known there.
func isOthers(string) bool { return false }
