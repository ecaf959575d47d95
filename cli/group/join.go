package group

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/upkeep"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

type joinOptions struct {
	codeFile      string
	at            urfave.StringSlice
	prefix, label string

	init *cmdline.Command // makes the vault, if there is none
}

// JoinCommand is join.
func JoinCommand(s *frame.Session) *cmdline.Command {
	o := joinOptions{init: upkeep.InitCommand(s)}
	return &cmdline.Command{
		Name: "join", Group: cmdline.GroupGroups,
		Short: "join a group by an invitation",
		Long: `Makes this vault a member of a group. It needs the code that tacit group invite
printed on the owner’s machine. The code comes from a hidden prompt, from standard
input, from --code-file or from TACIT_CODE; never from the command line. If there
is no vault it makes one, with the flags of tacit init.

It makes keys for this member and leaves a request at the group’s address. The next
tacit sync of the owner admits it, and then tacit sync here brings the secrets.
Through a server it waits until then. Stopped and run again with the same code, the
same request goes on, with the --label, --prefix and --at given last. With another
code this vault asks once more, as the same member. If the code has no secret, it
prints a check, which the owner types into tacit group admit.

Secrets that stood in this vault are neither sent nor overwritten: tacit group add
shares them. --prefix stores the group’s secrets under names that begin so.`,
		Example: `tacit join
tacit join --code-file code.txt --label ci
tacit join --prefix CAM_ --identity ~/.config/tacit/identity.txt`,
		Codes: []int{
			failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey,
			failure.ExitTampered, failure.ExitBusy, failure.ExitDisk, failure.ExitUnreachable,
		},
		Flags: append([]urfave.Flag{
			&urfave.StringFlag{Name: "code-file", Usage: "read the code from `FILE`; - is standard input", Destination: &o.codeFile, Action: cmdline.Given("--code-file")},
			atFlag(&o.at),
			prefixFlag(&o.prefix),
			&urfave.StringFlag{Name: "label", Usage: "call this member `LABEL`: a-z, 0-9 and -", Destination: &o.label},
		}, o.init.Flags...),
		Run: func(ctx context.Context, _ []string) error {
			return runJoin(ctx, s, &o)
		},
	}
}

func runJoin(ctx context.Context, s *frame.Session, o *joinOptions) error {
	code, err := o.code(ctx, s)
	if err != nil {
		return err
	}
	defer clear(code)
	at, err := o.addresses(s, code)
	if err != nil {
		return err
	}
	if err := o.makeVault(ctx, s); err != nil {
		return err
	}
	j := joining{given: len(o.at.Value()) > 0}
	r := group.Request{Code: code, Label: o.label, Prefix: o.prefix, Places: at}
	if err := writingAlone(ctx, s, func(h *hand) error { return told(j.ask(ctx, h, r)) }); err != nil {
		return err
	}
	if j.check != "" {
		s.Say("tell the owner this check, who types it into tacit group admit: %s", j.check)
	}
	if j.status.Waiting && slices.ContainsFunc(j.status.Places, isServer) {
		s.Note("waiting for the owner to admit this vault; ^C ends that, and the request stays")
		if err := j.await(ctx, s); err != nil {
			return err
		}
	}
	return j.tell(s)
}

// code is the code of the invitation.
func (o *joinOptions) code(ctx context.Context, s *frame.Session) ([]byte, error) {
	if fromEnv := s.Env("TACIT_CODE"); fromEnv != "" && o.codeFile == "" {
		return []byte(fromEnv), nil
	}
	return secretInput(ctx, s, "Code: ", o.codeFile, "the code")
}

// addresses are those given, else that of the code.
func (o *joinOptions) addresses(s *frame.Session, code []byte) ([]string, error) {
	address, err := group.AddressOf(code)
	switch {
	case vault.CodeOf(err) == vault.Newer:
		return nil, err
	case err != nil:
		return nil, failure.Explain(err).Hinted("copy the whole code, from tacit1: to its end; the owner prints another with {tacit group invite NAME}")
	}
	if given := o.at.Value(); len(given) > 0 {
		return absolutes(s, given)
	}
	if address == "" {
		return nil, failure.Usage("join: the code names no address").Hinted("--at ADDRESS, which the owner knows")
	}
	at, err := arrived(s, address)
	return []string{at}, err
}

