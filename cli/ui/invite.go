package ui

import (
	"context"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/shown"
)

// invite asks who is invited to the group whose members are shown, and shows the code on a
// page that is erased: whoever has it can join.
func invite(ctx context.Context, d *desk) (wire.Done, error) {
	if d.rooms.Invite == nil {
		return wire.Done{}, frame.NotLinked("groups")
	}
	name := shown.Line(d.group.Name(), 100)
	if d.group.Role != "owner" {
		return wire.Done{}, failure.Fault(vault.Denied, "only the owner of %s invites", name)
	}
	tty, err := frame.PageTerminal(d.s)
	if err != nil {
		return wire.Done{}, err
	}
	defer tty.Close()
	label, err := terminal.AskLine(ctx, tty, "Invite to "+name+". Label of the new member (Enter: it says one): ")
	if err != nil {
		return wire.Done{}, err
	}
	role, err := askRole(ctx, tty)
	if err != nil {
		return wire.Done{}, err
	}
	label = strings.TrimSpace(label)
	code, err := d.rooms.Invite(ctx, d.s, d.group.ID, role, label)
	defer clear(code)
	if err != nil {
		return wire.Done{}, err
	}
	if err := page(ctx, d, "a secret, as a password is: type it at tacit join on the other machine", code); err != nil {
		return wire.Done{}, err
	}
	who := "invited a " + string(role)
	if label != "" {
		who = "invited " + label
	}
	return wire.Done{Note: who + " to " + name + "; the next sync after it has joined admits it"}, nil
}

// askRole asks what the new member may do.
func askRole(ctx context.Context, tty *terminal.TTY) (group.Role, error) {
	answer, err := terminal.AskLine(ctx, tty, "May it change secrets? [y/N] ")
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "":
		return group.Reader, err
	case "y", "yes":
		return group.Writer, err
	case "n", "no":
		return group.Reader, err
	}
	return "", failure.Usage("%s is neither yes nor no: nobody was invited", failure.Printable(answer))
}
