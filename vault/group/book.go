package group

import (
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// A book is the records of a group during one merge: read when they are asked for, and
// written where they were changed.
type book struct {
	view *vault.MergeView
	id   bundle.GroupID

	rows          [256]map[string]row // nil: not read
	losers        [256][]loser
	read          [256]bool // of losers
	rowsChanged   [256]bool
	losersChanged [256]bool
}

// row is that of a name, by its name in the group.
func (b *book) row(name string) (row, error) {
	n := bucketOf(name)
	if err := b.readRows(n); err != nil {
		return row{}, err
	}
	return b.rows[n][name], nil
}

func (b *book) readRows(n byte) error {
	if b.rows[n] != nil {
		return nil
	}
	record := bucketName(b.id, 'r', n)
	v, ok, err := b.view.Own(record)
	if err != nil {
		return err
	}
	b.rows[n] = map[string]row{}
	if ok {
		if b.rows[n], err = parseRows(v.Reveal()); err != nil {
			return corrupt(record, err)
		}
	}
	return nil
}

// setRow replaces a row that was read.
func (b *book) setRow(name string, r row) {
	n := bucketOf(name)
	if r.empty() {
		delete(b.rows[n], name)
	} else {
		b.rows[n][name] = r
	}
	b.rowsChanged[n] = true
}

// all calls fn for each row, in no order.
func (b *book) all(fn func(name string, r row) error) error {
	for n := range 256 {
		if err := b.readRows(byte(n)); err != nil {
			return err
		}
		for name, r := range b.rows[n] {
			if err := fn(name, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// losersOf are those of a name.
func (b *book) losersOf(name string) (of []loser, err error) {
	n := bucketOf(name)
	if err := b.readLosers(n); err != nil {
		return nil, err
	}
	for _, l := range b.losers[n] {
		if l.Name == name {
			of = append(of, l)
		}
	}
	return of, nil
}

func (b *book) readLosers(n byte) error {
	if b.read[n] {
		return nil
	}
	record := bucketName(b.id, 'l', n)
	v, ok, err := b.view.Own(record)
	if err == nil && ok {
		if b.losers[n], err = parseLosers(v.Reveal()); err != nil {
			err = corrupt(record, err)
		}
	}
	b.read[n] = err == nil
	return err
}

// allLosers are those of all names.
func (b *book) allLosers() (all []loser, err error) {
	for n := range 256 {
		if err := b.readLosers(byte(n)); err != nil {
			return nil, err
		}
		all = append(all, b.losers[n]...)
	}
	return all, nil
}

// setLosers replaces those of a name, which were read.
func (b *book) setLosers(name string, losers []loser) {
	n := bucketOf(name)
	kept := slices.DeleteFunc(slices.Clone(b.losers[n]), func(l loser) bool { return l.Name == name })
	if len(kept) == len(b.losers[n]) && len(losers) == 0 {
		return
	}
	b.losers[n], b.losersChanged[n] = append(kept, losers...), true
}

// save adds the records that were changed.
func (b *book) save(own map[string]vault.Value) {
	for n := range 256 {
		if b.rowsChanged[n] {
			own[bucketName(b.id, 'r', byte(n))] = encodeRows(b.rows[n])
		}
		if !b.losersChanged[n] {
			continue
		}
		value := vault.Value{}
		if len(b.losers[n]) > 0 {
			value = encodeLosers(b.losers[n])
		}
		own[bucketName(b.id, 'l', byte(n))] = value
	}
}

// wipe zeroes the values that were read.
func (b *book) wipe() {
	for n := range b.losers {
		for i := range b.losers[n] {
			clear(b.losers[n][i].Value)
		}
	}
}

func corrupt(record string, err error) error {
	return &vault.SecretError{Code: vault.Corrupt, Message: "the group's own record " + record + " is malformed", Err: err}
}

// itemOf is an item of a value in the vault, without its version.
func itemOf(name string, g vault.Given) bundle.Item {
	i := bundle.Item{Name: name, Kind: g.Value.Kind(), Updated: g.Updated.Unix(), Attrs: g.Attrs, Value: g.Value.Reveal()}
	if g.Deleted {
		i.Kind, i.Purge, i.Value = crypto.Gone, g.Purge, nil
	}
	return i
}

// key names a head among those of all names.
type key struct {
	name   string
	member bundle.MemberID
	seq    uint64
}

func keyOf(name string, h heads.Head) key { return key{name, h.Member, h.Seq} }
