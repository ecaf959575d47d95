package ui

import (
	"context"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// views are those that there are here besides the list.
func (d *desk) views(ctx context.Context, v frame.OpenVault) (views []string) {
	if envs, err := frame.Environments(d.s); err == nil && len(envs) > 1 {
		views = append(views, wire.Environments)
	}
	if views = append(views, wire.Groups); inGroups(ctx, d, v) {
		views = append(views, wire.Conflicts)
	}
	return append(views, wire.Health)
}

// view is what another view shows.
func (d *desk) view(ctx context.Context, q wire.Request) wire.Table {
	switch q.Name {
	case wire.Environments:
		return d.environments(ctx, q.Base)
	case wire.Groups:
		return groupsView(ctx, d)
	case wire.Members:
		return membersView(ctx, d, q.Version)
	case wire.Conflicts:
		return conflictsView(ctx, d)
	case wire.Places:
		return d.places()
	}
	return d.health(ctx)
}
