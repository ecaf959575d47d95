package anchor

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
)

var (
	// ErrRefused means that Save would have had to forget something for good: a
	// pin, or which vault is trusted at a path.
	ErrRefused = errors.New("against what is remembered")
	// ErrForked means that a commit has the number of another one that was seen at
	// the path, or a lower one. It does not come from what was seen there.
	ErrForked = errors.New("another history than the one remembered")
	// ErrLocked means that another process keeps the memory locked.
	ErrLocked = errors.New("another process keeps what this machine remembers locked")
)

// Update is what a machine is to remember of a vault at a path.
type Update struct {
	Pin     crypto.Pin
	Point   crypto.Point
	Replica crypto.Replica // zero: keep the one remembered
	// Rotated allows another pin than the one remembered: links lead from that
	// one to Pin, and the vault was unlocked.
	Rotated bool
	// Force is the user's word: whatever is remembered of the vault at the path
	// is replaced, a lower commit, another pin, another vault and an unreadable
	// file included. The highest commit still only rises, unless the pin changes.
	Force bool
	// Announced is Force if this is what is announced for the path at that time.
	Announced bool
}

// Save remembers the vault with the id at realPath. Without Force, commits only
// rise: a lower one than what is remembered changes nothing. Where nothing
// changes, nothing is written; else each file is replaced at once and synced,
// and so is its folder. What was announced for the path, or under way there, is
// at an end. At a path that is new, the places of this machine whose folder is
// gone are dropped.
//
// ErrRefused: another pin, or another vault at the path. ErrForked: another
// commit of the number that is remembered. ErrUnreadable: as in Load.
// ErrNowhere: there is no memory. Other errors are those of the file system.
func (d Dir) Save(id crypto.ID, realPath string, u Update) error {
	named, err := d.named()
	if err != nil {
		return err
	}
	c := saving{named, id, realPath, u}
	// Most often there is nothing to do; then no lock is needed, and a folder
	// that cannot be written does not matter.
	if !c.announces() {
		if n, err := c.changes(); err != nil || n.none() {
			return err
		}
	}
	d, unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	c.Dir = d
	if err := c.heed(); err != nil {
		return err
	}
	n, err := c.changes()
	if err != nil {
		return err
	}
	return c.write(n)
}

// write puts changes in place. The caller holds the lock.
func (c saving) write(n changes) error {
	var synced []string
	// A path without its vault, or a place of the vault without the path's own file,
	// is a loss. So the vault comes first without the place, then the path, and
	// then the vault with the place.
	if n.fresh != nil {
		if err := errors.Join(writeFile(c.vaultFile(c.id), n.fresh), syncFolderOf(c.vaultFile(c.id))); err != nil {
			return err
		}
	}
	if n.path != nil {
		if err := writeFile(c.pathFile(c.path), n.path); err != nil {
			return err
		}
		synced = append(synced, c.pathFile(c.path))
	}
	if n.vault != nil {
		if err := writeFile(c.vaultFile(c.id), n.vault); err != nil {
			return err
		}
		synced = append(synced, c.vaultFile(c.id))
	}
	for _, p := range n.gone {
		if err := c.leave(p); err != nil {
			return err
		}
	}
	if len(n.gone) > 0 && n.path == nil {
		synced = append(synced, c.pathFile(c.path)) // theirs are in the same folder
	}
	for _, name := range synced {
		if err := syncFolderOf(name); err != nil {
			return err
		}
	}
	// Only now: what was written ahead, or announced, tells what there may be until
	// what replaces it is sure to stay.
	var errs []error
	for _, p := range n.gone {
		errs = append(errs, remove(c.nextFile(p.path)))
	}
	return errors.Join(append(errs, remove(c.nextFile(c.path)), remove(c.announcedFile(c.path)))...)
}

// leave makes a path one where the vault was: it stays the one that is trusted
// there, and when it comes back, it is held against the highest commit.
func (c saving) leave(p place) error {
	own, ok, err := load(c.pathFile(p.path), parsePath)
	if err != nil || !ok || own.vault != c.id || own.at.IsZero() {
		return err
	}
	return writeFile(c.pathFile(p.path), (&pathMemory{path: p.path, vault: c.id}).marshal())
}

// saving is one call of Save.
type saving struct {
	Dir
	id   crypto.ID
	path string
	Update
}

// announces tells whether there is an announcement for the path.
func (c saving) announces() bool {
	_, err := os.Lstat(c.announcedFile(c.path))
	return err == nil
}

// heed makes the update one by force if it is what was announced.
func (c *saving) heed() error {
	a, _, err := load(c.announcedFile(c.path), parseAnnouncement)
	if err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
		return err
	}
	c.Force = c.Force || c.Announced && a.Announced == Announced{c.id, c.Pin, c.Point}
	return nil
}

// changes are the new bytes of both files, nil for one that is right as it is,
// and the places that are dropped.
type changes struct {
	vault, path []byte
	fresh       []byte // a vault that was not known, without a place
	gone        []place
}

func (n changes) none() bool { return n.vault == nil && n.path == nil }

