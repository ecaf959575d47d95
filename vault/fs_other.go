//go:build !unix

package vault

// isReadOnlyFS tells whether err says that the medium cannot be written.
func isReadOnlyFS(error) bool { return false }
