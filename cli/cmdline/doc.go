// Package cmdline takes a command line apart. It knows what a command is called, which
// flags and arguments it takes, and what other tools call the same; it does not know
// what a command does.
package cmdline
