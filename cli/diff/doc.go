// Package diff is the command that says what changed between two versions of a secret,
// without the values unless they are asked for.
package diff
