// Package run gives secrets to other programs: in their environment, in files in
// memory, on standard input, or in a template. It masks what they print.
package run
