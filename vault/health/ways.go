package health

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// on is the remedy of an action on a file or folder.
func on(action remedy.Action, path string) remedy.Remedy {
	return remedy.To(action, remedy.Path.Named(path))
}

// onTwo is that of an action on a file or folder, and on another.
func onTwo(action remedy.Action, path, target string) remedy.Remedy {
	return remedy.To(action, remedy.Path.Named(path), remedy.Target.Named(target))
}

// give is that of an action by which a user gets a file or folder.
func give(action remedy.Action, uid int, path string) remedy.Remedy {
	return remedy.To(action, remedy.User.Named(strconv.Itoa(uid)), remedy.Path.Named(path))
}

// fix is what mends what a finding's own Fix mends.
func fix() remedy.Remedy { return remedy.To(remedy.Fix) }

// takeAway makes room in the vault's folder where something else should be. A folder
// may hold what somebody misses.
func takeAway(vault, path string, info fs.FileInfo) remedy.Remedy {
	if info.IsDir() {
		return onTwo(remedy.Move, path, besideOf(vault, path))
	}
	return on(remedy.RemoveFiles, path)
}

// besideOf is where what is not the vault's goes: beside the folder.
func besideOf(vault, path string) string {
	return unused(filepath.Join(filepath.Dir(vault), filepath.Base(path)))
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

// removeAll removes files, while somebody would type their names.
func removeAll(paths []string) remedy.Remedy {
	const most = 5
	if len(paths) > most {
		return fix()
	}
	return remedy.To(remedy.RemoveFiles, remedy.Path.All(paths)...)
}

// instead moves what is in a folder's place to a name that is not taken.
func instead(path string) remedy.Remedy { return onTwo(remedy.Move, path, unused(path+".old")) }
