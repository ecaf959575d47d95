package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// do does what takes the terminal: the screen stands still meanwhile.
func (d *desk) do(ctx context.Context, q wire.Request) wire.Done {
	if d.o.readOnly && q.Verb.Writes() {
		return wire.Done{Note: "read-only, as --read-only has asked for"}
	}
	var done wire.Done
	var err error
	switch q.Verb {
	case wire.Suspend:
		suspend()
	case wire.Show:
		err = d.reveal(ctx, q)
	case wire.QR:
		err = d.withSecret(ctx, q, func(secret vault.Secret) error { return d.rooms.QR(ctx, d.s, secret, "", d.o.show) })
	case wire.Compare:
		err = d.compareOne(ctx, q)
	case wire.Copy:
		done, err = d.copy(ctx, q)
	case wire.Unlock:
		err = unlock(ctx, d)
	case wire.Lost:
		err = revealLost(ctx, d, q)
	case wire.Beside:
		err = revealBeside(ctx, d, q)
	case wire.Invite:
		done, err = invite(ctx, d)
	case wire.Choose:
		done, err = choose(ctx, d, q)
	case wire.Third:
		done, err = third(ctx, d, q)
	default:
		err = d.command(ctx, q)
	}
	if err != nil && ctx.Err() == nil {
		done = wire.Done{Note: strings.Join(d.told(err), "; ")}
	}
	return done
}

// unlock asks for a key, and keeps a passphrase that was typed.
func unlock(ctx context.Context, d *desk) error {
	v, err := frame.OpenAlone(ctx, d.s, false)
	if err != nil {
		return err
	}
	d.scopesOf = ""
	return v.Close()
}

// withSecret reads a secret, and wipes it when it was seen.
func (d *desk) withSecret(ctx context.Context, q wire.Request, see func(vault.Secret) error) error {
	v, err := d.s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	var secret vault.Secret
	if q.Version != 0 {
		secret, err = v.ReadVersion(ctx, q.Name, q.Version)
	} else {
		secret, err = v.Read(ctx, q.Name)
	}
	if err != nil {
		return err
	}
	defer secret.Value.Wipe()
	v.Close() // nobody waits for the vault while somebody looks
	return see(secret)
}

// reveal shows a value on a page of its own.
func (d *desk) reveal(ctx context.Context, q wire.Request) error {
	return d.withSecret(ctx, q, func(secret vault.Secret) error {
		return page(ctx, d, fmt.Sprintf("%s, version %d, of %s", secret.Name, secret.Version, d.where()), secret.Value.Reveal())
	})
}

// copied is what tacit copy says of what it did.
type copied struct {
	With  string `json:"with"`
	Clear string `json:"clear"`
}

// copy copies a value as tacit copy does.
func (d *desk) copy(ctx context.Context, q wire.Request) (wire.Done, error) {
	args := []string{"get", q.Name, "--copy", "--json"}
	if q.Version != 0 {
		args = append(args, "--at", strconv.FormatUint(q.Version, 10))
	}
	var c copied
	if err := d.read(ctx, &c, args...); err != nil {
		return wire.Done{}, err
	}
	note := "copied " + q.Name + " with " + c.With
	if c.With == "osc52" {
		note = "sent " + q.Name + " to your terminal, which tells nothing"
	}
	after, err := time.ParseDuration(c.Clear)
	if err != nil {
		return wire.Done{Note: note + "; it stays there"}, nil
	}
	return wire.Done{Note: note + "; cleared in %d s", Seconds: int(after / time.Second)}, nil
}

// read runs a command with --json, and reads what it has to say. A command may say what
// it found and fail for it.
func (d *desk) read(ctx context.Context, into any, args ...string) error {
	var out, said bytes.Buffer
	app := *d.s.App
	app.Out, app.Err = &out, &said
	code := d.run(ctx, &app, args)
	if out.Len() == 0 {
		return saidJSON(said.Bytes(), code)
	}
	return json.Unmarshal(out.Bytes(), into)
}

// saidJSON is the error that a command has said as JSON.
func saidJSON(said []byte, code int) error {
	f := &failure.Failure{Code: "failed", Exit: code, Message: "it ended with exit code " + strconv.Itoa(code)}
	for line := range bytes.Lines(said) {
		var e struct{ Code, Message, Hint string }
		if json.Unmarshal(line, &e) == nil && e.Code != "warning" && e.Code != "note" {
			f.Message = e.Message
			if e.Hint != "" {
				f.Hint = failure.Hint(e.Hint)
			}
		}
	}
	return f
}

