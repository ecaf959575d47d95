package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/shown"
)

// A desk is where the vault is looked at, and values are.
type desk struct {
	s     *frame.Session
	o     options
	rooms Rooms

	rows   []wire.Row // as they were told at last
	err    error      // why no list could be told at last
	seen   string     // the mark of the vault's files then
	viewed string     // and when another view was told at last

	compared *comparison // of the environments; nil: it is to be made
	base     string      // what they are compared with, "" where that is not known
	found    []place     // where the screen can go, as it was told at last

	groups []vault.Membership // as they were told at last
	group  vault.Membership   // whose members are shown

	scopes   []group.Status // the groups with the names that they have
	scopesOf string         // seen, when these were read
}

// forget wipes a passphrase that was typed, and what was made of values.
func (d *desk) forget() {
	d.compared, d.scopesOf = nil, ""
	clear(d.s.Typed)
	d.s.Typed = nil
}

// glance is look where the list is known: only whether a key is at hand may be new.
func (d *desk) glance(ctx context.Context) (place wire.Place, is bool) {
	if d.err != nil || d.mark() != d.seen {
		return place, false
	}
	v, err := d.s.Open(ctx, frame.ToList)
	if err != nil {
		return place, false
	}
	defer v.Close()
	return wire.Place{Where: d.where(), Lock: d.lock(ctx, v), State: wire.Listed, Why: readOnlyDisk(v.Status().Path), Views: d.views(ctx, v)}, true
}

// many is how many names take a while to read: where they are is told before.
const many = 10_000

// look reads the list. What is told in place of it says why there is none. Where the list
// takes a while, early is told the place first.
func (d *desk) look(ctx context.Context, early ...func(wire.Place)) (wire.Place, []wire.Row) {
	place := wire.Place{Where: d.where(), Lock: "locked", State: wire.Listed}
	d.seen, d.compared = d.mark(), nil
	v, err := d.s.Open(ctx, frame.ToList)
	if err == nil {
		defer v.Close()
		place.Lock = d.lock(ctx, v)
		place.Why, place.Views = readOnlyDisk(v.Status().Path), d.views(ctx, v)
		if v.Status().Names >= many {
			for _, tell := range early {
				tell(place)
			}
		}
		d.rows, err = listOf(ctx, v)
	}
	if d.err = err; err != nil {
		d.rows = nil
		d.fails(&place, err)
	}
	return place, d.rows
}

// listOf are the secrets, as rows.
func listOf(ctx context.Context, v frame.OpenVault) ([]wire.Row, error) {
	system.CollectIfLarge(v.Status().Names)
	infos, err := v.List(ctx, vault.ListOptions{Details: true})
	rows := make([]wire.Row, len(infos))
	for i, in := range infos {
		rows[i] = rowOf(in)
	}
	return rows, err
}

// rowOf is a secret, or a version of it, without what a terminal would obey.
func rowOf(in vault.Info) wire.Row {
	row := wire.Row{Name: in.Name, Version: in.Version, Changed: in.Updated.Unix(), Size: in.Size, Kind: in.Kind, Labels: labelsOf(in.Labels)}
	if in.Updated.IsZero() {
		row.Changed = 0
	}
	if !in.Expires.IsZero() {
		row.Expires = in.Expires.Unix()
	}
	return row
}

// where is the vault that is meant, as people call it.
func (d *desk) where() string {
	dir, _, err := d.s.Locate()
	if err != nil {
		return ""
	}
	env, folder := frame.FoundBy(d.s)
	if folder == "" || d.s.Named() != "" { // a vault that is named is that of no folder
		folder = dir
	}
	if folder = strings.TrimSuffix(d.tilde(folder), string(filepath.Separator)+".tacit"); env != "" {
		folder += " @" + env
	}
	return shown.Line(folder, 200)
}

// lock says whether a key is at hand.
func (d *desk) lock(ctx context.Context, v frame.OpenVault) string {
	c, ok := v.(*agent.Client)
	if !ok {
		if d.s.Typed != nil {
			return "unlocked"
		}
		return "locked"
	}
	st, err := c.AgentStatus(ctx)
	if err != nil || st.Expires.IsZero() {
		return "unlocked by agent"
	}
	return "unlocked by agent, " + frame.Span(st.Expires.Sub(d.s.Now())) + " left"
}

// fails makes of an error what is told in place of a list. No name of the vault is in it.
func (d *desk) fails(place *wire.Place, err error) {
	f := failure.Explain(err)
	place.Lock = ""
	switch {
	case errors.Is(err, vault.NoVault):
		place.State = wire.NoVault
	case errors.Is(err, vault.Untrusted):
		place.State = wire.Untrusted
	case f.Exit == failure.ExitTampered:
		place.State = wire.Tampered
	default:
		place.State = wire.Failing
	}
	place.Says = d.told(err)
}

// told is an error in the lines that tacit says it in.
func (d *desk) told(err error) (lines []string) {
	var said bytes.Buffer
	aside, app := *d.s, *d.s.App
	app.Err, aside.App, aside.Color = &said, &app, style.Never
	aside.Report(err)
	return linesOf(said.String())
}

// linesOf are the lines of what a command said, without its name.
func linesOf(said string) (lines []string) {
	for line := range strings.Lines(said) {
		if line = strings.TrimPrefix(strings.TrimSpace(line), "tacit: "); line != "" {
			lines = append(lines, shown.Line(line, 1<<10))
		}
	}
	return lines
}

// one is a secret with its versions.
func (d *desk) one(ctx context.Context, name string) (wire.OneSecret, error) {
	v, err := d.s.Open(ctx, frame.ToList)
	if err != nil {
		return wire.OneSecret{}, err
	}
	defer v.Close()
	infos, err := v.History(ctx, name)
	if errors.Is(err, vault.NotFound) {
		return wire.OneSecret{Name: name, Gone: true}, nil
	}
	secret := wire.OneSecret{Name: name, Kept: v.Policy().History}
	for _, in := range infos[:min(len(infos), wire.PerMessage)] {
		row := rowOf(in)
		if in.Deleted {
			row.Kind = "gone"
		}
		secret.Versions = append(secret.Versions, row)
	}
	return secret, err
}

// changed reads the list again where the vault's files are not what they were. It tells
// how many names another process has changed.
func (d *desk) changed(ctx context.Context) (place wire.Place, rows []wire.Row, is bool) {
	if d.mark() == d.seen {
		return place, nil, false
	}
	before := make(map[string]uint64, len(d.rows))
	for _, row := range d.rows {
		before[row.Name] = row.Version
	}
	was := d.err
	place, rows = d.look(ctx)
	n := 0
	for _, row := range rows {
		if before[row.Name] != row.Version {
			n++
		}
		delete(before, row.Name)
	}
	if n += len(before); n > 0 && place.State == wire.Listed {
		place.Note = fmt.Sprintf("%s changed by another process", frame.Count(n, "name"))
	}
	return place, rows, n > 0 || (was == nil) != (d.err == nil)
}

// lookEach is how often the files are looked at.
const lookEach = 2 * time.Second
