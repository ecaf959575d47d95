package group

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/qrcode"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault/group"
)

// checkRole refuses what is no role of a new member.
func checkRole(role string) (group.Role, error) {
	switch r := group.Role(role); r {
	case "":
		return group.Reader, nil
	case group.Reader, group.Writer, group.Heir:
		return r, nil
	case group.Owner:
		return "", failure.Usage("a group has one owner").Hinted("--role writer; {tacit group takeover NAME} makes another vault the owner")
	}
	return "", failure.Usage("--role takes reader, writer or heir, not %s", failure.Printable(role)).Hinted("--role reader is the default")
}

func runInvite(ctx context.Context, s *frame.Session, o *options) error {
	role, err := checkRole(o.role)
	switch {
	case err != nil:
		return err
	case o.uses < 1:
		return failure.Usage("--uses takes a number from 1").Hinted("--uses 200")
	case o.ttl == 0:
		return failure.Usage("--ttl takes a duration above 0").Hinted("--ttl 48h")
	case o.label != "" && o.uses > 1:
		return failure.Usage("--label is for one member, and --uses %d for several", o.uses)
	case role == group.Heir && !o.public:
		return failure.Usage("an heir joins by a code without a secret").Hinted("--role heir --public; then {tacit group admit NAME CHECK --role heir}")
	}
	if err := terminal.CheckLost(s.Out); err != nil {
		return err
	}
	st, code, err := o.invite(ctx, s, role)
	if err != nil {
		return err
	}
	defer clear(code)
	return o.tellInvite(s, st, code)
}

// Invite makes an invitation to a group for one member of a role and a label, which may be
// "", and returns its code. The caller wipes it.
func Invite(ctx context.Context, s *frame.Session, name string, role group.Role, label string) ([]byte, error) {
	o := options{name: name, label: label, uses: 1, ttl: defaultTTL}
	_, code, err := o.invite(ctx, s, role)
	return code, err
}

// invite makes an invitation, and brings it to the group's addresses.
func (o *options) invite(ctx context.Context, s *frame.Session, role group.Role) (st group.Status, code []byte, err error) {
	st, err = change{name: o.name, first: true, do: func(ctx context.Context, g *group.Group, _ []group.Place) (err error) {
		st, err := g.Known(ctx)
		if err != nil {
			return err
		}
		address := ""
		if len(st.Places) > 0 {
			address = portable(st.Places[0])
		}
		code, err = g.Invite(ctx, group.Invitation{
			Role: role, Label: o.label, Uses: o.uses, TTL: o.ttl, Replaces: o.replaces, Public: o.public, Address: address,
		})
		return err
	}}.make(ctx, s)
	if err != nil {
		clear(code)
	}
	return st, code, err
}

// inviteJSON is an invitation.
type inviteJSON struct {
	Group  string `json:"group"`
	Code   string `json:"code"`
	Secret bool   `json:"secret"` // whoever has the code can join
}

func (o *options) tellInvite(s *frame.Session, st group.Status, code []byte) error {
	if s.JSON {
		return s.WriteJSON(inviteJSON{st.Label, string(code), !o.public})
	}
	if o.qr {
		drawn, err := qrcode.Draw(code)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Results, "%s\n", drawn)
	}
	s.Results.Write(code)
	s.Results.WriteByte('\n')
	if err := s.Flush(); err != nil {
		return err
	}
	if terminal.IsTerminal(s.Out) {
		s.Note("%s", o.inviteNote(st))
	}
	return nil
}

func (o *options) inviteNote(st group.Status) string {
	text := "On the other machine: tacit join, and type or paste this code. It is a secret: send it as you would a password."
	if o.public {
		text = "On the other machine: tacit join. It prints a check; then, here: tacit group admit " + st.Label + " CHECK."
	}
	return text + "\nThe next tacit sync here admits who asked."
}
