package health

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

const (
	permissions = "permissions"
	files       = "files"
)

// maxFiles bounds how many files of a folder are looked at.
const maxFiles = 100_000

// Folder looks at every file of the vault in dir: owner, mode, type, further
// names of it, and whether it is one of ours. now is by the file system's clock. It
// may belong to one of the owners, too, and then be readable to its group.
func Folder(dir string, now time.Time, owners ...int) (found []Finding) {
	w := walk{dir: dir, now: now, owners: owners}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			w.barred(path, err)
			return nil
		}
		if w.seen++; w.seen > maxFiles {
			return fs.SkipAll
		}
		return w.entry(path, d)
	})
	if err != nil {
		w.barred(dir, err)
	}
	w.strangers()
	w.readOnly()
	if len(w.found) == 0 {
		w.add(permissions, OK, "the vault's folder and its files are their owner's alone", remedy.Remedy{}, nil)
	}
	return w.found
}

// walk is a look at every file.
type walk struct {
	dir    string
	now    time.Time
	owners []int // whose vault is read on purpose
	seen   int
	alien  []alien  // what belongs to other users
	kept   []string // what has to be written for a change, and its owner may not
	found  []Finding
}

func (w *walk) add(check string, l Level, message string, way remedy.Remedy, mend func() (string, error)) {
	w.found = append(w.found, Finding{check, l, message, way, mend})
}

// barred is a folder that cannot be listed, or a file in one that cannot be
// entered.
func (w *walk) barred(path string, err error) {
	var mend func() (string, error)
	way := on(remedy.LookAt, path)
	if errors.Is(err, fs.ErrPermission) {
		way, mend = Admit(path)
	}
	w.add(permissions, Fault, fmt.Sprintf("%s cannot be looked at: %v", path, unwrapPath(err)), way, mend)
}

