package anchor

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// maxKnown is how many vaults Vaults lists.
const maxKnown = 1000

// Vaults lists the ids of the vaults that this machine has seen, at most 1,000.
// Where there is no memory there are none.
func (d Dir) Vaults() (ids []crypto.ID, err error) {
	entries, err := os.ReadDir(d.file("vaults"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if id, err := crypto.ParseID(e.Name()); err == nil && len(ids) < maxKnown {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Highest is the highest commit of a vault that this machine has seen, at any
// path; ok is false where it has seen none. The error wraps ErrUnreadable, or
// is one of the file system.
func (d Dir) Highest(id crypto.ID) (p crypto.Point, ok bool, err error) {
	d, err = d.named()
	if err != nil {
		return crypto.Point{}, false, err
	}
	v, ok, err := load(d.vaultFile(id), parseVault)
	for i := range v.places {
		if err == nil {
			err = d.lookUp(id, &v.places[i])
		}
		v.highest = higher(v.highest, v.places[i].at)
	}
	return v.highest, ok, err
}

// Places lists the paths at which this machine has seen vaults, sorted. What
// cannot be read is left out.
func (d Dir) Places() (paths []string, err error) {
	if d, err = d.named(); err != nil {
		return nil, err
	}
	ids, err := d.Vaults()
	for _, id := range ids {
		v, _, err := load(d.vaultFile(id), parseVault)
		if err != nil {
			continue
		}
		for _, p := range v.places {
			if p.machine == d.Machine {
				paths = append(paths, p.path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), err
}

// A Known is a path at which this machine knows a vault, be it there or not.
type Known struct {
	Path  string
	Vault crypto.ID
}

// Known lists the paths at which this machine knows vaults, sorted, at most 10,000.
// What cannot be read is left out, and told: the error wraps ErrUnreadable, beside the
// others.
func (d Dir) Known() (list []Known, err error) {
	if d, err = d.named(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(d.file("paths"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var unread []error
	for _, e := range entries[:min(len(entries), maxPlaces)] {
		if len(e.Name()) != len(d.pathName("")) {
			continue
		}
		p, _, err := load(d.file("paths", e.Name()), parsePath)
		switch {
		case err != nil:
			unread = append(unread, err)
		case d.pathName(p.path) == e.Name(): // else another machine's
			list = append(list, Known{p.path, p.vault})
		}
	}
	slices.SortFunc(list, func(a, b Known) int { return strings.Compare(a.Path, b.Path) })
	return list, errors.Join(unread...)
}
