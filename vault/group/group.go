package group

import (
	"context"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// An ID names a group: the beginning of the digest of its first charter.
type ID = bundle.GroupID

// ParseID reads an ID in hexadecimal.
func ParseID(text string) (ID, error) { return bundle.ParseGroupID(text) }

// A MemberID names a member of a group. It is random, and never used again.
type MemberID = bundle.MemberID

// A Group is the membership of an open vault in a group. It holds no state of its
// own: every method reads the vault, and several may run at once.
type Group struct {
	vault *vault.Vault
	id    ID
}

// ID is the group's id.
func (g *Group) ID() ID { return g.id }

// List returns the groups that the vault is a member of, sorted by id. It needs a key.
func List(ctx context.Context, v *vault.Vault) ([]*Group, error) {
	ids, err := stateIDs(ctx, v)
	groups := make([]*Group, 0, len(ids))
	for _, id := range ids {
		groups = append(groups, &Group{v, id})
	}
	return groups, err
}

// Open returns the group with the label, or the id in hexadecimal. NotMember where the
// vault is no member of such a group; Exists where it is one of several of that label.
func Open(ctx context.Context, v *vault.Vault, name string) (*Group, error) {
	groups, err := List(ctx, v)
	if err != nil {
		return nil, err
	}
	var found []*Group
	for _, g := range groups {
		st, err := readState(ctx, v, g.id)
		if err != nil {
			return nil, err
		}
		if c, err := st.newest(); g.id.String() == name || err == nil && c != nil && c.Label == name {
			found = append(found, g)
		}
	}
	switch len(found) {
	case 0:
		return nil, &vault.SecretError{Code: vault.NotMember, Op: "group", Message: "this vault is no member of a group " + shown.Line(name, 40)}
	case 1:
		return found[0], nil
	}
	ids := make([]string, 0, len(found))
	for _, g := range found {
		ids = append(ids, g.id.String())
	}
	slices.Sort(ids)
	return nil, &vault.SecretError{
		Code: vault.Exists, Message: "this vault is a member of several groups of that name: " + strings.Join(ids, ", "),
	}
}
