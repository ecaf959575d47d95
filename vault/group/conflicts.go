package group

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Why a value is listed as a conflict.
type Why string

const (
	Concurrent Why = "concurrent" // set by two writers that did not see one another
	ReadOnly   Why = "reader"     // set here, by a reader
	Stood      Why = "stood"      // the group has a name that stood in this vault before it joined
	Withdrawn  Why = "withdrawn"  // of a writer that was removed, after what the owner had of it
	Restored   Why = "restored"   // set here before the vault was restored
	Unstorable Why = "unstorable" // it cannot be kept in this vault
)

// Conflict is a value that lost, and what stands in the vault instead. It is listed
// until it is resolved or dropped, whatever is set meanwhile.
type Conflict struct {
	Name   string // in the vault
	Number int    // among the conflicts of this name, from 1; for Resolve
	Why    Why
	Member string // label of the writer, its id where it is in the group no more, "" for this vault
	Value  vault.Given
}

// order is that of conflicts: by name, then the same everywhere.
func order(a, b loser) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), bytes.Compare(a.Member[:], b.Member[:]), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Updated, b.Updated))
}

// Conflicts lists them by name. The values are the caller's to wipe.
func (g *Group) Conflicts(ctx context.Context) (list []Conflict, err error) {
	err = g.vault.Look(ctx, "conflicts", func(w *vault.MergeView) error {
		list = nil
		t, err := g.table(w)
		if err != nil {
			return err
		}
		defer t.book.wipe()
		for i := range t.losers {
			c, err := t.conflict(i)
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		return nil
	})
	return list, err
}

// countConflicts counts them.
func (g *Group) countConflicts(ctx context.Context) (n int, err error) {
	err = g.vault.Look(ctx, "conflicts", func(w *vault.MergeView) error {
		t, err := g.table(w)
		if err == nil {
			n = len(t.losers)
			t.book.wipe()
		}
		return err
	})
	return n, err
}

// A table is the conflicts of a group, in order.
type table struct {
	st      *state
	charter *bundle.Charter
	book    *book
	losers  []loser
}

func (g *Group) table(w *vault.MergeView) (*table, error) {
	st, err := loadState(w, g.id)
	if err != nil {
		return nil, err
	}
	t := &table{st: st, book: &book{view: w, id: g.id}}
	if t.charter, err = st.newest(); err != nil {
		return nil, err
	}
	t.losers, err = t.book.allLosers()
	slices.SortStableFunc(t.losers, order)
	return t, err
}

// number is which conflict of its name one is.
func (t *table) number(i int) int {
	n := 1
	for i > 0 && t.losers[i-1].Name == t.losers[i].Name {
		i, n = i-1, n+1
	}
	return n
}

func (t *table) conflict(i int) (Conflict, error) {
	l := &t.losers[i]
	g, err := givenOf(t.st.inVault(l.Name), &l.Item)
	if l.why == Unstorable {
		err = nil
	}
	if err != nil {
		return Conflict{}, err
	}
	return Conflict{Name: g.Name, Number: t.number(i), Why: l.why, Member: t.label(l), Value: g}, nil
}

// label is that of the writer of a loser.
func (t *table) label(l *loser) string {
	if l.Member == t.st.Self && l.Seq == 0 || t.charter == nil {
		return ""
	}
	if m, _, ok := t.charter.Find(l.Member); ok {
		return m.Label
	}
	return l.Member.String()
}

// A Choice says which value a name is to have. The zero Choice is the one that stands.
type Choice struct {
	Number int    // of a conflict of the name
	Member string // label: the value of this member, in every name that it has one in
}

// Resolve gives a name, or with "" every name in conflict, the chosen value. The next
// sync tells the others. It returns the names that it resolved. Codes: NotFound where
// there is no such conflict; Denied where a reader would have to change the group.
func (g *Group) Resolve(ctx context.Context, name string, c Choice) (names []string, err error) {
	err = g.vault.Merge(ctx, "resolve", func(w *vault.MergeView) (vault.Merge, error) {
		t, err := g.table(w)
		if err != nil {
			return vault.Merge{}, err
		}
		r := &resolver{table: t, out: vault.Merge{Own: map[string]vault.Value{}}, choice: c}
		names, err = r.run(name)
		return r.out, err
	})
	return names, err
}

// A resolver makes the commit that resolves conflicts. The next merge finds what it has
// set dirty, and cuts it as resolved.
type resolver struct {
	*table
	out    vault.Merge
	choice Choice
}

func (r *resolver) run(name string) (names []string, err error) {
	chosen := map[string]*loser{}
	for i := range r.losers {
		l := &r.losers[i]
		local := r.st.inVault(l.Name)
		if name != "" && local != name {
			continue
		}
		if _, ok := chosen[l.Name]; !ok && r.choice == (Choice{}) {
			chosen[l.Name] = nil
		}
		if r.choice.Number != 0 && r.number(i) == r.choice.Number || r.choice.Member != "" && r.label(l) == r.choice.Member {
			chosen[l.Name] = l
		}
	}
	if len(chosen) == 0 {
		return nil, &vault.SecretError{Code: vault.NotFound, Op: "resolve", Key: name, Message: "there is no such conflict"}
	}
	for _, inGroup := range slices.Sorted(maps.Keys(chosen)) {
		if err := r.one(inGroup, chosen[inGroup]); err != nil {
			return nil, err
		}
		names = append(names, r.st.inVault(inGroup))
	}
	r.book.save(r.out.Own)
	st := *r.st
	st.Commit = 0
	r.out.Own[stateName(r.st.Group)], err = st.encode()
	return names, err
}

// one resolves one name; nil chooses what stands.
func (r *resolver) one(name string, l *loser) error {
	row, err := r.book.row(name)
	if err != nil {
		return err
	}
	local := r.st.inVault(name)
	version, err := r.book.view.Version(local)
	if err != nil {
		return err
	}
	switch winner, ok := row.heads.Winner(); {
	case l != nil && ok && l.Seq != 0 && winner.Member == l.Member && winner.Seq == l.Seq:
		// What the group has is taken in the place of what stood here: no change of the group.
		row.local = version.Version + 1
	case !r.st.Role.Writes() && l != nil:
		return &vault.SecretError{Code: vault.Denied, Op: "resolve", Key: local, Message: "a reader changes nothing in a group"}
	case r.st.Role.Writes():
		row.flags |= resolving
		row.local = 0 // dirty: the next merge cuts it
	}
	row.flags &^= stood
	if l != nil {
		g, err := givenOf(local, &l.Item)
		if err != nil {
			return err
		}
		g.Updated = r.book.view.Now()
		r.out.Given = append(r.out.Given, g)
	}
	r.book.setRow(name, row)
	r.book.setLosers(name, nil)
	return nil
}

// Drop forgets the conflicts of the names, or all, in this vault alone. It returns how
// many there were.
func (g *Group) Drop(ctx context.Context, names ...string) (n int, err error) {
	err = g.vault.Merge(ctx, "conflicts", func(w *vault.MergeView) (vault.Merge, error) {
		n = 0
		t, err := g.table(w)
		if err != nil {
			return vault.Merge{}, err
		}
		out := vault.Merge{Own: map[string]vault.Value{}}
		for _, l := range slices.Clone(t.losers) {
			if len(names) == 0 || slices.Contains(names, t.st.inVault(l.Name)) {
				t.book.setLosers(l.Name, nil)
				n++
			}
		}
		t.book.save(out.Own)
		return out, nil
	})
	return n, err
}
