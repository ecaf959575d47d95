package anchor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An Attachment is a vault that the user has given to a folder: this machine
// remembers it, and nothing in the folder does.
type Attachment struct {
	Folder string // the real path of the folder
	Env    string // the environment's name, see IsEnv; "" for the one without a name
	Vault  string // the real path of the vault's folder
}

// Limits of what is attached.
const (
	MaxAttached = 100    // vaults of a folder
	MaxProjects = 10_000 // folders that Attachments lists
)

var (
	// ErrAttached means that the folder has a vault attached under that name.
	ErrAttached = errors.New("a vault is attached already")
	// ErrTooMany means that a folder has MaxAttached vaults attached.
	ErrTooMany = errors.New("as many vaults are attached as can be")
)

// IsEnv tells whether an environment can have that name: ^[a-z0-9][a-z0-9_-]{0,39}$.
// It has no upper-case letters, which some file systems do not tell from the others.
func IsEnv(name string) bool {
	if name == "" || len(name) > 40 || name[0] == '-' || name[0] == '_' {
		return false
	}
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// Attaches tells whether anything may be attached to any folder. It costs one look
// at a file, where Attached costs one for each folder.
func (d Dir) Attaches() bool {
	_, err := os.Lstat(d.file(attachedDir))
	return d.Path != "" && !errors.Is(err, fs.ErrNotExist)
}

// Attached lists what is attached to a folder, sorted by environment. The error
// wraps ErrUnreadable, or is one of the file system.
func (d Dir) Attached(folder string) ([]Attachment, error) {
	d, err := d.named()
	if err != nil {
		return nil, err
	}
	p, _, err := load(d.attachedFile(folder), parseProject)
	return p.attached, err
}

// Attach remembers an attachment. ErrAttached: the folder has one under that name.
// ErrTooMany: there is no room for it. ErrNowhere: there is no memory. Other errors
// are those of Attached and of the lock.
func (d Dir) Attach(a Attachment) error {
	d, unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	p, i, err := roomFor(d, a.Folder, a.Env)
	if err != nil {
		return err
	}
	p.folder, p.attached = a.Folder, slices.Insert(p.attached, i, a)
	p.same = identityOf(a.Folder)
	return writeProject(d, p)
}

// MayAttach tells what Attach would say, for those who want to know before there is
// something to attach.
func (d Dir) MayAttach(folder, env string) error {
	d, unlock, err := d.lock() // where it can be taken, it can be written
	if err != nil {
		return err
	}
	defer unlock()
	_, _, err = roomFor(d, folder, env)
	return err
}

// roomFor is what is attached to a folder, and where another environment goes.
func roomFor(d Dir, folder, env string) (p project, i int, err error) {
	p, _, err = load(d.attachedFile(folder), parseProject)
	if err != nil {
		return p, 0, err
	}
	i, there := p.find(env)
	switch {
	case there:
		return p, i, fmt.Errorf("%w: %s", ErrAttached, p.attached[i].Vault)
	case len(p.attached) >= MaxAttached:
		return p, i, fmt.Errorf("%w: %d", ErrTooMany, MaxAttached)
	}
	return p, i, nil
}

// writeProject puts a project in place. The index by identity comes first: one that
// names a folder to which nothing is attached says nothing.
func writeProject(d Dir, p project) error {
	name := d.attachedFile(p.folder)
	if p.same != "" {
		index := d.sameFile(p.same)
		if err := d.writeIn(index, (&moved{p.folder}).marshal()); err != nil {
			return err
		}
	}
	return d.writeIn(name, p.marshal())
}

// writeIn writes a file whose folder may not be there yet.
func (d Dir) writeIn(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if err := writeFile(name, b); err != nil {
		return err
	}
	return errors.Join(syncFolderOf(name), syncFolderOf(filepath.Dir(name)))
}

// Detach forgets what is attached to a folder under a name. What is not there is no
// error. A memory of the folder that cannot be read is one, and stays: DetachAll
// removes it.
func (d Dir) Detach(folder, env string) error {
	return d.drop(func(d Dir) error {
		p, _, err := load(d.attachedFile(folder), parseProject)
		if err != nil {
			return err
		}
		i, there := p.find(env)
		switch {
		case !there:
			return nil
		case len(p.attached) == 1:
			return removeProject(d, p)
		}
		p.attached = slices.Delete(p.attached, i, i+1)
		return d.writeIn(d.attachedFile(folder), p.marshal())
	})
}

// DetachAll forgets all that is attached to a folder, readable or not.
func (d Dir) DetachAll(folder string) error {
	return d.drop(func(d Dir) error {
		p, _, err := load(d.attachedFile(folder), parseProject)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			return err
		}
		p.folder = folder
		return removeProject(d, p)
	})
}

func removeProject(d Dir, p project) error {
	name := d.attachedFile(p.folder)
	err := remove(name)
	if err == nil && p.same != "" {
		err = remove(d.sameFile(p.same))
	}
	if _, there := os.Lstat(filepath.Dir(name)); err != nil || there != nil {
		return err
	}
	return syncFolderOf(name)
}

// Attachments lists all that this machine has attached, sorted by folder and
// environment. What cannot be read is left out, and told: the error wraps
// ErrUnreadable, beside the others.
func (d Dir) Attachments() (list []Attachment, err error) {
	if d, err = d.named(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(d.file(attachedDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var unread []error
	for _, e := range entries[:min(len(entries), MaxProjects)] {
		if len(e.Name()) != len(d.pathName("")) {
			continue
		}
		p, _, err := load(d.file(attachedDir, e.Name()), parseProject)
		switch {
		case err != nil:
			unread = append(unread, err)
		case d.pathName(p.folder) == e.Name(): // else another machine's
			list = append(list, p.attached...)
		}
	}
	slices.SortFunc(list, func(a, b Attachment) int {
		if c := strings.Compare(a.Folder, b.Folder); c != 0 {
			return c
		}
		return strings.Compare(a.Env, b.Env)
	})
	return list, errors.Join(unread...)
}

// Origin is the folder to which vaults are attached and that this one is, under
// another path: it was moved here, or mounted here as well. "" where that is not so,
// or where the system does not tell.
func (d Dir) Origin(folder string) string {
	d, err := d.named()
	same := identityOf(folder)
	if err != nil || same == "" {
		return ""
	}
	m, ok, err := load(d.sameFile(same), parseMoved)
	if err != nil || !ok || m.folder == folder {
		return ""
	}
	p, _, err := load(d.attachedFile(m.folder), parseProject)
	if err != nil || p.same != same {
		return ""
	}
	return m.folder
}

const (
	attachedDir = "attached"
	foldersDir  = "folders"
)

func (d Dir) attachedFile(folder string) string { return d.file(attachedDir, d.pathName(folder)) }

// sameFile leads from what a folder is to where it was.
func (d Dir) sameFile(same string) string { return d.file(foldersDir, d.pathName("same "+same)) }
