// Package edit shows secrets in an editor, and stores what was changed. The text lies
// in memory, never on a disk.
package edit