// command runs a command on the terminal, as it would run from the shell. What it says is
// there until Enter, unless it was done.
func (d *desk) command(ctx context.Context, q wire.Request) error {
	args, err := d.line(ctx, q)
	if err != nil {
		return err
	}
	app := *d.s.App
	code := d.run(ctx, &app, args)
	if quiet := q.Verb == wire.Diff || q.Verb == wire.Code || q.Verb.Writes() && q.Verb != wire.Sync && q.Verb != wire.Expel; quiet && code == failure.ExitOK || ctx.Err() != nil {
		return nil
	}
	tty, ok := d.s.Terminal()
	if !ok {
		return nil
	}
	defer tty.Close()
	_, err = terminal.AskLine(ctx, tty, "Enter goes back: ")
	return err
}

// line is the command line of a request. What destroys something asks before.
func (d *desk) line(ctx context.Context, q wire.Request) ([]string, error) {
	version := strconv.FormatUint(q.Version, 10)
	show := "--show-for=" + d.o.show.String()
	switch q.Verb {
	case wire.Diff:
		args := []string{"diff", q.Name, "--show", show}
		if q.Version != 0 {
			before, err := d.before(ctx, q)
			if err != nil {
				return nil, err
			}
			args = append(args, strconv.FormatUint(before, 10), version)
		}
		return args, nil
	case wire.Code:
		return []string{"otp", q.Name, "--watch", show}, nil
	case wire.Set:
		return []string{"set", q.Name}, nil
	case wire.Edit:
		return []string{"edit", q.Name}, nil
	case wire.Rollback:
		return []string{"rollback", q.Name, version}, d.s.Confirm(ctx, "--yes", "Make version %s of %s the current one?", version, q.Name)
	case wire.Remove:
		return []string{"rm", q.Name}, d.s.ConfirmTyped(ctx, "--yes", q.Name, "%s is deleted; tacit rollback brings it back. Type its name: ", q.Name)
	case wire.Sync:
		return []string{"sync", groupMeant(d, q.Version).ID}, nil
	case wire.Expel:
		args := []string{"group", "remove", d.group.ID, q.Name, "--yes"}
		return args, d.s.ConfirmTyped(ctx, "--yes", q.Name, "%s is removed from %s, which gets new keys. Type its label: ", q.Name, shown.Line(d.group.Name(), 100))
	case wire.Init:
		return []string{"init"}, nil
	case wire.Trust:
		return []string{"trust"}, nil
	}
	return []string{"verify"}, nil
}

// before is the version before one, of those that are kept and have a value.
func (d *desk) before(ctx context.Context, q wire.Request) (uint64, error) {
	secret, err := d.one(ctx, q.Name)
	if err != nil {
		return 0, err
	}
	for _, row := range secret.Versions {
		if row.Version < q.Version && row.Kind != "gone" {
			return row.Version, nil
		}
	}
	return 0, failure.Fault(vault.NotFound, "there is no older version of %s with a value", q.Name)
}

// run runs a command line of this vault, with the passphrase that was typed.
func (d *desk) run(ctx context.Context, app *frame.App, args []string) int {
	return app.Read(append(args, d.globals()...)).Knowing(&d.s.Typed).Run(ctx)
}

// globals are the flags that name the vault and its keys, as they were given.
func (d *desk) globals() (args []string) {
	s := d.s
	for _, f := range []struct{ name, value string }{
		{"--vault", s.Vault}, {"--passphrase-file", s.PassphraseFile}, {"--passphrase-command", s.PassphraseCommand}, {"--state", s.State}, {"--color", s.Color},
	} {
		if f.value != "" {
			args = append(args, f.name+"="+f.value)
		}
	}
	for _, env := range s.Envs.Value() {
		args = append(args, "--env="+env)
	}
	for _, path := range s.Identities.Value() {
		args = append(args, "--identity="+path)
	}
	if s.AllowOwner >= 0 {
		args = append(args, "--allow-owner="+strconv.Itoa(s.AllowOwner))
	}
	return append(args, "--wait="+s.Wait.String())
}