// changes works out what the update changes.
func (c saving) changes() (n changes, err error) {
	p, ok, err := load(c.pathFile(c.path), parsePath)
	if err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
		return n, err
	}
	if ok && p.vault != c.id && !c.Force {
		return n, fmt.Errorf("%w: vault %s is trusted at %s", ErrRefused, p.vault, c.path)
	}
	trusted := ok && p.vault == c.id
	last := crypto.Point{} // in the path's own file
	if trusted {
		next, err := c.pending(c.id, c.path)
		if err != nil {
			return n, err
		}
		last = higher(p.at, next.after)
	}
	v, ok, err := load(c.vaultFile(c.id), parseVault)
	if err == nil && !ok && trusted {
		err = errLost(c.vaultFile(c.id))
	}
	if err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
		return n, err
	}
	if !ok {
		v = vaultMemory{pin: c.Pin, highest: c.Point}
	}
	before := v.marshal()
	if !ok {
		n.fresh = before
	}
	listed, err := c.change(&v, &n, last)
	if err != nil {
		return n, err
	}
	if after := v.marshal(); !ok || !bytes.Equal(before, after) {
		v.first = false
		n.vault = v.marshal()
	}
	switch {
	case !trusted, c.Force && last != c.Point && !last.IsZero():
		n.path = (&pathMemory{path: c.path, vault: c.id, at: c.Point}).marshal()
	case !listed && last.Seq < c.Point.Seq:
		n.path = (&pathMemory{path: c.path, vault: c.id, at: c.Point}).marshal()
	}
	return n, nil
}

// change puts the update into v. last is what the path's own file says; listed
// tells whether there was room for the place.
func (c saving) change(v *vaultMemory, n *changes, last crypto.Point) (listed bool, err error) {
	i, ok := v.find(c.Machine, c.path)
	if ok {
		last = higher(v.places[i].at, last)
	}
	if c.Point.Seq == last.Seq && c.Point != last && !c.Force {
		return false, fmt.Errorf("%w: commit %d at %s is another one", ErrForked, last.Seq, c.path)
	}
	another := v.pin != c.Pin && c.Force // what was seen of the other pin means nothing
	if err := c.changePin(v); err != nil {
		return false, err
	}
	raised := c.Force && c.Point.Seq > v.highest.Seq
	if c.Point.Seq > v.highest.Seq || c.Force && c.Point.Seq == v.highest.Seq {
		v.highest = c.Point
	}
	if !another {
		v.highest = higher(v.highest, last)
	}
	if !ok {
		if n.gone, err = c.dropGone(v, another); err != nil {
			return false, err
		}
		here := place{machine: c.Machine, path: c.path, at: last}
		if !makeRoom(v, here, c.Machine) {
			return false, nil
		}
		i, _ = v.find(c.Machine, c.path)
		v.places = slices.Insert(v.places, i, here)
	}
	here := &v.places[i]
	if c.Point.Seq > here.at.Seq || c.Force {
		here.at = c.Point
	}
	if c.Replica != (crypto.Replica{}) {
		here.replica = c.Replica
	}
	if c.Force {
		here.own = v.highest != here.at
	}
	if raised && len(v.places) > 1 {
		// A restore, say: from now on the copies go their own ways, and the user knows.
		for i := range v.places {
			v.places[i].own = true
		}
	}
	return true, nil
}

func (c saving) changePin(v *vaultMemory) error {
	if v.pin == c.Pin {
		return nil
	}
	if !c.Force && !c.Rotated {
		return fmt.Errorf("%w: the pin of vault %s is %s", ErrRefused, c.id, v.pin)
	}
	v.pin = c.Pin
	if c.Force {
		v.highest = c.Point
	}
	return nil
}

// dropGone drops the places of this machine whose folder is gone: the vault was
// moved, and should it come back, it is held against the highest commit. That is
// raised to theirs first: the folder of a disk that is not mounted is gone, too.
func (c saving) dropGone(v *vaultMemory, another bool) (gone []place, err error) {
	for i := range v.places {
		if err := c.lookUp(c.id, &v.places[i]); err != nil && !(c.Force && errors.Is(err, ErrUnreadable)) {
			return nil, err
		}
		if !another {
			v.highest = higher(v.highest, v.places[i].at)
		}
	}
	v.places = slices.DeleteFunc(v.places, func(p place) bool {
		if p.machine != c.Machine {
			return false
		}
		if _, err := os.Lstat(p.path); !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		gone = append(gone, p)
		return true
	})
	return gone, nil
}

// makeRoom makes room for another place, if need be at the expense of the oldest
// ones of other machines. Should one of those come back, its own file still tells
// what was seen there.
func makeRoom(v *vaultMemory, another place, machine string) bool {
	// Seqs take up to ten digits, wherever they are.
	room := maxFile - len(another.marshal()) - len(" own") - 2*len("9999999999")
	size := len(v.marshal())
	for len(v.places) >= maxPlaces || size >= room {
		oldest := -1
		for i, p := range v.places {
			if p.machine != machine && (oldest < 0 || p.at.Seq < v.places[oldest].at.Seq) {
				oldest = i
			}
		}
		if oldest < 0 {
			return false
		}
		size -= len(v.places[oldest].marshal())
		v.places = slices.Delete(v.places, oldest, oldest+1)
	}
	return true
}
