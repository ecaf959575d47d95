package liveperson

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/transfer"
)

type livepersonOptions struct {
	only     urfave.StringSlice
	settings string
	readOnly bool
	argv     []string
}

// settingsFile is where LivePerson's client looks for the secrets.
const settingsFile = "functions/settings.json"

func Command(s *frame.Session) *cmdline.Command {
	var o livepersonOptions
	return &cmdline.Command{
		Name: "liveperson", Group: cmdline.GroupUse, Args: "-- COMMAND [ARGUMENT…]", Min: 1, Max: -1, Dash: true,
		Short: "run LivePerson Functions with functions/settings.json in the vault",
		Long: `Runs COMMAND, for example the local debugger of LivePerson Functions. For every
Node process in it, functions/settings.json holds the secrets of the vault: all of
them, or those that --only names. A value that a function writes there is stored
in the vault. Nothing is written to disk. Exit status, signals and terminal are
the command's own.

When a function writes the file, tacit updates the secrets whose values differ
from what that process has read: all of them or none. It overwrites no value that
somebody else has changed meanwhile, and neither adds nor removes secrets. The
other content of the file, like the whitelist, comes from the file on disk, or
from LivePerson's own default. Secrets in a file on disk are ignored: those of the
vault count.

Programs other than Node, and other terminals, see the file on disk. Where the
vault cannot be read, the function gets the error that it gets without the file,
and standard error says why. NODE_OPTIONS is kept, and extended. See
docs/liveperson.md.`,
		Example: `tacit import liveperson functions/settings.json && rm functions/settings.json
tacit liveperson -- lpf debug MyFunction
tacit liveperson --only 'CRM_*' --read-only -- npx lpf invoke MyFunction --local`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk, failure.ExitNoExec, failure.ExitNoCommand},
		Flags: []urfave.Flag{
			choice.OnlyFlag(&o.only),
			&urfave.StringFlag{Name: "settings", Usage: "the `FILE` that the functions see", Value: settingsFile, Destination: &o.settings},
			&urfave.BoolFlag{Name: "read-only", Usage: "refuse what the functions write", Destination: &o.readOnly},
		},
		Run: func(ctx context.Context, args []string) error {
			o.argv = args
			return runLivePerson(ctx, s, o)
		},
	}
}

func runLivePerson(ctx context.Context, s *frame.Session, o livepersonOptions) error {
	path, err := exec.LookPath(o.argv[0])
	if err != nil {
		return run.NoCommand(o.argv[0], err)
	}
	file, err := realSettings(o.settings)
	if err != nil {
		return err
	}
	if err := lookAtSettings(s, o.settings, file); err != nil {
		return err
	}
	k := &keeper{s: s, readOnly: o.readOnly}
	defer k.close()
	if err := k.begin(ctx, o.only.Value()); err != nil {
		return err
	}
	c := &run.Child{Path: path, Argv: o.argv, Kept: true}
	defer c.CleanUp()
	if c.Env, err = standIn(s, c, &settingsServer{
		s: s, keeper: k, file: file, grant: wire.Grant{Only: o.only.Value()}, turns: newTurns(k),
	}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = run.Start(s, c)
	if _, ok := err.(failure.ExitStatus); ok {
		return err
	}
	return run.NoCommand(o.argv[0], err)
}

// realSettings is the file as a program that asks for it by its absolute path
// does, whether or not it, or its folder, is there.
func realSettings(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	dir, rest := filepath.Dir(abs), filepath.Base(abs)
	for {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, os.ErrNotExist) || filepath.Dir(dir) == dir {
			return "", failure.FileError("looking for", path, err)
		}
		dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest)
	}
}

// lookAtSettings tells the user of what is wrong with the file on disk, or
// dangerous in it. The vault's secrets count all the same.
func lookAtSettings(s *frame.Session, shown, file string) error {
	raw, err := readSettings(file)
	if err != nil {
		return failure.FileError("reading", shown, err)
	}
	defer clear(raw)
	onDisk, err := transfer.ParseSettings(raw)
	if err != nil {
		s.Warn("%s: %v; functions will find it as broken as it is: repair it, or delete it", shown, err)
		return nil
	}
	if n := len(onDisk.Named()); n > 0 {
		s.Warn(`%s holds %s in plaintext, which functions will not see, but those of the vault: `+
			`tacit import liveperson %s stores them; then delete it, or empty its "secrets"`, shown, frame.Count(n, "secret"), shown)
	}
	return nil
}

// readSettings reads the file on disk; nil where there is none.
func readSettings(file string) ([]byte, error) {
	fi, err := os.Stat(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !fi.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const most = 64 << 20 // bytes: one more than package transfer takes is refused there
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	if raw == nil {
		raw = []byte{}
	}
	return raw, nil
}
