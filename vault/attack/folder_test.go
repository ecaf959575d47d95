package attack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// copyTree copies a vault's folder as a backup program would, but for the
// ballast, which holds nothing.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := errors.Join(os.RemoveAll(to), os.MkdirAll(to, 0o700))
	if err == nil {
		err = filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
			rel, _ := filepath.Rel(from, path)
			switch {
			case err != nil || rel == "." || rel == "ballast":
				return err
			case d.IsDir():
				return os.MkdirAll(filepath.Join(to, rel), 0o700)
			}
			return copyFile(path, filepath.Join(to, rel))
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// copyFile copies a file and leaves holes where it has nothing but zeros.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer dst.Close()
	buf, zeros := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); ; {
		if at, err = nextData(src, at); err != nil {
			return err
		}
		n, err := io.ReadFull(src, buf)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := dst.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return dst.Truncate(at)
		}
		if err != nil {
			return err
		}
	}
}

// nextData jumps over a hole, where that can be done: of the files that attacks
// make large, nothing else is there to be copied.
func nextData(f *os.File, at int64) (int64, error) {
	if runtime.GOOS != "linux" {
		return at, nil
	}
	const seekData = 3
	if next, err := f.Seek(at, seekData); err == nil {
		return next, nil
	}
	return f.Seek(0, io.SeekEnd) // there is none behind at
}

// lay puts a copy of the folder in the vault's place. The folder itself stays,
// and the ballast in it.
func (v *victim) lay(copied string) {
	v.t.Helper()
	v.close()
	entries, err := os.ReadDir(v.dir)
	v.must(err)
	for _, e := range entries {
		if e.Name() != "ballast" {
			v.must(os.RemoveAll(filepath.Join(v.dir, e.Name())))
		}
	}
	temp := v.dir + ".laid"
	copyTree(v.t, copied, temp)
	entries, err = os.ReadDir(temp)
	v.must(err)
	for _, e := range entries {
		v.must(os.Rename(filepath.Join(temp, e.Name()), filepath.Join(v.dir, e.Name())))
	}
	v.must(os.RemoveAll(temp))
}

// dump is everything that a database holds.
type dump map[string][]byte

func (v *victim) dump(dir string) dump {
	v.t.Helper()
	v.close()
	d := dump{}
	s, err := badgerstore.Open(context.Background(), dir, store.Options{ReadOnly: true, Wait: time.Minute})
	v.must(err)
	defer s.Close()
	v.must(s.View(func(r store.Reader) error {
		for key, err := range r.Keys(nil, nil) {
			if err != nil {
				return err
			}
			if d[string(key)], err = r.Get(key); err != nil {
				return err
			}
		}
		return nil
	}))
	return d
}

// keys are those with a prefix, sorted.
func (d dump) keys(prefix string) (keys []string) {
	for key := range d {
		if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// records are the keys of the records of a name, oldest version first.
func (d dump) records(name string) []string { return d.keys("s/" + name + "/") }

// current is the key of the newest record of a name.
func (d dump) current(name string) string {
	keys := d.records(name)
	return keys[len(keys)-1]
}

// files are the regular files of the vault's folder.
func (v *victim) files() (files []string) {
	v.close()
	v.must(filepath.WalkDir(v.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "ballast" {
			files = append(files, path)
		}
		return err
	}))
	return files
}

// put puts entries into the vault's database, nil to delete one. What is more
// than a transaction takes goes into several.
func (v *victim) put(entries map[string][]byte) {
	v.t.Helper()
	v.close()
	s, err := badgerstore.Open(context.Background(), v.dir, store.Options{Wait: time.Minute})
	v.must(err)
	for key, b := range entries {
		v.must(s.Update(func(w store.Writer) error {
			if b == nil {
				return w.Delete([]byte(key))
			}
			return w.Put([]byte(key), b)
		}))
	}
	v.must(s.Close())
}
