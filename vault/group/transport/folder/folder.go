// Package folder carries a group's bundles through a folder: in a git repository, on a
// stick, on a network's disk, or one that other programs copy from machine to machine.
//
//	FOLDER/w/<group>/<member>/0000000007.tacit   a key and its bytes, see package transport
//	FOLDER/.gitattributes                        keeps git from changing line ends
//	FOLDER/tmp/                                  files under way, and the lock; git ignores it
//
// Whoever can write to the folder can put anything there. Nothing outside of it is
// touched, links are not followed, and pipes and devices are not opened. A name that no
// key gives is ignored: a conflict copy, a desktop's file, what a newer tacit puts.
package folder

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// suffix is what the name of a key's file ends in.
const suffix = ".tacit"

// Folder is a transport through a folder. Close it.
type Folder struct {
	root *os.Root
	path string
	link func(from, to string) error // the root's
	wait time.Duration               // for a lock, at most

	close sync.Once
	done  chan struct{}

	listing sync.Mutex // guards more
	more    pages      // what the last List has left

	waiting sync.Mutex // guards seen
	seen    sight      // what the last Wait saw
	pause   time.Duration
}

var (
	_ transport.Transport = (*Folder)(nil)
	_ transport.Deleter   = (*Folder)(nil)
)

// Open opens a folder that exists. The error wraps transport.ErrUnreachable where it
// does not: a stick that is not there.
func Open(dir string) (*Folder, error) {
	f, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, classify(bare(err)))
	}
	return f, nil
}

func open(dir string) (*Folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root: root, path: dir, link: root.Link, done: make(chan struct{}), seen: sight{seed: maphash.MakeSeed()}, pause: pollPause, wait: lockWait}, nil
}

// Make makes the folder where there is none, and writes .gitattributes where it has
// none. It can be used on a folder that is in use.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", dir, classify(err))
	}
	f, err := open(dir)
	if err != nil {
		return fmt.Errorf("making %s: %w", dir, classify(err))
	}
	defer f.Close()
	if _, err := f.root.Lstat(attributes); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = storedir.WriteIn(f.root, attributes, []byte("# What lies here is sealed and binary.\n*"+suffix+" binary\n"), 0o644)
	if err == nil {
		err = storedir.SyncIn(f.root, ".")
	}
	return classify(err)
}

const attributes = ".gitattributes"

// Close implements io.Closer.
func (f *Folder) Close() (err error) {
	f.close.Do(func() {
		close(f.done)
		err = f.root.Close()
	})
	return err
}

// begin returns the error of a call that need not be tried. A folder that is gone by
// now cannot be reached.
func (f *Folder) begin(ctx context.Context) error {
	select {
	case <-f.done:
		return transport.ErrClosed
	default:
	}
	return ctx.Err()
}

// ended is an error after Close, whatever the system calls it.
func (f *Folder) ended(err error) error {
	if err != nil && f.begin(context.Background()) != nil {
		return transport.ErrClosed
	}
	return err
}

// bare is an error without the name of the file, which the message has already.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// classify wraps an error of the file system with the one of package transport that it
// amounts to.
func classify(err error) error {
	var as error
	switch {
	case err == nil:
		return nil
	case storedir.IsNoSpace(err):
		as = transport.ErrFull
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, storedir.ErrLocked):
		as = transport.ErrUnreachable
	case errors.Is(storedir.SentinelOf(err), store.ErrReadOnly):
		as = transport.ErrDenied
	default:
		return err
	}
	return fmt.Errorf("%w: %w", as, err)
}

// file is the path of a key in the folder.
func file(key string) string { return key + suffix }

// keyOf is the key of a path in the folder, if it is one.
func keyOf(name string) (string, bool) {
	key, ok := strings.CutSuffix(name, suffix)
	return key, ok && transport.CheckKey(key) == nil
}

// isFolder tells whether a path below the root leads to a folder by folders alone. That
// is for what is put there meanwhile to break: nothing outside can be reached.
func (f *Folder) isFolder(name string) (bool, error) {
	for at, rest := "", name; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		at = path.Join(at, part)
		info, err := f.root.Lstat(at)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil || !info.IsDir() {
			return false, err
		}
	}
	return true, nil
}

// read returns what is under a key. The error wraps transport.ErrNone where that is
// nothing, or no regular file.
func (f *Folder) read(key string) ([]byte, error) {
	ok, err := f.isFolder(path.Dir(key))
	if err != nil {
		return nil, classify(err)
	}
	if !ok {
		return nil, f.none()
	}
	b, err := storedir.ReadIn(f.root, file(key), transport.MaxData)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, storedir.ErrIrregular), err == nil && len(b) == 0:
		return nil, f.none()
	case errors.Is(err, storedir.ErrLong):
		return nil, fmt.Errorf("%w: %s is over %d bytes", transport.ErrSize, filepath.Join(f.path, file(key)), transport.MaxData)
	}
	return b, classify(err)
}

// none is ErrNone, where the folder is still what its name leads to: a disk that was
// taken away has not lost its files.
func (f *Folder) none() error {
	here, err := f.root.Stat(".")
	there, err2 := os.Stat(f.path)
	if err != nil || err2 != nil || !os.SameFile(here, there) {
		return fmt.Errorf("%w: %s is not there any more", transport.ErrUnreachable, f.path)
	}
	return transport.ErrNone
}

// Get implements transport.Transport.
func (f *Folder) Get(ctx context.Context, key string) ([]byte, error) {
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	if err := transport.CheckKey(key); err != nil {
		return nil, err
	}
	b, err := f.read(key)
	return b, f.ended(err)
}

// Delete implements transport.Deleter.
func (f *Folder) Delete(ctx context.Context, key string) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := transport.CheckKey(key); err != nil {
		return err
	}
	ok, err := f.isFolder(path.Dir(key))
	if err != nil || !ok {
		return f.ended(classify(err))
	}
	err = f.root.Remove(file(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = storedir.SyncIn(f.root, path.Dir(key))
	}
	return f.ended(classify(err))
}

// lockWait is how long a lock is waited for: it is held while one file is written.
const lockWait = 30 * time.Second
