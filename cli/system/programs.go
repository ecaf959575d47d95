package system

import (
	"path/filepath"
	"strings"
)

// Small and Core are the names of the two programs, the small one and the whole one.
// They lie in one folder. Who installs only one program calls it as they like.
const (
	Small = "tacit"
	Core  = "tacit-core"
)

// SmallBeside is the path of the small program that belongs to the whole one at a path,
// "" if that is the only program.
func SmallBeside(path string) string {
	folder, name := filepath.Split(path)
	bare := strings.TrimSuffix(name, ".exe")
	if bare != Core {
		return ""
	}
	return filepath.Join(folder, Small+strings.TrimPrefix(name, bare))
}
