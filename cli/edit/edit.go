package edit

import (
	"context"
	"errors"
	"runtime"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault"
)

type editOptions struct {
	name   string // "" for many
	all    bool
	only   urfave.StringSlice
	format string
	yes    bool
	empty  bool // store an empty value
	force  bool // a version of what is there already, too
}

func Command(s *frame.Session) *cmdline.Command {
	var o editOptions
	return &cmdline.Command{
		Name: "edit", Group: cmdline.GroupSecrets, Args: "[NAME]", Max: 1, Envs: -1, TooMany: func() error {
			return failure.Usage("edit takes one name").Hinted("--only GLOB, for many in one file; {tacit set NAME} stores what comes from standard input")
		},
		Short: "change secrets in an editor",
		Long: `Opens NAME in $VISUAL, $EDITOR or vi, and stores what you changed as a new
version. A new NAME makes a new secret. With --all or --only, many secrets are one
file, one on each line. tacit then shows the names that were added, changed and
removed, asks, and stores all of them or nothing. Several environments are one file,
too: each secret is stored where it was read, a new one in the last environment, and
each vault takes all of its changes or none.

The file is in memory, in a folder of your own. The folder is gone when the
command ends, with whatever else the editor has left there. tacit has vim, neovim,
nano, emacs, micro, helix, kakoune and VS Code keep no copies elsewhere. It cannot
know that of other editors. Where the system has no files in memory, edit refuses
(1).

The kind of a value stays. JSON is laid out for editing and stored compact. Bytes
can be edited where they are text. Editors add a newline at the end of a file, or
a mark before it: both are removed where the value had none. Lines that ended with
LF do so again.

Without a change, or where the editor fails, nothing is stored. --force-version
stores an unchanged NAME as a new version. If somebody else has changed the secret
meanwhile, their value stays (5). You can then edit yours again, or keep it in
memory. With --json: {"added","changed","removed"}, arrays of names.`,
		Example: `tacit edit CONFIG
EDITOR='code --wait' tacit edit CONFIG
tacit edit --all
tacit edit --only 'DB_*' --format yaml`,
		Codes: []int{failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk, failure.ExitNoExec, failure.ExitNoCommand},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "edit every secret, in one file", Destination: &o.all},
			choice.OnlyFlag(&o.only),
			&urfave.StringFlag{Name: "format", Value: "dotenv", Usage: "of many secrets: `dotenv|yaml|json`; dotenv leaves out bytes", Destination: &o.format},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask before many are stored", Destination: &o.yes},
			frame.AllowEmptyFlag(&o.empty),
			frame.ForceVersionFlag(&o.force),
		},
		Run: func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.name = args[0]
			}
			return runEdit(ctx, s, o)
		},
	}
}

// many tells whether a view of several secrets is wanted.
func (o editOptions) many() bool { return o.all || len(o.only.Value()) > 0 }

func (o editOptions) check(s *frame.Session) error {
	switch {
	case o.name != "" && o.many():
		return failure.Usage("edit: give NAME, or --all or --only")
	case o.name == "" && !o.many():
		return failure.Usage("edit needs NAME, --all or --only").Hinted("tacit edit --help")
	case !slices.Contains(editFormats, o.format):
		return textform.UnknownFormat("edit", o.format, editFormats)
	case o.force && o.many():
		return failure.Usage("--force-version is for one NAME")
	case o.name != "" && len(s.Envs.Value()) > 1:
		return failure.Usage("edit NAME takes one environment; --all and --only take several")
	case o.name != "":
		return vault.CheckName("edit", o.name)
	}
	return nil
}

func runEdit(ctx context.Context, s *frame.Session, o editOptions) (err error) {
	if err := o.check(s); err != nil {
		return err
	}
	place := system.MemoryPlace(s.Env)
	if place == "" {
		return frame.NoMemoryOn("edit", runtime.GOOS).Hinted("{tacit get NAME} | some-command | {tacit set NAME}")
	}
	if o.many() && !o.yes && !s.Askable() {
		return failure.Usage("this asks first, and there is nobody to ask").Hinted("add --yes if you are sure")
	}
	frame.SweepMemory(s)
	ctx, v := keepVigil(ctx)
	defer v.end()
	folder, err := system.NewMemoryFolder(place, system.EditFolder)
	if err != nil {
		return err
	}
	defer func() {
		if rmErr := folder.Remove(); rmErr != nil && err == nil {
			err = failure.FileError("removing", folder.Path, rmErr)
		}
	}()
	d := &desk{s: s, o: o, vigil: v, place: place, folder: folder, marks: map[string]mark{}}
	defer d.wipe()
	if d.editor, err = findEditor(s.Env, folder.Path); err != nil {
		return err
	}
	if err := d.lay(ctx); err != nil {
		return err
	}
	return d.work(ctx)
}

// lay reads what is to be edited, and closes the vault: no editor keeps anybody
// waiting.
func (d *desk) lay(ctx context.Context) error {
	if d.o.many() {
		d.s.First(choice.Matches(d.o.only.Value(), &choice.Narrowing{}))
	}
	v, err := frame.OpenAll(ctx, d.s)
	if err != nil {
		return err
	}
	defer v.Close()
	if d.o.many() {
		return d.layMany(ctx, v)
	}
	secret, err := v.Read(ctx, d.o.name)
	there := err == nil
	if err != nil && !errors.Is(err, vault.NotFound) {
		return err
	}
	d.secrets = []vault.Secret{secret}
	d.marks[d.o.name] = mark{version: secret.Version, there: there}
	view, err := newSingle(d.o.name, secret, there)
	if err != nil {
		return err
	}
	view.empty, view.force = d.o.empty, d.o.force
	d.view = view
	return d.write()
}

func (d *desk) layMany(ctx context.Context, v frame.OpenVault) error {
	secrets, err := choice.SelectSecrets(ctx, v, d.o.only.Value())
	if err != nil {
		return err
	}
	d.secrets = secrets
	for _, secret := range secrets {
		env, _, err := frame.EnvWith(ctx, v, secret.Name)
		if err != nil {
			return err
		}
		d.marks[secret.Name] = mark{secret.Version, true, env}
	}
	view, without := newListing(d.o.format, secrets)
	for _, name := range without {
		d.s.Say("left out %s, which dotenv cannot hold: --format yaml can", name)
	}
	d.view = view
	return d.write()
}
