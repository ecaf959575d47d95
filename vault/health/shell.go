package health

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// doctorFix is the remedy of what doctor itself mends.
const doctorFix = "tacit doctor --fix"

// RemoveCommand is the system's command that removes a file.
func RemoveCommand(path string) string { return removeCommand(path) }

// RemoveTreeCommand is the one that removes a folder with all in it.
func RemoveTreeCommand(path string) string { return removeTreeCommand(path) }

// LookCommand is the one that shows who may do what with a path.
func LookCommand(path string) string { return lookCommand(path) }

// takeAway is the command that makes room in the vault's folder where something
// else should be. A folder may hold what somebody misses.
func takeAway(vault, path string, info fs.FileInfo) string {
	if info.IsDir() {
		return moveOut(vault, path)
	}
	return removeCommand(path)
}

// moveOut is the command that moves what is not the vault's beside the folder.
func moveOut(vault, path string) string {
	return moveCommand(path, unused(filepath.Join(filepath.Dir(vault), filepath.Base(path))))
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
	return removeCommand(paths...)
}

// instead is the command that moves what is in a folder's place to a name that is
// not taken.
func instead(path string) string { return moveCommand(path, unused(path+".old")) }
