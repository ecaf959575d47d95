// Package torture has no code of its own: its tests do to the real program, a
// process with files, what can be done to one, and ask that nothing which was
// acknowledged is lost and nothing wrong is ever returned.
//
// Each test takes its budget from flags, and prints its seed and what it
// counted. Without flags it is a short slice; CONTRIBUTING.md has the full runs.
package torture
