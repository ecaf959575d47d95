package badgerstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerfiles"
	"github.com/tacit-vault/tacit/store/storedir"
)

// A database is one of Badger's that is open, with its folder.
//
// Badger opens its files by their paths, whenever it needs one. Where the system
// can, it gets a path that leads to the folder that was looked at, whatever has
// become of its name since: a link that somebody puts there leads it nowhere.
type database struct {
	*badger.DB
	log    *eventLog
	folder *os.File // held as long as Badger may use it; nil where it is opened by name
}

// inUse are the folders that were not let go. A Badger that failed, or does not return, is
// left behind and goes on trying to write, for good. If its folder were collected as
// garbage, which closes it, the next one that is opened would get its number, and Badger's
// files.
var inUse sync.Map // *os.File

// hold holds the folder until letGo, whoever still knows of the database.
func (db *database) hold(folder *os.File) {
	if db.folder = folder; folder != nil {
		inUse.Store(folder, nil)
	}
}

// letGo gives the folder back, once Badger is done with it.
func (db *database) letGo() {
	if db.folder != nil {
		db.folder.Close()
		inUse.Delete(db.folder)
	}
}

const (
	// openPatience is how long Badger may take before its folder is looked at for
	// something that it could wait for forever.
	openPatience = 2 * time.Second
	// lookAgain is the pause between two such looks.
	lookAgain = 200 * time.Millisecond
)

// openHeld has Badger open the folder of o. Should a pipe come to stand for one
// of its files after they were looked at, Badger is left waiting for it and the
// error wraps ErrCorrupt.
func openHeld(o badger.Options) (*database, error) {
	folder, path, err := storedir.HoldFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	log, _ := o.Logger.(*eventLog)
	db := &database{log: log}
	db.hold(folder)
	o.Dir, o.ValueDir = path, path
	if err := storedir.ClearAttributes(path); err != nil {
		db.letGo()
		return nil, err
	}
	opened := make(chan error, 1)
	go func() {
		opened <- badgerfiles.Guard("open", func() (err error) {
			db.DB, err = badger.Open(o)
			return err
		})
	}()
	returned, awaited := make(chan error, 1), make(chan error, 1)
	go func() { awaited <- log.await("opening", returned) }()
	look := time.NewTimer(openPatience)
	defer look.Stop()
	for {
		select {
		case err := <-opened:
			returned <- err
			if err != nil {
				err = callFolders(err)
				db.letGo()
				return nil, err
			}
			return db, nil
		case err := <-awaited:
			if errors.Is(err, store.ErrStuck) {
				go db.abandon(opened, returned)
				return nil, callFolders(err)
			}
		case <-look.C:
			if err := onlyFiles(path); err != nil {
				go db.abandon(opened, returned)
				return nil, err
			}
			look.Reset(lookAgain)
		}
	}
}

// abandon closes a database that opens after all.
func (db *database) abandon(opened <-chan error, over chan<- error) {
	err := <-opened
	if err == nil {
		_ = badgerfiles.Guard("close", db.Close)
	}
	db.letGo()
	over <- err
}

// onlyFiles refuses a folder that holds anything else than regular files.
func onlyFiles(dir string) error {
	entries, err := storedir.Entries(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			return storedir.NotRegular(e.Name())
		}
	}
	return nil
}

// hasOpen makes sure that what Badger has open for writing are the folder's
// files: others can have stood there for a moment. So far only empty files were
// made.
func (db *database) hasOpen() error {
	if db.folder == nil {
		return nil
	}
	// Badger may be writing a new MANIFEST, which it has not open for a moment.
	const tries, pause = 5, 20 * time.Millisecond
	for n := 1; ; n++ {
		name, err := db.exchanged()
		switch {
		case err != nil || name == "":
			return err
		case n == tries:
			return fmt.Errorf("%w: %s was exchanged while it was opened", store.ErrUnsafe, name)
		}
		time.Sleep(pause)
	}
}

// exchanged is the name of a file that Badger would write to and that it has not
// open, or "".
func (db *database) exchanged() (string, error) {
	open, err := openFiles()
	if err != nil {
		return "", err
	}
	dir := storedir.HeldPath(db.folder)
	folder, err := os.Readlink(dir)
	if err != nil {
		return "", err
	}
	entries, err := storedir.Entries(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != ".mem" && ext != ".vlog" && e.Name() != badgerfiles.ManifestName {
			continue
		}
		info, err := os.Lstat(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if !open.has(info, filepath.Join(folder, e.Name())) || !storedir.OneName(info) {
			return e.Name(), nil
		}
	}
	return "", nil
}

// called is an error about files in folders that are held, with their names.
type called struct {
	error
	text string
}

func (c called) Error() string { return c.text }
func (c called) Unwrap() error { return c.error }

// callFolders gives an error the names of folders for the paths by which Badger
// knows them.
func callFolders(err error) error {
	text := err.Error()
	var b strings.Builder
	rest, found := text, false
	for {
		before, after, ok := strings.Cut(rest, storedir.OpenFolder+"/")
		b.WriteString(before)
		if !ok {
			break
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		path := storedir.OpenFolder + "/" + after[:digits]
		if name, err := os.Readlink(path); err == nil {
			path = name
		}
		b.WriteString(path)
		rest, found = after[digits:], true
	}
	if !found {
		return err
	}
	return called{err, b.String()}
}
