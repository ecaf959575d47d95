//go:build !unix

package storedir

import "os"

// SyncDir does nothing: folders cannot be synced here.
func SyncDir(string) error { return nil }

// SyncIn does nothing: folders cannot be synced here.
func SyncIn(*os.Root, string) error { return nil }