// entry looks at one file or folder.
func (w *walk) entry(path string, d fs.DirEntry) error {
	info, err := d.Info()
	if errors.Is(err, fs.ErrPermission) { // a folder that can be listed and not entered
		w.barred(filepath.Dir(path), err)
		return fs.SkipDir
	}
	if err != nil {
		return nil // gone meanwhile: a database comes and goes
	}
	rel, _ := filepath.Rel(w.dir, path)
	if rel != "." && storedir.Leftover(d.Name()) {
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil // the file system's, and no concern of ours
	}
	top, below, _ := strings.Cut(filepath.ToSlash(rel), "/")
	if rel != "." && below == "" && !known(top) {
		w.add(files, Advice, path+" is not tacit's", onTwo(remedy.MoveOut, path, besideOf(w.dir, path)), nil)
		if info.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	mine := w.owner(path, info)
	if rel != "." && below == "" && info.IsDir() != isFolder(top) {
		w.misplaced(path, top, info)
		if info.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	switch {
	case info.IsDir():
		if perm := info.Mode().Perm(); hasModes && mine && perm&0o077 != 0 {
			w.add(permissions, Fault, fmt.Sprintf("%s lets others in (mode %04o)", path, perm), on(remedy.CloseFolder, path), chmodFix(path, 0o700))
		}
		w.writes(path, info, mine)
		return nil
	case !info.Mode().IsRegular():
		w.add(files, Fault, fmt.Sprintf("%s is %s, and should be a file", path, kindOf(info.Mode())), on(remedy.RemoveFiles, path), nil)
		return nil
	}
	w.file(path, top, info, mine)
	return nil
}

// misplaced is something that is not of the kind that its name at the top of the
// folder stands for.
func (w *walk) misplaced(path, top string, info fs.FileInfo) {
	should, way := "a file", takeAway(w.dir, path, info)
	if isFolder(top) {
		should = "a folder"
	}
	if top == "db" { // without it there is no vault: what the link leads to is not thrown away
		way = onTwo(remedy.Move, path, besideOf(w.dir, path)).AndThen(remedy.To(remedy.RestoreReplacing))
		if target, err := filepath.EvalSymlinks(path); err == nil && target != path && isDatabase(target) {
			way = onTwo(remedy.PutInPlaceOfLink, path, target)
		}
	}
	w.add(files, Fault, fmt.Sprintf("%s is %s, and should be %s", path, kindOf(info.Mode()), should), way, nil)
}

// isDatabase tells whether a folder may be one of Badger's: a link can lead
// anywhere.
func isDatabase(dir string) bool {
	info, err := os.Lstat(filepath.Join(dir, "MANIFEST"))
	return err == nil && info.Mode().IsRegular()
}

// isFolder tells whether what has that name at the top is a folder.
func isFolder(top string) bool {
	part := storedir.PartOf(top)
	return top == "slots" || part == storedir.Database || part == storedir.Copy
}

// file looks at a regular file.
func (w *walk) file(path, top string, info fs.FileInfo, mine bool) {
	perm, theirs := info.Mode().Perm(), fs.FileMode(0o077)
	if top == ".gitignore" { // no secret, and git or a shell may have written it
		theirs = 0o022
	}
	if hasModes && mine && perm&theirs != 0 {
		level := Fault
		if storedir.PartOf(top) == storedir.Database { // made so by a program that did not set the umask; the folder is closed
			level = Advice
		}
		w.add(permissions, level, fmt.Sprintf("%s can be reached by others (mode %04o)", path, perm), on(remedy.CloseFile, path), chmodFix(path, 0o600))
	}
	if hasModes && mine && perm&0o400 == 0 {
		w.add(permissions, Fault, fmt.Sprintf("%s cannot be read by its owner (mode %04o)", path, perm), on(remedy.CloseFile, path), chmodFix(path, 0o600))
	}
	if p := storedir.PartOf(top); p == storedir.LockFile || p == storedir.Database && filepath.Ext(path) != ".sst" {
		w.writes(path, info, mine)
	}
	if top == "slots" && strings.HasSuffix(path, ".new") {
		if w.now.Sub(info.ModTime()) > time.Minute {
			w.add(files, Advice, path+" was left by a change that was cut short", on(remedy.RemoveFiles, path), removeFix(path))
		}
		return
	}
	if linksOf(info) > 1 && storedir.PartOf(top) != storedir.Copy && !w.copied() {
		w.add(files, Fault, path+" has another name somewhere, by which it can be changed",
			onTwo(remedy.UnlinkCopy, path, path+".one"), nil)
	}
}

// copied tells whether a recovery is under way, whose files have two names.
func (w *walk) copied() bool {
	for _, name := range []string{"db.aside", "db.part", "db.old"} {
		if _, err := os.Lstat(filepath.Join(w.dir, name)); err == nil {
			return true
		}
	}
	return false
}

// owner tells whether the file is this user's.
func (w *walk) owner(path string, info fs.FileInfo) bool {
	uid, ok := ownerOf(info)
	if !ok || uid == os.Geteuid() {
		return true
	}
	if slices.Contains(w.owners, uid) {
		return w.allowed(path, uid, info)
	}
	w.alien = append(w.alien, alien{path, uid})
	return false
}

// alien is a file or folder that belongs to another user.
type alien struct {
	path string
	uid  int
}

// strangers tells of what belongs to others: a vault that was copied or unpacked by
// another user is one finding for each of them, and not one for each file.
func (w *walk) strangers() {
	first, count, order := map[int]string{}, map[int]int{}, []int{}
	for _, a := range w.alien {
		if count[a.uid]++; count[a.uid] == 1 {
			first[a.uid] = a.path
			order = append(order, a.uid)
		}
	}
	for _, uid := range order {
		what, way := first[uid]+" belongs", give(remedy.TakeOwnership, os.Geteuid(), first[uid])
		if more := count[uid] - 1; more > 0 {
			what = fmt.Sprintf("%s, and %d more in the vault's folder, belong", first[uid], more)
			way = give(remedy.TakeOwnershipAll, os.Geteuid(), w.dir)
		}
		w.add(permissions, Fault, fmt.Sprintf("%s to another user (uid %d)", what, uid), way.OrElse(remedy.To(remedy.ActAsUser)), nil)
	}
}

// allowed is a file of another user whose vault is read on purpose. It is not ours.
func (w *walk) allowed(path string, uid int, info fs.FileInfo) (mine bool) {
	perm := info.Mode().Perm()
	switch {
	case info.IsDir() && perm&0o027 != 0: // what is in a closed one is closed
		w.add(permissions, Fault, fmt.Sprintf("%s lets its group write, or others in (mode %04o)", path, perm), on(remedy.CloseByOwner, path), nil)
	case path == w.dir:
		w.add(permissions, Advice, fmt.Sprintf("the vault belongs to another user (uid %d), and is only read", uid), remedy.To(remedy.ActAsOwner), nil)
	}
	return false
}

// known tells whether a name at the top of the folder is tacit's.
func known(name string) bool {
	switch name {
	case "VAULT", "slots", ".gitignore":
		return true
	}
	return storedir.PartOf(name) != storedir.NotOurs
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "a file"
	case m.IsDir():
		return "a folder"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

func removeFix(path string) func() (string, error) {
	return func() (string, error) { return "removed " + path, os.Remove(path) }
}
