package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

type importOptions struct {
	format  string
	file    string // "" or "-": standard input
	flatten bool
	dryRun  bool
	new     bool
}

// importFormats are the readers, by the name of the format.
var importFormats = []string{"json", "dotenv", "liveperson"}

func importCommand() *command {
	var o importOptions
	return &command{
		name: "import", group: groupUse, args: "FORMAT [FILE]", min: 1, max: 2,
		short: "store the secrets of a file: json, dotenv or liveperson",
		long: `Reads FILE, or standard input, and stores every secret in it, all of them or
none. Formats:

  json        one object; each member is a secret: a string becomes text,
              {"$base64":"…"} bytes, anything else JSON. --flatten joins nested
              names with _ instead.
  dotenv      lines of NAME=VALUE; variables are not expanded.
  liveperson  settings.json of LivePerson Functions.

What is left out is told on standard error. A name twice in the file, or one that
no secret can have, is an error, and nothing is stored.`,
		example: `tacit import dotenv .env
tacit import json --flatten config.json --dry-run
tacit import liveperson functions/settings.json --new`,
		codes: []int{exitInvalid, exitExists, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "flatten", Usage: "json: join the names of nested objects with _", Destination: &o.flatten},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be stored, and store nothing", Destination: &o.dryRun},
			&urfave.BoolFlag{Name: "new", Usage: "refuse where one of the names is there already", Destination: &o.new},
		},
		run: func(ctx context.Context, s *session, args []string) error {
			o.format = args[0]
			if len(args) > 1 {
				o.file = args[1]
			}
			return runImport(ctx, s, o)
		},
	}
}

// importJSON is what import did, or with --dry-run would do.
type importJSON struct {
	Imported int           `json:"imported"`
	New      []string      `json:"new"`
	Updated  []string      `json:"updated"`
	Skipped  []skippedJSON `json:"skipped"`
	DryRun   bool          `json:"dry_run"`
}

type skippedJSON struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

func runImport(ctx context.Context, s *session, o importOptions) error {
	parsed, err := s.readTransfer(ctx, o)
	if err != nil {
		return err
	}
	defer wipe(parsed.Items)
	report := importJSON{New: []string{}, Updated: []string{}, Skipped: []skippedJSON{}, DryRun: o.dryRun}
	for _, skipped := range parsed.Skipped {
		report.Skipped = append(report.Skipped, skippedJSON(skipped))
		if !s.json {
			s.say("left out %s: %s", orUnnamed(skipped.Name), skipped.Reason)
		}
	}
	if o.dryRun {
		err = s.previewImport(ctx, o, parsed.Items, &report)
	} else {
		err = s.applyImport(ctx, o, parsed.Items, &report)
	}
	if err != nil {
		return err
	}
	return s.printImport(report)
}

func orUnnamed(name string) string {
	if name == "" {
		return "an entry without a name"
	}
	return name
}

func wipe(items []transfer.Item) {
	for _, item := range items {
		item.Value.Wipe()
	}
}

// readTransfer reads and parses the file.
func (s *session) readTransfer(ctx context.Context, o importOptions) (parsed transfer.Result, err error) {
	read, err := o.reader()
	if err != nil {
		return parsed, err
	}
	in, name := s.In, "standard input"
	if o.file != "" && o.file != "-" {
		f, err := os.Open(o.file)
		if err != nil {
			return parsed, fileError("reading", o.file, err)
		}
		defer f.Close()
		in, name = f, o.file
	} else if isTerminal(s.In) {
		return parsed, usage("import: standard input is a terminal").hinted("tacit import %s FILE", o.format)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		parsed, err = read(in)
	}()
	select {
	case <-done:
		return parsed, transferError("import "+name, err)
	case <-ctx.Done():
		return transfer.Result{}, ctx.Err()
	}
}

func (o importOptions) reader() (func(io.Reader) (transfer.Result, error), error) {
	if o.flatten && o.format != "json" {
		return nil, usage("--flatten is for json")
	}
	switch o.format {
	case "json":
		return func(r io.Reader) (transfer.Result, error) { return transfer.ReadJSON(r, o.flatten) }, nil
	case "dotenv":
		return transfer.ReadDotenv, nil
	case "liveperson":
		return transfer.ReadLivePerson, nil
	}
	return nil, unknownFormat("import", o.format, importFormats)
}

func unknownFormat(command, format string, formats []string) error {
	err := usage("%s knows no format %s", command, printable(format))
	if near := nearest(format, append([]string(nil), formats...)); near != "" {
		return err.hinted("did you mean %s?", near)
	}
	return err.hinted("the formats are %s", strings.Join(formats, ", "))
}

// transferError says what is wrong with a file's content, or with what should
// become one.
func transferError(doing string, err error) error {
	var bad *transfer.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad) && errors.Is(err, transfer.ErrName):
		return fault(vault.InvalidName, "%s: %v", doing, bad).hinted("nothing was stored; rename it in the file")
	case errors.As(err, &bad):
		return fault(vault.InvalidValue, "%s: %v", doing, bad)
	}
	return explain(unwrapPath(err)).prefixed(doing)
}

func (s *session) applyImport(ctx context.Context, o importOptions, items []transfer.Item, report *importJSON) error {
	cond := vault.Always
	if o.new {
		cond = vault.Absent
	}
	changes := make([]vault.Change, len(items))
	for i, item := range items {
		changes[i] = vault.Change{Name: item.Name, Value: item.Value, If: cond}
	}
	return s.writing(ctx, func(v opened) error {
		there, err := existing(ctx, v)
		if err != nil {
			return err
		}
		bar := s.progress("importing")
		_, err = v.Apply(ctx, changes, bar.update)
		bar.done()
		if err == nil {
			report.sort(items, there)
		}
		return during("import", err)
	})
}

// previewImport checks what can be checked without a key.
func (s *session) previewImport(ctx context.Context, o importOptions, items []transfer.Item, report *importJSON) error {
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	there, err := existing(ctx, v)
	if err != nil {
		return err
	}
	most := v.Policy().MaxValue
	for _, item := range items {
		if n := item.Value.Units(); n > most {
			return fault(vault.InvalidValue, "import %s: the value has %d characters, %d are allowed", item.Name, n, most).
				hinted("tacit policy --max-value %d", n)
		}
		if o.new && there[item.Name] {
			return fault(vault.Exists, "import %s: there is such a secret already", item.Name).hinted("leave out --new to store a new version")
		}
	}
	report.sort(items, there)
	return nil
}

// existing are the names that there are.
func existing(ctx context.Context, v opened) (map[string]bool, error) {
	infos, err := v.List(ctx, vault.ListOptions{})
	there := make(map[string]bool, len(infos))
	for _, in := range infos {
		there[in.Name] = true
	}
	return there, err
}

// sort files the items under new and updated.
func (r *importJSON) sort(items []transfer.Item, there map[string]bool) {
	r.Imported = len(items)
	for _, item := range items {
		if there[item.Name] {
			r.Updated = append(r.Updated, item.Name)
		} else {
			r.New = append(r.New, item.Name)
		}
	}
}

func (s *session) printImport(r importJSON) error {
	if s.json {
		return s.writeJSON(r)
	}
	if r.DryRun {
		for _, name := range r.New {
			s.lines([][]string{{"new", name}})
		}
		for _, name := range r.Updated {
			s.lines([][]string{{"update", name}})
		}
		return nil
	}
	s.say("imported %s: %d new, %d updated; %d left out", count(r.Imported, "secret"), len(r.New), len(r.Updated), len(r.Skipped))
	return nil
}
