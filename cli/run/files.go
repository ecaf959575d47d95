package run

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
)

// inFiles puts each secret into a file that lies in memory, and returns
// variables with their paths: files in a folder that is removed when the command
// has ended, or, where there is no place for one, files without a name, which
// end with whoever has them open.
func inFiles(s *frame.Session, c *Child, list []variable) ([]variable, error) {
	place := system.MemoryPlace(s.Env)
	if place == "" {
		return withoutNames(c, list)
	}
	frame.SweepMemory(s)
	folder, err := system.NewMemoryFolder(place, system.RunFolder)
	if err != nil {
		return nil, err
	}
	dir := folder.Path
	c.Kept, c.files = true, folder
	c.Done = append(c.Done, func() { _ = folder.Remove() })
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, failure.FileError("opening", dir, err)
	}
	defer root.Close()
	return replaceValues(list, func(v variable) (string, error) {
		path := filepath.Join(dir, v.name)
		f, err := root.OpenFile(v.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
		if err == nil {
			_, err = f.Write(v.bytes())
			if cerr := f.Close(); err == nil {
				err = cerr
			}
		}
		if err != nil {
			return "", failure.FileError("writing", path, err)
		}
		return path, nil
	})
}

// withoutNames puts the secrets into files that have a descriptor and no name.
// The command inherits the descriptors.
func withoutNames(c *Child, list []variable) ([]variable, error) {
	return replaceValues(list, func(v variable) (string, error) {
		f, err := memoryFile(v.name, v.bytes())
		if err == nil && f == nil {
			return "", frame.NoMemoryOn("run --files", runtime.GOOS).Hinted("use --stdin, or the environment")
		}
		if err != nil {
			return "", failure.FileError("making a file in memory for", v.name, err)
		}
		c.Done = append(c.Done, func() { f.Close() })
		return passOn(f)
	})
}

// replaceValues puts a path in the place of each secret's value. What is no
// secret stays as it is.
func replaceValues(list []variable, path func(variable) (string, error)) ([]variable, error) {
	out := make([]variable, len(list))
	for i, v := range list {
		if len(v.secrets()) > 0 {
			p, err := path(v)
			if err != nil {
				return nil, err
			}
			v.value = vault.Text(p)
		}
		out[i] = v
	}
	return out, nil
}
