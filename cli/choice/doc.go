// Package choice is which secrets of a vault a command takes: those that --only, --prefix
// and --label choose, without those that --exclude names.
package choice