// makeVault makes a vault where there is none. Init's own results are not those of this
// command.
func (o *joinOptions) makeVault(ctx context.Context, s *frame.Session) error {
	v, err := s.Open(ctx, frame.ToList)
	if err == nil {
		return v.Close()
	}
	if vault.CodeOf(err) != vault.NoVault {
		return err
	}
	dir, discovered, findErr := s.Locate()
	if findErr != nil || discovered { // a place that was found is none to make one at
		return err
	}
	s.Say("there is no vault yet: making %s", failure.Printable(dir))
	results := s.Results
	s.Results = bufio.NewWriter(io.Discard)
	defer func() { s.Results = results }()
	return o.init.Run(ctx, nil)
}

// joining is a vault on its way into a group.
type joining struct {
	given  bool // addresses were
	id     group.ID
	check  string
	status group.Status
	report group.Report
}

// ask commits the request, and leaves it at the addresses. What is not given is as in a
// request that waits.
func (j *joining) ask(ctx context.Context, h *hand, r group.Request) error {
	asked, err := group.Asked(ctx, h.Vault, r.Code)
	if err != nil {
		return err
	}
	if asked == nil {
		asked = &group.Request{Label: memberLabel("")}
	}
	r.Label, r.Prefix = cmp.Or(r.Label, asked.Label), cmp.Or(r.Prefix, asked.Prefix)
	if !j.given && len(asked.Places) > 0 {
		r.Places = asked.Places
	}
	p, err := h.places(ctx, r.Places)
	if err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	g, check, err := group.Join(ctx, h.Vault, r, p.list...)
	if err != nil {
		return notAgain(err)
	}
	j.id, j.check = g.ID(), check
	if err := j.sync(ctx, h, g, p); err != nil || !j.status.Waiting {
		return err
	}
	a, err := g.Application(ctx, p.list...)
	if a.Used {
		h.s.Warn("%s", usedText)
	}
	return err
}

// usedText is for who waits with a code that somebody else came by.
const usedText = "this code has admitted another member: if it was for one, it is used up; ask the owner for a new one, and join with that"

// notAgain says what to do where the group knows this vault.
func notAgain(err error) error {
	switch vault.CodeOf(err) {
	case vault.Exists:
		return failure.Explain(err).Hinted("{tacit sync} takes what the owner has answered; {tacit group list} shows the groups of this vault")
	case vault.Conflict:
		return failure.Explain(err).Hinted("leave --prefix out, or let this vault forget the group first: {tacit group leave NAME}")
	}
	return err
}

func (j *joining) sync(ctx context.Context, h *hand, g *group.Group, p places) (err error) {
	j.report, err = g.Sync(ctx, group.SyncOptions{}, p.list...)
	h.drop(j.report)
	if err != nil {
		return err
	}
	if j.status, err = g.Show(ctx); err == nil && !h.s.JSON {
		warnSync(h.s, nameOf(j.status), j.report)
	}
	return err
}

// await syncs until the owner has admitted the vault.
func (j *joining) await(ctx context.Context, s *frame.Session) error {
	st := &station{s: s}
	defer st.close()
	for {
		err := st.turn(ctx, func(h *hand) error {
			g, err := group.Open(ctx, h.Vault, j.id.String())
			if err != nil {
				return told(err)
			}
			p, err := h.places(ctx, j.status.Places)
			if err == nil {
				err = p.check()
			}
			if err != nil {
				return err
			}
			err = j.sync(ctx, h, g, p)
			st.hear(j.report, j.id, transport.Welcome)
			return told(err)
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !passes(err):
			return err
		case err == nil && !j.status.Waiting:
			return nil
		}
		st.wait(ctx)
	}
}

// joinJSON is what join came to.
type joinJSON struct {
	statusJSON
	Check string `json:"check,omitempty"`
}

func (j *joining) tell(s *frame.Session) error {
	if s.JSON {
		return s.WriteJSON(joinJSON{toStatusJSON(j.status), j.check})
	}
	if !j.status.Waiting {
		s.Did("joined %s as %s: %s%s", nameOf(j.status), j.status.Role, frame.Count(j.status.Names, "secret"), s.InVault())
		return nil
	}
	s.Say("asked to join as %s; when the owner’s next tacit sync has admitted this vault, tacit sync here brings the secrets", j.status.Member)
	return nil
}
