package health

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tacit-vault/tacit/vault/shell"
)

// doctorFix is the remedy of what doctor itself mends.
const doctorFix = "tacit doctor --fix"

// takeAway is the command that makes room in the vault's folder where something
// else should be. A folder may hold what somebody misses.
func takeAway(vault, path string, info fs.FileInfo) string {
	if info.IsDir() {
		return moveOut(vault, path)
	}
	return "rm " + shell.QuotePath(path)
}

// moveOut is the command that moves what is not the vault's beside the folder.
func moveOut(vault, path string) string {
	return "mv " + shell.QuotePath(path) + " " + shell.QuotePath(unused(filepath.Join(filepath.Dir(vault), filepath.Base(path))))
}

// unused is the path, or one like it, at which there is nothing: what a command
// moves there overwrites nobody's file.
func unused(path string) string {
	at := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(at); err != nil {
			return at
		}
		at = path + "." + strconv.Itoa(n)
	}
}

// removeAll is the command that removes files, while a line has room for them.
func removeAll(paths []string) string {
	const most = 5
	if len(paths) > most {
		return doctorFix
	}
	return "rm " + shell.QuotePaths(paths)
}

// instead is the command that moves what is in a folder's place to a name that is
// not taken.
func instead(path string) string {
	return "mv " + shell.QuotePath(path) + " " + shell.QuotePath(unused(path+".old"))
}
