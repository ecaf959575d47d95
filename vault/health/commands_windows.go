package health

import (
	"strings"

	"github.com/tacit-vault/tacit/vault/shell"
)

// The commands that remedies name, as PowerShell has them.

func removeCommand(paths ...string) string { return "Remove-Item -LiteralPath " + list(paths) }

func removeTreeCommand(paths ...string) string {
	return "Remove-Item -Recurse -LiteralPath " + list(paths)
}

func moveCommand(from, to string) string {
	return "Move-Item -LiteralPath " + shell.QuotePath(from) + " " + shell.QuotePath(to)
}

// lookCommand shows who may do what with a file or folder.
func lookCommand(path string) string { return "icacls " + shell.QuotePath(path) }

// writableCommand lets its owner write to a file or folder.
func writableCommand(path string) string { return "attrib -r " + shell.QuotePath(path) }

// ownCopyCommand puts a copy in the place of a file that has other names.
func ownCopyCommand(path string) string {
	return "Copy-Item -LiteralPath " + shell.QuotePath(path) + " " + shell.QuotePath(path+".one") + "; Move-Item -Force -LiteralPath " + shell.QuotePath(path+".one") + " " + shell.QuotePath(path)
}

func list(paths []string) string {
	words := make([]string, len(paths))
	for i, path := range paths {
		words[i] = shell.QuotePath(path)
	}
	return strings.Join(words, ",")
}
