// Package frame is what every command needs: the session with its streams and flags,
// the vault that is meant, the keys at hand, and output. The commands stand in rooms
// above it; their table is handed in by [App].
package frame
