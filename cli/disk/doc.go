// Package disk is the files that commands write and read, and where a path leads: to a
// file, into a git work tree, into a vault's folder.
package disk
