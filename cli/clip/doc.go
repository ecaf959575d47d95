// Package clip puts a secret on the clipboard, and takes it from there again.
package clip
