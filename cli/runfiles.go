package cli

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/tacit-vault/tacit/vault"
)

// inFiles puts each secret into a file that lies in memory, and returns
// variables with their paths: files in a folder that is removed when the command
// has ended, or, where there is no place for one, files without a name, which
// end with whoever has them open.
func (s *session) inFiles(c *child, list []variable) ([]variable, error) {
	place := memoryPlace(s.Env)
	if place == "" {
		return withoutNames(c, list)
	}
	s.sweepMemory()
	folder, err := newMemoryFolder(place, runFolder)
	if err != nil {
		return nil, err
	}
	dir := folder.path
	c.kept, c.files = true, folder
	c.done = append(c.done, func() { _ = folder.remove() })
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fileError("opening", dir, err)
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
			return "", fileError("writing", path, err)
		}
		return path, nil
	})
}

// withoutNames puts the secrets into files that have a descriptor and no name.
// The command inherits the descriptors.
func withoutNames(c *child, list []variable) ([]variable, error) {
	return replaceValues(list, func(v variable) (string, error) {
		f, err := memoryFile(v.name, v.bytes())
		if err == nil && f == nil {
			return "", noMemoryOn("run --files", runtime.GOOS).hinted("use --stdin, or the environment")
		}
		if err != nil {
			return "", fileError("making a file in memory for", v.name, err)
		}
		c.done = append(c.done, func() { f.Close() })
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
