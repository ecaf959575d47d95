package group

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Exposed lists the secrets, by name, whose present value a removed key slot could have
// read, as [vault.Vault.Exposed] does, or a removed member of a group that this vault
// owns: those that members have under a key which it knew. Such a member stands in By as
// "LABEL (GROUP)". It needs a key.
func Exposed(ctx context.Context, v *vault.Vault) ([]vault.Exposure, error) {
	list, err := v.Exposed(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := stateIDs(ctx, v)
	if err != nil || len(ids) == 0 {
		return list, err
	}
	found := map[string]*vault.Exposure{}
	for i := range list {
		found[list[i].Name] = &list[i]
	}
	infos, err := v.List(ctx, vault.ListOptions{Details: true})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		known, err := (&Group{v, id}).knownToRemoved(ctx)
		if err != nil {
			return nil, err
		}
		for _, in := range infos {
			for _, k := range known[in.Name] {
				if k.version != in.Version {
					continue // it was set since, and nobody has that value yet
				}
				if found[in.Name] == nil {
					found[in.Name] = &vault.Exposure{Name: in.Name, Version: in.Version, Updated: in.Updated, Since: k.left}
				}
				found[in.Name].By = append(found[in.Name].By, k.by)
			}
		}
	}
	list = list[:0:0]
	for _, x := range found {
		list = append(list, *x)
	}
	slices.SortFunc(list, func(a, b vault.Exposure) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// knowledge is that a removed member knows a version of a secret.
type knowledge struct {
	version uint64
	by      string
	left    time.Time
}

// knownToRemoved is what removed members know, by the names of this vault.
func (g *Group) knownToRemoved(ctx context.Context) (known map[string][]knowledge, err error) {
	ro, err := readRoster(ctx, g.vault, g.id)
	if err != nil {
		return nil, err
	}
	gone := slices.Clone(ro.Members)
	gone = slices.DeleteFunc(gone, func(e enrolled) bool { return e.current() || e.ID == bundle.Recovery })
	if len(gone) == 0 {
		return nil, nil
	}
	slices.SortFunc(gone, func(a, b enrolled) int {
		return cmp.Or(cmp.Compare(a.Left, b.Left), strings.Compare(a.Label, b.Label))
	})
	err = g.vault.Look(ctx, "exposed", func(w *vault.MergeView) error {
		known = map[string][]knowledge{}
		t, err := g.table(w)
		if err != nil || t.charter == nil {
			return err
		}
		defer t.book.wipe()
		return t.book.all(func(name string, r row) error {
			winner, ok := r.heads.Winner()
			if !ok || winner.Gone || r.flags&stood != 0 {
				return nil
			}
			local := t.st.inVault(name)
			for _, e := range gone {
				if winner.Epoch <= e.Epochs[1] {
					known[local] = append(known[local], knowledge{r.local, e.Label + " (" + t.charter.Label + ")", time.Unix(e.Left, 0).UTC()})
				}
			}
			return nil
		})
	})
	return known, err
}
