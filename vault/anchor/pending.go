package anchor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tacit-vault/tacit/crypto"
)

// nextSuffix is what the name of a path memory has while its commit is under way.
const nextSuffix = ".next"

// Pending is a commit that is under way. The machine has written down that it may
// be there, before it is: so a commit that cannot be remembered is not made.
type Pending struct {
	c     saving
	after crypto.Point
}

// Prepare writes down that a commit is about to be made at realPath, next to what
// is remembered, and syncs it. before is what the machine is to remember of the
// state that the commit is made on; by Force it is not looked at. After the
// commit comes Take, without one Drop. It costs one fsync where the path is known.
// The caller keeps other writers from the vault until then, and a process that is
// stopped between the two leaves what Load tells as Memory.Next.
//
// Errors are those of Save. ErrForked too where next is not above what is
// remembered at the path, or before is below it.
func (d Dir) Prepare(id crypto.ID, realPath string, before, next Update) (*Pending, error) {
	d, unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	p := &Pending{c: saving{d, id, realPath, next}, after: before.Point}
	if next.Force {
		m, err := d.Load(id, realPath)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			return nil, err
		}
		p.after = m.Here
	} else if err := p.establish(before); err != nil {
		return nil, err
	}
	memory := pathMemory{path: realPath, vault: id, at: next.Point, after: p.after}
	if err := writeNew(d.nextFile(realPath), memory.marshal()); err != nil {
		return nil, err
	}
	return p, nil
}

// establish makes sure that the state before is remembered, as one of the newest
// version. Most often it is.
func (p *Pending) establish(before Update) error {
	c := p.c
	m, err := c.Load(c.id, c.path)
	if err != nil {
		return err
	}
	switch here := m.Here; {
	case m.PathVault != c.id: // new here, or refused below
	case c.Point.Seq <= here.Seq, before.Point.Seq < here.Seq:
		return fmt.Errorf("%w: commit %d was seen at %s, and commit %d would follow commit %d",
			ErrForked, here.Seq, c.path, c.Point.Seq, before.Point.Seq)
	}
	v, ok, err := load(c.vaultFile(c.id), parseVault)
	if err != nil {
		return err
	}
	if ok && !v.first && v.pin == before.Pin && m.Here == before.Point && m.Announced == (Announced{}) {
		return nil
	}
	c.Update = before
	n, err := c.changes()
	if err != nil {
		return err
	}
	if v.first && n.vault == nil {
		v.first = false
		n.vault = v.marshal()
	}
	return c.write(n)
}

// Take says that the commit was made: what was written ahead takes the place of
// what was remembered. The folder is for Sync to sync. Errors are those of Save;
// what was written ahead is not lost then.
func (p *Pending) Take() error {
	err := p.raise()
	next, here := p.c.nextFile(p.c.path), p.c.pathFile(p.c.path)
	rerr := os.Rename(next, here)
	if errors.Is(rerr, fs.ErrNotExist) {
		return p.c.Save(p.c.id, p.c.path, p.c.Update) // somebody has dropped it
	}
	if rerr != nil && overwrite(here, next) == nil {
		rerr = nil
	}
	return errors.Join(err, rerr)
}

// overwrite writes what is in the file next over what is in the file name, and
// removes next. The commit is made, and the one could not take the other's name: a
// file that is a mount of its own, a failing disk. Power that is lost in the middle
// leaves a file that is unreadable, so that the vault is refused until it is
// trusted: better than one that takes an older state for the newest.
func overwrite(name, next string) error {
	b, err := os.ReadFile(next)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := f.Truncate(int64(len(b))); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = writeOut(f, b); err == nil {
		os.Remove(next) // one that stays tells nothing new
	}
	return err
}

// raise puts the commit into the vault's own file, where the path's is not
// enough: other places need to know of it, or it changes more.
func (p *Pending) raise() error {
	v, ok, err := load(p.c.vaultFile(p.c.id), parseVault)
	if err == nil && ok && len(v.places) <= 1 && v.pin == p.c.Pin && !p.c.Force {
		return nil
	}
	d, unlock, err := p.c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	c := p.c
	c.Dir = d
	n, err := c.changes()
	if err != nil || n.vault == nil {
		return err
	}
	if err := writeFile(c.vaultFile(c.id), n.vault); err != nil {
		return err
	}
	return syncFolderOf(c.vaultFile(c.id))
}

// Drop says that the commit was not made. What cannot be removed is no harm.
func (p *Pending) Drop() { os.Remove(p.c.nextFile(p.c.path)) }

// Sync makes what Take did survive a loss of power. Until then, a machine that
// loses power may find the commit to be under way still.
func (p *Pending) Sync() error { return syncFolderOf(p.c.pathFile(p.c.path)) }

// Knows tells whether the machine remembers the vault or the path. What cannot
// be told counts as remembered.
func (d Dir) Knows(id crypto.ID, realPath string) bool {
	d, err := d.named()
	if d.Path == "" {
		return false
	}
	for _, name := range []string{d.pathFile(realPath), d.vaultFile(id)} {
		if err == nil {
			_, err = os.Lstat(name)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return true
		}
		err = nil
	}
	return false
}

// pending is what was written ahead for a path of the vault. The zero value:
// nothing was. One that cannot be understood was cut short, and is nothing
// either: it is synced before the commit that it is about.
func (d Dir) pending(id crypto.ID, realPath string) (pathMemory, error) {
	p, ok, err := load(d.nextFile(realPath), parsePath)
	if errors.Is(err, ErrUnreadable) || err == nil && (!ok || p.vault != id) {
		return pathMemory{}, nil
	}
	return p, err
}
