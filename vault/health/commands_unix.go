//go:build unix

package health

import (
	"strings"

	"github.com/tacit-vault/tacit/vault/shell"
)

// The commands that remedies name, as the system's shell has them.

func removeCommand(paths ...string) string { return "rm " + shell.QuotePaths(paths) }

func removeTreeCommand(paths ...string) string { return "rm -r " + shell.QuotePaths(paths) }

func moveCommand(from, to string) string {
	return "mv " + shell.QuotePath(from) + " " + shell.QuotePath(to)
}

// lookCommand shows who may do what with a file or folder.
func lookCommand(path string) string { return "ls -ld " + shell.QuotePath(path) }

// writableCommand lets its owner write to a file or folder.
func writableCommand(path string) string { return "chmod u+w " + shell.QuotePath(path) }

// ownCopyCommand puts a copy in the place of a file that has other names.
func ownCopyCommand(path string) string {
	return strings.Join([]string{"cp -p", shell.QuotePath(path), shell.QuotePath(path + ".one"), "&&", moveCommand(path+".one", path)}, " ")
}
