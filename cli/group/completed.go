package group

import (
	"context"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// Words are the names of a vault's groups or, of one of them, of its members.
func Words(ctx context.Context, v *vault.Vault, of string) (words []string, err error) {
	if of == "" {
		groups, err := group.List(ctx, v)
		for _, g := range groups {
			st, err := g.Known(ctx)
			if err != nil {
				return nil, err
			}
			words = append(words, nameOf(st))
		}
		return words, err
	}
	g, err := group.Open(ctx, v, of)
	if err != nil {
		return nil, err
	}
	members, err := g.Members(ctx)
	for _, m := range members {
		words = append(words, m.Label)
	}
	return words, err
}

// Memberships are the groups of a vault, for what tells of the vault.
var Memberships = group.Memberships
