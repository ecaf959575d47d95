//go:build !unix

package storedir

// SyncDir does nothing: folders cannot be synced here.
func SyncDir(string) error { return nil }
