package anchor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
)

// Announced is the one commit that is about to be put at a path, which need not
// come from what was seen there: that of a vault that is restored. Folder and
// memory cannot change in one step; so the memory is first told what may come,
// then the folder changes, then the memory follows. Stopped in between, the
// machine accepts what is there, the old or the announced, and nothing else.
//
// An announcement holds for the next time that the vault at the path is
// accepted: the first Save of any vault there ends it. Nor does it hold once a
// commit as high was seen at the path, should the file come back.
type Announced struct {
	Vault crypto.ID
	Pin   crypto.Pin
	Point crypto.Point
}

// Announces tells whether the head is the one that was announced for the path.
func (m Memory) Announces(head *crypto.Head) bool {
	past := m.HereKnown && m.Here.Seq >= m.Announced.Point.Seq
	return !past && m.Announced == Announced{head.Vault, head.Pin, head.Point()}
}

// Announce remembers what is about to be put at realPath. When it returns, that
// survives a loss of power. Errors are those of the file system.
func (d Dir) Announce(realPath string, a Announced) error {
	d, unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	name := d.announcedFile(realPath)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if err := writeFile(name, (&announcement{realPath, a}).marshal()); err != nil {
		return err
	}
	return errors.Join(syncFolderOf(name), syncFolderOf(filepath.Dir(name)))
}

// Withdraw takes back what was announced for realPath.
func (d Dir) Withdraw(realPath string) error {
	return d.drop(func(d Dir) error { return remove(d.announcedFile(realPath)) })
}

// announcement is a file under announced/.
type announcement struct {
	path string // for people; the name of the file is its hash
	Announced
}

func (a *announcement) marshal() []byte {
	return fmt.Appendf(nil, "%s%s\npath %s\nvault %s\npin %s\ncommit %s%s", announcedHeader, version,
		escape(a.path), a.Vault, a.Pin, formatPoint(a.Point), trailer)
}

// parseAnnouncement takes only what marshal writes. Errors wrap ErrUnreadable.
func parseAnnouncement(b []byte) (a announcement, err error) {
	lines, err := splitLines(b, announcedHeader)
	if err != nil {
		return a, err
	}
	if len(lines) != 4 {
		return a, fmt.Errorf("%w: %d lines", ErrUnreadable, len(lines))
	}
	path, vault := fields(lines[0], "path", 1), fields(lines[1], "vault", 1)
	pin, commit := fields(lines[2], "pin", 1), fields(lines[3], "commit", 2)
	if path == nil || vault == nil || pin == nil || commit == nil {
		return a, fmt.Errorf("%w: lines 2 to 5", ErrUnreadable)
	}
	if a.path, err = unescape(path[0]); err != nil {
		return a, err
	}
	if a.Vault, err = crypto.ParseID(vault[0]); err != nil {
		return a, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if a.Pin, err = crypto.ParsePin(pin[0]); err != nil {
		return a, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	a.Point, err = parsePoint(commit[0], commit[1])
	return a, err
}
