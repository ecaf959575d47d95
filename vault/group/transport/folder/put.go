package folder

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

const (
	tempDir  = "tmp"
	tempName = "new-"
	lockName = "lock"
	// tempAge is how old a file under way has to be to be nobody's.
	tempAge = time.Hour
)

// Put implements transport.Transport. After a crash there is what was there before, or
// the new. Two processes of one machine exclude each other by a lock. Two machines that
// share the folder exclude each other where a key has to be free, and where the file
// system has hard links or O_EXCL; a key that is replaced has one author, which is on
// one machine.
func (f *Folder) Put(ctx context.Context, key string, data, old []byte) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := transport.CheckPut(key, data); err != nil {
		return err
	}
	if err := f.makeFolders(path.Dir(key), tempDir); err != nil {
		return f.ended(err)
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return f.ended(err)
	}
	defer unlock()
	there, err := f.read(key)
	switch {
	case errors.Is(err, transport.ErrSize): // in the way, and over the limit
		return fmt.Errorf("%w: %w", transport.ErrTaken, err)
	case err != nil && !errors.Is(err, transport.ErrNone):
		return f.ended(err)
	case err == nil && bytes.Equal(there, data):
		return f.ended(classify(storedir.SyncIn(f.root, path.Dir(key)))) // a crash may have left it so
	case !bytes.Equal(there, old):
		return transport.ErrTaken
	}
	return f.ended(f.place(key, data, old == nil))
}

// place writes a file beside and puts it in its place. free: nothing may be there.
func (f *Folder) place(key string, data []byte, free bool) error {
	if info, err := f.root.Lstat(file(key)); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a regular file", transport.ErrTaken, file(key))
	}
	temp := path.Join(tempDir, tempName+rand.Text())
	if err := storedir.WriteIn(f.root, temp, data, 0o600); err != nil {
		return classify(err)
	}
	defer func() { _ = f.root.Remove(temp) }()
	f.share(temp, path.Dir(key), 0o666)
	if !free {
		return f.settle(key, f.root.Rename(temp, file(key)))
	}
	err := f.link(temp, file(key))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return f.claim(temp, key) // no hard links here
	}
	if info, lerr := f.root.Lstat(file(key)); errors.Is(err, fs.ErrExist) && lerr == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return f.claim(temp, key)
	}
	return f.settle(key, err)
}

// claim puts a file where there is nothing, on a file system without hard links: an
// empty file, which counts as none, takes the place first. One that a crash left is
// taken over: the author has the lock.
func (f *Folder) claim(temp, key string) error {
	c, err := f.root.OpenFile(file(key), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = c.Close()
	} else if info, lerr := f.root.Lstat(file(key)); lerr == nil && info.Mode().IsRegular() && info.Size() == 0 {
		err = nil
	}
	if err == nil {
		err = f.root.Rename(temp, file(key))
	}
	return f.settle(key, err)
}

// settle makes what was put in place durable.
func (f *Folder) settle(key string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return transport.ErrTaken
	}
	if err == nil {
		err = storedir.SyncIn(f.root, path.Dir(key))
	}
	return classify(err)
}

// makeFolders makes folders below the root, which are as open to others as the root.
func (f *Folder) makeFolders(names ...string) error {
	for _, name := range names {
		if ok, err := f.isFolder(name); ok || err != nil {
			if err != nil {
				return classify(err)
			}
			continue
		}
		at := ""
		for part := range strings.SplitSeq(name, "/") {
			up := at
			at = path.Join(at, part)
			if err := f.makeFolder(at, up); err != nil {
				return classify(err)
			}
		}
	}
	return nil
}

func (f *Folder) makeFolder(name, up string) error {
	err := f.root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		if info, err := f.root.Lstat(name); err != nil || !info.IsDir() {
			return errors.Join(err, fmt.Errorf("%w: %s is not a folder", transport.ErrTaken, path.Join(f.path, name)))
		}
		return nil
	}
	if err != nil {
		return err
	}
	f.share(name, ".", 0o777|fs.ModeSetgid)
	if name == tempDir {
		err = storedir.WriteIn(f.root, path.Join(tempDir, ".gitignore"), []byte("*\n"), 0o600)
		f.share(path.Join(tempDir, ".gitignore"), ".", 0o666)
		if err != nil {
			return err
		}
	}
	return storedir.SyncIn(f.root, path.Join(".", up))
}

// share opens what was made to those to whom the folder is open: tacit itself makes
// files for nobody else, and what lies here is sealed. A file system without modes
// refuses, which does not matter.
func (f *Folder) share(name, like string, mask fs.FileMode) {
	if info, err := f.root.Stat(like); err == nil {
		_ = f.root.Chmod(name, info.Mode()&mask)
	}
}

// lock keeps other processes of this machine from writing, and removes what a crash has
// left. Its file is opened through the root, and is nobody else's by a link.
func (f *Folder) lock(ctx context.Context) (unlock func(), err error) {
	name := path.Join(tempDir, lockName)
	if info, err := f.root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", transport.ErrTaken, path.Join(f.path, name))
	}
	l, err := f.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, classify(err)
	}
	f.share(name, ".", 0o666)
	unlock, err = storedir.LockOpen(ctx, l, f.wait)
	if err != nil {
		return nil, classify(err)
	}
	f.tidy(time.Now())
	return unlock, nil
}

// tidy removes files under way that a crash left. The caller has the lock; another
// machine's are old before they are nobody's.
func (f *Folder) tidy(now time.Time) {
	dir, err := f.root.Open(tempDir)
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(100)
	for _, name := range names {
		info, err := f.root.Lstat(path.Join(tempDir, name))
		if err == nil && strings.HasPrefix(name, tempName) && info.Mode().IsRegular() && now.Sub(info.ModTime()) > tempAge {
			_ = f.root.Remove(path.Join(tempDir, name))
		}
	}
}
