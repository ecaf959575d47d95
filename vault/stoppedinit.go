package vault

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// What an init makes, in this order, before VAULT makes a vault of it.
const (
	lockFileName = "lock"
	ballastName  = "ballast"
	partDirName  = "db.part"
)

// initDatabaseLimit is how many bytes of a database that may be an init's are read.
// An init's own has two logs of 16 MiB, which are all holes.
const initDatabaseLimit = 64 << 20

// lockFileLimit is the most bytes that the lock file may have: what it says of the
// database, and which process has it.
const lockFileLimit = 16 << 10

// Compiled where they are needed: every command would pay for them.
var (
	dbFile = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(MANIFEST|MANIFEST-REWRITE|KEYREGISTRY|REWRITE-KEYREGISTRY|DISCARD|LOCK|\d{5}\.mem|\d{6}\.(sst|vlog))$`)
	})
	slotCopyFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d\d-[a-z0-9-]{1,40}\.age(\.new)?$`) })
	lockText     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)^(\x00*|(open \d+|closed) *\n)(\{"pid":.*\n)?$`) })
)

// Leavings tells whether a folder holds what an init left that was stopped, and
// nothing else: only files that it makes, no VAULT, not one record nor a second
// commit in the bytes of the database, and no vault that this machine remembers
// there. Then nothing can be lost with it, and Create takes the folder. A whole
// vault that nobody has written to, and that lost its VAULT, is no different: an
// init that is stopped before its last step leaves just that. It reads, and
// writes nothing.
func Leavings(dir, state string) (left bool, err error) {
	defer naming("init", &err)
	real, err := realDir(dir)
	if err != nil {
		return false, err
	}
	anchors, err := Options{State: state}.anchors()
	if err != nil {
		return false, err
	}
	// A memory that cannot be read may be of a vault that was there.
	m, err := anchors.Load(crypto.ID{}, real)
	if err != nil || m.PathKnown || m.Announced.Vault != (crypto.ID{}) {
		return false, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false, pathError(dir, err)
	}
	defer root.Close()
	l := initFolder{root: root, left: initDatabaseLimit}
	return l.only(".", l.top) && l.lock, nil
}

// An initFolder is a folder that is looked through for what an init makes.
type initFolder struct {
	root *os.Root
	left int64 // bytes that may still be read
	lock bool  // the lock file, which comes first, is there
}

// only tells whether every entry of a folder is as it has to be.
func (l *initFolder) only(dir string, fits func(path string, fi fs.FileInfo) bool) bool {
	entries, err := fs.ReadDir(l.root.FS(), dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if storedir.Leftover(e.Name()) {
			continue
		}
		fi, err := e.Info()
		if err != nil || !fits(filepath.Join(dir, e.Name()), fi) {
			return false
		}
	}
	return true
}

// top looks at an entry of the vault's folder.
func (l *initFolder) top(path string, fi fs.FileInfo) bool {
	switch {
	case path == lockFileName:
		b, err := readSmall(l.root, path, lockFileLimit)
		l.lock = err == nil && lockText().Match(b)
		return l.lock
	case path == ballastName:
		return fi.Mode().IsRegular() && fi.Size() <= 8<<20
	case path == vaultFileName+".new":
		return fi.Mode().IsRegular() && fi.Size() <= vaultFileLimit
	case path == slotsDirName && fi.IsDir():
		return l.only(path, func(path string, fi fs.FileInfo) bool {
			return fi.Mode().IsRegular() && slotCopyFile().MatchString(filepath.Base(path))
		})
	case (path == dbDirName || path == partDirName) && fi.IsDir():
		return l.only(path, func(path string, fi fs.FileInfo) bool {
			return fi.Mode().IsRegular() && dbFile().MatchString(filepath.Base(path)) && l.nothingIn(path)
		})
	}
	return false
}

// nothingIn tells whether a file of the database holds neither a record, whole
// or not, nor a head after the first.
func (l *initFolder) nothingIn(path string) bool {
	b, err := readSmall(l.root, path, l.left)
	if err != nil {
		return false
	}
	l.left -= int64(len(b))
	if bytes.Contains(b, []byte(crypto.RecordMark)) {
		return false
	}
	for rest := b; ; {
		i := bytes.Index(rest, []byte(crypto.HeadMagic))
		if i < 0 {
			return true
		}
		rest = rest[i:]
		if head, err := crypto.CarveHead(rest); err != nil || head.Seq != 1 {
			return false
		}
		rest = rest[len(crypto.HeadMagic):]
	}
}

// clearLeavings removes what an init left that was stopped. It keeps the lock
// meanwhile, so that it is never another's, which is still at work.
func clearLeavings(ctx context.Context, dir, state string) error {
	release, err := storedir.Hold(ctx, dir, 0)
	if err != nil {
		return storeError(dir, err)
	}
	defer release()
	if ok, err := Leavings(dir, state); err != nil || !ok {
		return notEmpty(dir)
	}
	for _, name := range []string{slotsDirName, vaultFileName + ".new", dbDirName, partDirName, ballastName} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return pathError(dir, err)
		}
	}
	// The lock is kept, and what it says of the database is no longer so.
	return pathError(dir, os.Truncate(filepath.Join(dir, lockFileName), 0))
}

// notEmpty refuses a folder that holds something.
func notEmpty(dir string) error {
	e := &SecretError{Code: Exists, Path: dir, Message: "the folder is not empty", Remedy: remedy.To(remedy.NameNewVault)}
	if there(filepath.Join(dir, dbDirName)) || there(filepath.Join(dir, slotsDirName)) {
		e.Message = "the folder is not empty: it may hold what is left of a vault"
		e.Remedy = remedy.To(remedy.RescueOrNameNewVault)
	}
	return e
}

// Entries lists a folder without the files that file systems and desktops put
// there by themselves, such as .DS_Store and .nfs…. An init that finds nothing else
// takes the folder for an empty one.
func Entries(dir string) ([]fs.DirEntry, error) { return storedir.Entries(dir) }
