package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/membership"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// groupsKnown are the groups of the vault, as an agent or a key at hand tells of them;
// without one their ids.
func groupsKnown(ctx context.Context, d *desk) ([]vault.Membership, error) {
	v, err := d.s.Open(ctx, frame.ToList)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return membership.Of(ctx, d.s, v)
}

// inGroups tells whether a vault is in a group. An agent is not asked for it each time:
// that is known when the groups were looked at.
func inGroups(ctx context.Context, d *desk, v frame.OpenVault) bool {
	local, ok := v.(frame.Local)
	if !ok {
		return len(d.groups) > 0
	}
	records, err := vault.GroupRecords(ctx, local.Vault)
	return err == nil && len(records) > 0
}

// groupsView is the view of the groups.
func groupsView(ctx context.Context, d *desk) wire.Table {
	t := wire.Table{View: wire.Groups, Titles: []string{"GROUP", "ROLE", "CONFLICTS", "MEMBERS", "SECRETS", "UNSENT", "AS OF", "SYNCED"}}
	list, err := groupsKnown(ctx, d)
	if err != nil {
		unread(&t, err)
		return t
	}
	d.groups = list
	lost := 0
	for _, m := range list {
		t.Rows = append(t.Rows, groupRow(d, m))
		t.Locked = t.Locked || m.Locked
		lost += m.Conflicts
	}
	if t.Head = frame.Count(len(list), "group"); lost > 0 {
		t.Head += ", " + frame.Count(lost, "conflict")
	}
	t.None = []string{"This vault is in no group: tacit group create NAME makes one, and tacit join enters one."}
	return t
}

func groupRow(d *desk, m vault.Membership) wire.TableRow {
	role := m.Role
	switch {
	case m.Locked:
		return wire.TableRow{Cells: []string{m.ID, "locked", "-", "-", "-", "-", "-", "-"}}
	case m.Removed:
		role = "removed !"
	case m.Waiting:
		role = "waiting"
	}
	asOf := since(d, m.AsOf)
	if m.Late(d.s.Now()) {
		asOf += " !"
	}
	cells := []string{shown.Line(m.Name(), 100), role}
	for _, n := range []int{m.Conflicts, m.Members, m.Secrets, m.Unsent} {
		cells = append(cells, strconv.Itoa(n))
	}
	cells = append(cells, asOf, since(d, m.Synced), "this vault is "+shown.Line(m.Member, 100))
	if len(m.Addresses) > 0 {
		cells = append(cells, "through "+shown.Line(d.tilde(m.Addresses[0]), 300))
	}
	return wire.TableRow{Cells: cells, Look: m.Removed || m.Conflicts > 0}
}

// since is how long ago something was, in few words.
func since(d *desk, t time.Time) string {
	switch {
	case t.IsZero():
		return "never"
	case t.After(d.s.Now()):
		return "ahead"
	}
	return d.s.Age(t) + " ago"
}

// unread says in a view why nothing is in it. What a key would tell can be asked for.
func unread(t *wire.Table, err error) {
	f := failure.Explain(err)
	t.Locked = f.Exit == failure.ExitNoKey && !errors.Is(err, vault.NoVault)
	t.None = []string{shown.Line(f.Message, 1<<10)}
	if t.Locked {
		t.None = []string{"Only a key tells of this: Enter asks for one."}
	}
}

// member is one, as group members tells of it.
type member struct {
	ID, Label, Role string
	Self, Behind    bool
	Admitted, Seen  string
}

// membersView is the view of the members of a group: that of a row of the groups, counted
// from 1, or with 0 the one that was looked at.
func membersView(ctx context.Context, d *desk, at uint64) wire.Table {
	d.group = groupMeant(d, at)
	t := wire.Table{View: wire.Members, Of: shown.Line(d.group.Name(), 100), Titles: []string{"MEMBER", "ROLE", "STATE", "SEEN", "ADMITTED"}}
	var list []member
	if err := d.read(ctx, &list, "group", "members", d.group.ID, "--json", "--no-input"); err != nil {
		unread(&t, err)
		return t
	}
	slices.SortStableFunc(list, func(a, b member) int { return cmp.Compare(rank(a), rank(b)) })
	behind, owner := 0, ""
	for _, m := range list {
		if m.Behind {
			behind++
		}
		if m.Role == "owner" {
			owner = ", by " + shown.Line(m.Label, 100)
		}
		t.Rows = append(t.Rows, memberRow(d, m))
	}
	t.Head = frame.Count(len(list), "member") + fmt.Sprintf(", %d behind", behind)
	if groups, err := groupsKnown(ctx, d); err == nil {
		d.groups = groups
	}
	for _, m := range d.groups {
		if m.ID == d.group.ID {
			d.group, t.Of, t.Side = m, shown.Line(m.Name(), 100), "as of "+since(d, m.AsOf)+owner
		}
	}
	return t
}

// groupMeant is the group of a row of the groups, counted from 1; with 0 the one whose
// members were looked at.
func groupMeant(d *desk, at uint64) vault.Membership {
	if at >= 1 && at <= uint64(len(d.groups)) {
		return d.groups[at-1]
	}
	return d.group
}

// rank puts first who lacks something.
func rank(m member) int {
	if m.Behind {
		return 0
	}
	return 1
}

func memberRow(d *desk, m member) wire.TableRow {
	state := "-"
	switch {
	case m.Self:
		state = "this vault"
	case m.Behind:
		state = "behind !"
	}
	day, _, _ := strings.Cut(m.Admitted, "T")
	return wire.TableRow{Cells: []string{shown.Line(m.Label, 100), m.Role, state, since(d, timeOf(m.Seen)), cmp.Or(day, "-"), "id " + m.ID}, Look: m.Behind}
}

// timeOf reads what frame.Stamp has written.
func timeOf(stamp string) time.Time {
	t, _ := time.Parse(time.RFC3339, stamp)
	return t
}
