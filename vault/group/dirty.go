package group

import (
	"maps"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// findDirty finds the names of the group whose version in the vault is not that of
// their row: what was set here since the last merge.
func (m *merger) findDirty() error {
	if m.st.Commit != 0 && m.st.Commit+1 == m.view.Seq() && slices.Equal(m.st.Scope, m.charter.Patterns) {
		return nil // the last commit of the vault was ours
	}
	all, err := m.view.Versions(m.ctx)
	if err != nil {
		return err
	}
	for _, v := range all {
		name, ok := m.st.inGroup(m.charter.Patterns, v.Name)
		if !ok {
			continue
		}
		r, err := m.book.row(name)
		switch {
		case err != nil:
			return err
		case r.local == v.Version || r.flags&stood != 0:
		case len(r.heads) == 0 && (m.isNew(name) || v.Deleted):
			if !v.Deleted {
				m.book.setRow(name, row{local: v.Version, flags: stood})
			}
		default:
			m.dirty[name] = v
		}
	}
	return nil
}

// isNew tells whether the group has taken a name in since names were last told apart:
// what stands here under it is this vault's own.
func (m *merger) isNew(name string) bool {
	return !InScope(m.st.Scope, name) || !m.st.Role.Writes()
}

// cutLists are the names to cut, as many in each list as a bundle holds.
func (m *merger) cutLists() (lists [][]heads.Item, err error) {
	if len(m.dirty) == 0 {
		return nil, nil
	}
	if !m.mayCut() {
		m.left = m.st.Role.Writes()
		return nil, nil
	}
	names := slices.Sorted(maps.Keys(m.dirty))
	size := 0
	var list []heads.Item
	for _, name := range names {
		item, err := m.dirtyItem(name)
		if err != nil {
			return nil, err
		}
		if size += item.Size(); len(list) > 0 && (size > bundle.Target-bundle.MaxHead || len(list) == bundle.MaxItems) {
			lists, list, size = append(lists, list), nil, item.Size()
		}
		r, err := m.book.row(name)
		if err != nil {
			return nil, err
		}
		list = append(list, heads.Item{
			Name: name, Gone: item.Kind == crypto.Gone, Sum: sumOf(item), Resolved: r.flags&resolving != 0 || item.Purge,
		})
	}
	lists = append(lists, list)
	if free := ringSize - len(m.st.Queue); len(lists) > free {
		m.report.Full = true
		lists = lists[:free]
		m.forgetRest(lists)
	}
	return lists, nil
}

// forgetRest leaves what no bundle has room for to a later merge.
func (m *merger) forgetRest(lists [][]heads.Item) {
	cut := map[string]bool{}
	for _, list := range lists {
		for _, i := range list {
			cut[i.Name] = true
		}
	}
	maps.DeleteFunc(m.dirty, func(name string, _ vault.NameVersion) bool { return !cut[name] })
	m.left = true
}

// dirtyItem is what the vault has of a dirty name.
func (m *merger) dirtyItem(name string) (*bundle.Item, error) {
	if i := m.values[key0(name)]; i != nil {
		return i, nil
	}
	g, err := m.view.Read(m.st.inVault(name))
	if err != nil {
		return nil, err
	}
	item := itemOf(name, g)
	m.values[key0(name)] = &item
	return &item, nil
}

// mayCut tells whether what was set here goes out. A member that does not know what it
// wrote would write under numbers that are taken.
func (m *merger) mayCut() bool {
	if !m.st.Role.Writes() || m.st.Careful {
		return false
	}
	if own, ok := fromDots(m.st.Seen).Of(m.st.Self); ok && own.Seq != m.st.Last.Seq || !ok && m.st.Last.Seq != 0 {
		return false
	}
	since := time.Unix(m.st.Synced, 0)
	if m.options.Stale == nil || m.st.Synced == 0 || m.view.Now().Sub(since) < days30 {
		return true
	}
	return m.options.Stale(slices.Sorted(maps.Keys(m.dirty)), since)
}
