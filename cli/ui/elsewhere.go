package ui

import (
	"context"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/shown"
)

// elsewhere finds out where the name of a secret also stands, as far as that asks nothing.
// It tells whether it does.
func elsewhere(ctx context.Context, d *desk, secret *wire.OneSecret) bool {
	if secret.Gone {
		return false
	}
	secret.Envs, secret.Groups = envsWith(ctx, d, secret.Name), groupsWith(ctx, d, secret.Name)
	return len(secret.Envs)+len(secret.Groups) > 0
}

// envsWith are the other environments of the project that have a secret of a name.
func envsWith(ctx context.Context, d *desk, name string) (titles []string) {
	envs, err := frame.Environments(d.s)
	if err != nil || len(envs) < 2 {
		return nil
	}
	for _, env := range envs {
		if d.isHere(env) {
			continue
		}
		v, _, err := d.openBeside(ctx, env)
		if err != nil {
			continue // the view of the environments says why
		}
		if infos, err := v.History(ctx, name); err == nil && len(infos) > 0 && !infos[0].Deleted {
			titles = append(titles, titleOf(env.Env))
		}
		v.Close()
	}
	return titles
}

// groupsWith are the groups that keep a name in step. What names they have is read once
// for each state of the vault, and only in a vault that is in one.
func groupsWith(ctx context.Context, d *desk, name string) (labels []string) {
	if d.scopesOf != d.seen {
		d.scopes, d.scopesOf = scopesOf(ctx, d), d.seen
	}
	for _, st := range d.scopes {
		if st.Takes(name) {
			labels = append(labels, shown.Line(st.Label, 100))
		}
	}
	return labels
}

// scopesOf are the groups with the names that they have.
func scopesOf(ctx context.Context, d *desk) (scopes []group.Status) {
	v, err := d.s.Open(ctx, frame.ToList)
	if err != nil {
		return nil
	}
	is := inGroups(ctx, d, v)
	v.Close()
	if !is {
		return nil
	}
	var list []struct {
		Group, Prefix, Role string
		Patterns            []string
	}
	if d.read(ctx, &list, "group", "list", "--json", "--no-input") != nil {
		return nil // it needs a key
	}
	for _, g := range list {
		if g.Role != "" {
			scopes = append(scopes, group.Status{Label: g.Group, Prefix: g.Prefix, Patterns: g.Patterns})
		}
	}
	return scopes
}
