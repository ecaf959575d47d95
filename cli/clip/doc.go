// Package clip puts a secret on the clipboard, and takes it from there again.
//
// No library serves: one of those that there are needs cgo, the other runs the same
// programs, and marks nothing as secret.
package clip
