package transfer

import (
	"context"
	"io"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/run"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

type exportOptions struct {
	format string
	only   urfave.StringSlice
	choice.Prefixing
	choice.Narrowing
	output string
	onto   string
	reader string
	force  bool

	allowDangerous bool
}

func ExportCommand(s *frame.Session) *cmdline.Command {
	var o exportOptions
	return &cmdline.Command{
		Name: "export", Group: cmdline.GroupUse, Args: "FORMAT", Min: 1, Max: 1, Envs: -1, Words: exportFormats,
		Short: "write the secrets, in the clear, as json, yaml, dotenv, …",
		Long: `Writes every secret, or those that the flags choose, to standard output or FILE.
The output is not encrypted. FILE appears complete or not at all, and only its
owner can read it. An existing FILE is replaced after a question, or with --force.
--prefix PREFIX --strip writes names without PREFIX; tacit import --prefix adds it
again. Several environments, as in export @shared @prod, are written as one vault; of
two secrets of one name, the later one wins. Formats:

  json        one object, name to value; bytes are {"$base64":"…"}.
  yaml        a mapping; bytes are !!binary.
  toml        a table; null cannot be written.
  dotenv      lines of NAME=VALUE; bytes cannot be written. For shells, and for Node
              as far as quotes let it; --for node, docker, compose or python writes
              for that one, and refuses what it would take for another value.
  shell       lines of export NAME='VALUE'; neither bytes nor names with -, nor those
              that change how programs run: --allow-dangerous.
  liveperson  settings.json of LivePerson Functions; --onto FILE takes the order
              and everything besides the secrets from there.

A secret that the format cannot hold is an error that names it, and nothing is
written. For encrypted exports, see tacit backup, and tacit backup --to-age, whose
folder passage can use as its store.

--json shapes errors, and with -o what was done; the export has its own format.`,
		Example: `tacit export json | age -e -R backup.pub > secrets.age
tacit export dotenv --only 'DB_*' -o .env
tacit export dotenv --prefix APP_ --strip -o app.env
tacit export liveperson --onto functions/settings.json -o functions/settings.json`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append(append(o.Narrowing.Flags(), o.Prefixing.Flags("the names that are written")...),
			choice.OnlyFlag(&o.only),
			&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`", Destination: &o.output},
			&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "replace FILE without asking", Destination: &o.force},
			&urfave.StringFlag{Name: "for", Usage: "dotenv: write for `READER`: shell, node, docker, compose, python", Destination: &o.reader},
			&urfave.BoolFlag{Name: "allow-dangerous", Usage: "shell: also write names such as PATH and GIT_SSH; best with --only NAME", Destination: &o.allowDangerous},
			&urfave.StringFlag{Name: "onto", Usage: "liveperson: take order and other keys from `FILE`", Destination: &o.onto},
		),
		Run: func(ctx context.Context, args []string) error {
			o.format = args[0]
			return runExport(ctx, s, o)
		},
	}
}

func runExport(ctx context.Context, s *frame.Session, o exportOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	write, err := o.writer()
	if err != nil {
		return err
	}
	s.First(choice.Matches(o.Globs(o.only.Value()), &o.Narrowing))
	toFile := !system.StandardOutput(o.output)
	if toFile {
		if err := exportTarget(ctx, s, o); err != nil {
			return err
		}
	}
	items, err := exportItems(ctx, s, o)
	if err != nil {
		return err
	}
	defer textform.Wipe(items)
	if err := o.checkNames(items); err != nil {
		return err
	}
	if !toFile {
		if err := write(s.Results, items); err != nil {
			return textform.TransferError("export", err)
		}
		return s.Flush()
	}
	err = disk.WriteFile(ctx, o.output, disk.OwnerOnly, func(w io.Writer) error { return textform.TransferError("export", write(w, items)) })
	if err != nil {
		return err
	}
	frame.WarnUnignored(ctx, s, o.output)
	if s.JSON {
		return s.WriteJSON(struct {
			Exported int    `json:"exported"`
			Format   string `json:"format"`
			File     string `json:"file"`
		}{len(items), o.format, o.output})
	}
	s.Note("wrote %s to %s, not encrypted", frame.Count(len(items), "secret"), o.output)
	return nil
}

func (o *exportOptions) check() error {
	if err := o.Prefixing.Check("export"); err != nil {
		return err
	}
	return o.Narrowing.Check()
}

// exportTarget refuses a FILE that is not to be written to, before a key is asked
// for. One that --onto takes over is meant to be replaced.
func exportTarget(ctx context.Context, s *frame.Session, o exportOptions) error {
	if err := frame.OutsideVaults(s, "export", o.output); err != nil {
		return err
	}
	if o.force || o.onto != "" && disk.SameFile(o.onto, o.output) {
		return nil
	}
	return mayReplace(ctx, s, "export", o.output)
}

// checkNames refuses, in what a shell runs, variables that change how programs run.
func (o exportOptions) checkNames(items []transfer.Item) error {
	for _, item := range items {
		if o.format == "shell" && !o.allowDangerous && run.Dangerous(item.Name) {
			return failure.Fault(vault.InvalidName, "export shell %s: a variable of this name changes how programs run", item.Name).
				Hinted("name what the shell needs with --only GLOB; to allow these names, --allow-dangerous; tacit help dangerous-names")
		}
	}
	return nil
}

// writer reads what it needs before the vault is opened.
func (o exportOptions) writer() (func(io.Writer, []transfer.Item) error, error) {
	if o.onto != "" && o.format != "liveperson" {
		return nil, failure.Usage("--onto is for liveperson").Hinted("{tacit export liveperson --onto FILE}")
	}
	if o.reader != "" && o.format != "dotenv" {
		return nil, failure.Usage("--for is for dotenv").Hinted("{tacit export dotenv --for %s}", shell.Quote(o.reader))
	}
	if o.allowDangerous && o.format != "shell" {
		return nil, failure.Usage("--allow-dangerous is for shell").Hinted("{tacit export shell --allow-dangerous}")
	}
	switch o.format {
	case "json":
		return transfer.WriteJSON, nil
	case "yaml":
		return transfer.WriteYAML, nil
	case "toml":
		return transfer.WriteTOML, nil
	case "dotenv":
		if o.reader == "" {
			return transfer.WriteDotenv, nil
		}
		write, known := transfer.WriteDotenvFor(o.reader)
		if !known {
			return nil, failure.Usage("--for knows no reader %s", failure.Printable(o.reader)).Hinted("the readers are %s", strings.Join(transfer.DotenvReaders(), ", "))
		}
		return write, nil
	case "shell":
		return transfer.WriteShell, nil
	case "liveperson":
		var onto []byte
		if o.onto != "" {
			f, err := os.Open(o.onto)
			if err != nil {
				return nil, failure.FileError("reading", o.onto, err)
			}
			defer f.Close()
			if onto, err = io.ReadAll(io.LimitReader(f, maxOnto)); err != nil {
				return nil, failure.FileError("reading", o.onto, err)
			}
		}
		return func(w io.Writer, items []transfer.Item) error {
			return transfer.WriteLivePerson(w, items, onto)
		}, nil
	}
	return nil, textform.UnknownFormat("export", o.format, exportFormats())
}

// maxOnto is one byte more than the writer takes, so that it can refuse.
const maxOnto = 64<<20 + 1

func exportItems(ctx context.Context, s *frame.Session, o exportOptions) ([]transfer.Item, error) {
	var items []transfer.Item
	err := choice.EachSelected(ctx, s, o.Globs(o.only.Value()), &o.Narrowing, func(secret vault.Secret) error {
		items = append(items, transfer.Item{Name: secret.Name, Value: secret.Value.Clone()})
		return nil
	})
	if err == nil {
		err = o.rename(items)
	}
	if err != nil {
		textform.Wipe(items)
		return nil, err
	}
	slices.SortFunc(items, func(a, b transfer.Item) int { return strings.Compare(a.Name, b.Name) })
	return items, nil
}

// rename gives the items the names that they are written under. Two that would have
// one name are refused: one of them would be lost.
func (o *exportOptions) rename(items []transfer.Item) error {
	if !o.Shortens() {
		return nil
	}
	of := make(map[string]string, len(items))
	for i, item := range items {
		name, err := o.Under("export", item.Name, "leave it out with --exclude %s")
		if err != nil {
			return err
		}
		if other, taken := of[name]; taken {
			return failure.Fault(vault.InvalidName, "export: %s and %s would both be called %s", other, item.Name, name).
				Hinted("leave one of them out: --exclude %s", item.Name)
		}
		of[name], items[i].Name = item.Name, name
	}
	return nil
}
