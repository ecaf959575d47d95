package transfer

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

type importOptions struct {
	path    string // "" is where the format's tool keeps its own; "-" standard input
	dryRun  bool
	new     bool
	strict  bool
	force   bool // versions of what is there already, too
	prefix  string
	maps    urfave.StringSlice
	mapFile string
}

func ImportCommand(s *frame.Session) *cmdline.Command {
	var o importOptions
	all := formats(new(formatFlags))
	return &cmdline.Command{
		Name: "import", Group: cmdline.GroupUse, Args: "FORMAT [PATH]", Min: 1, Max: 2, Words: importFormats, Topic: formatHelp,
		Short: "store the secrets of another tool, or of a file",
		Long: `Reads PATH, else standard input, and stores every secret in it: all or none. Formats:

` + formatHelp() + `
Names: letters lose their accents, and each run of characters other than A-Z a-z
0-9 _ and - becomes one _, which is dropped at both ends: "Mail/Zoë (old)" becomes
Mail_Zoe_old. A name in another script becomes ENTRY_1, or the rest of it with a
number; import lists these. If two other names would become one, both are named
and refused. --map OLD=NEW gives another name; --map OLD= leaves one out.
--dry-run shows what each name becomes. liveperson takes names as they are, and
refuses invalid ones.

` + entriesHelp + `

Values are taken byte for byte. Import lists what it leaves out, with the reason, on
standard error; --strict refuses instead. An equal value makes no new version and
counts as unchanged. (--dry-run has no key, and calls that an update.) Where a file
is one value, an empty file needs --allow-empty.`,
		Example: `tacit import dotenv .env
tacit import json --flatten config.json --dry-run
tacit import pass --dry-run
tacit import passage --split --prefix OLD_
tacit import liveperson functions/settings.json --new
tacit import bitwarden export.json --folders --dry-run
tacit import keepass Passwords.kdbx --unique
tacit import csv "Chrome Passwords.csv" --prefix WEB_`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append([]urfave.Flag{
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "show what would be stored, and store nothing", Destination: &o.dryRun},
			&urfave.BoolFlag{Name: "new", Usage: "refuse if one of the names exists", Destination: &o.new},
			frame.ForceVersionFlag(&o.force),
			&urfave.BoolFlag{Name: "strict", Usage: "refuse if something would be left out", Destination: &o.strict},
			&urfave.StringFlag{Name: "prefix", Usage: "begin each name with `TEXT`, except those of --map", Destination: &o.prefix},
			&urfave.StringSliceFlag{Name: "map", Usage: "store OLD under NEW, as `OLD=NEW`; may be repeated", Destination: &o.maps},
			&urfave.StringFlag{Name: "map-file", Usage: "the same from `FILE`, one OLD=NEW a line", Destination: &o.mapFile},
		}, flagsOf(all)...),
		Run: func(ctx context.Context, args []string) error {
			f, err := formatNamed(all, args[0])
			if err == nil {
				err = f.refuseFlags(all)
			}
			if err != nil {
				return err
			}
			if len(args) > 1 {
				o.path = args[1]
			}
			return runImport(ctx, s, f, o)
		},
	}
}

// importJSON is what import did, or with --dry-run would do.
type importJSON struct {
	Imported  int           `json:"imported"` // new and updated
	New       []string      `json:"new"`
	Updated   []string      `json:"updated"`
	Unchanged []string      `json:"unchanged"` // with --dry-run they are among the updated
	Renamed   []renamedJSON `json:"renamed"`
	Skipped   []skippedJSON `json:"skipped"`
	DryRun    bool          `json:"dry_run"`

	from map[string]string // names as they were, of those that are others now
}

type renamedJSON struct {
	From string `json:"from"`
	Name string `json:"name"`
}

type skippedJSON struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// heapGrowth is by how many percent the heap may grow between two collections of
// garbage.
const heapGrowth = 50

func runImport(ctx context.Context, s *frame.Session, f format, o importOptions) error {
	naming, err := o.readNaming()
	if err != nil {
		return err
	}
	from := sourceOf(s, f, o.path)
	// All of it lies in memory until it is stored: the less garbage beside it, the better.
	defer debug.SetGCPercent(debug.SetGCPercent(heapGrowth))
	read, err := f.read(ctx, s, from, naming)
	items := read.Items
	defer func() { textform.Wipe(items) }()
	if err != nil {
		return err
	}
	apply := naming.Apply
	if f.entries {
		apply = namedAlready
	}
	parsed, renamed, err := apply(read)
	if err != nil {
		return textform.TransferError("import "+from.String(), err)
	}
	read, items = transfer.Result{}, parsed.Items // those that are left out are wiped
	report, err := reportImport(s, o, parsed, renamed)
	if err != nil {
		return err
	}
	if o.dryRun {
		err = previewImport(ctx, s, o, parsed.Items, report)
	} else {
		err = applyImport(ctx, s, o, parsed.Items, report)
	}
	if err != nil {
		return err
	}
	if err := printImport(s, report); err != nil || o.dryRun || s.JSON || len(parsed.Items) == 0 {
		return err
	}
	if left := f.leftBehind(s, from); left != "" {
		s.Say("%s", left)
	}
	return nil
}

// namedAlready is for a result that has its names: it tells which were others.
func namedAlready(r transfer.Result) (transfer.Result, []transfer.Renamed, error) {
	var renamed []transfer.Renamed
	for _, item := range r.Items {
		if from := item.Source(); from != item.Name {
			renamed = append(renamed, transfer.Renamed{From: from, Name: item.Name})
		}
	}
	return r, renamed, nil
}

// reportImport tells what is left out, and refuses that where the user wants it.
func reportImport(s *frame.Session, o importOptions, parsed transfer.Result, renamed []transfer.Renamed) (*importJSON, error) {
	lost := slices.DeleteFunc(slices.Clone(parsed.Skipped), func(s transfer.Skipped) bool { return s.Meant })
	if n := len(lost); o.strict && n > 0 {
		first := lost[0]
		return nil, failure.Fault(vault.InvalidValue, "import: %d would be left out, the first %s: %s", n, orUnnamed(first.Name), first.Reason).
			Hinted("nothing was stored; without --strict the rest is")
	}
	report := &importJSON{
		New: []string{}, Updated: []string{}, Unchanged: []string{}, Renamed: []renamedJSON{}, Skipped: []skippedJSON{}, DryRun: o.dryRun,
		from: map[string]string{},
	}
	for _, r := range renamed {
		report.Renamed = append(report.Renamed, renamedJSON(r))
		report.from[r.Name] = r.From
	}
	for _, r := range parsed.Numbered {
		if !s.JSON && !o.dryRun {
			s.Say("%s is stored as %s; --map OLD=NEW names an entry otherwise", failure.Printable(r.From), r.Name)
		}
	}
	for _, skipped := range parsed.Skipped {
		report.Skipped = append(report.Skipped, skippedJSON{skipped.Name, skipped.Reason})
		if !s.JSON {
			s.Say("left out %s: %s", orUnnamed(skipped.Name), skipped.Reason)
		}
	}
	return report, nil
}

func orUnnamed(name string) string {
	if name == "" {
		return "an entry without a name"
	}
	return name
}

func applyImport(ctx context.Context, s *frame.Session, o importOptions, items []transfer.Item, report *importJSON) error {
	return s.Writing(ctx, func(v frame.OpenVault) error {
		there, err := existing(ctx, v)
		if err != nil {
			return err
		}
		bar := s.Progress("importing")
		debug.SetGCPercent(heapGrowth)
		changes := o.changes(items)
		infos, err := v.Apply(ctx, changes, dropSealed(items, changes, bar.Update))
		bar.Done()
		if err == nil {
			report.sort(items, there, infos)
		}
		return failure.During("import", err)
	})
}

// changes are what stores the items.
func (o importOptions) changes(items []transfer.Item) []vault.Change {
	cond := vault.Always
	if o.new {
		cond = vault.Absent
	}
	changes := make([]vault.Change, len(items))
	for i, item := range items {
		changes[i] = vault.Change{Name: item.Name, Value: item.Value, If: cond, SkipSame: !o.force}
	}
	return changes
}

// manyItems is how many items take so much memory that it is worth the time, some
// hundredths of a second, to give it back to the system.
const manyItems = 50_000

// dropSealed is told what update is. It wipes the values of the items that are sealed, and
// drops their changes: a large import needs the memory for the index.
func dropSealed(items []transfer.Item, changes []vault.Change, update func(done, total int)) func(done, total int) {
	dropped := 0
	return func(done, total int) {
		update(done, total)
		for ; dropped < min(done, len(changes)); dropped++ {
			items[dropped].Value.Wipe()
			items[dropped].Value, changes[dropped] = vault.Value{}, vault.Change{}
		}
		if done == total {
			changes = nil
			if total >= manyItems {
				debug.FreeOSMemory()
			}
		}
	}
}

// previewImport checks what can be checked without a key.
func previewImport(ctx context.Context, s *frame.Session, o importOptions, items []transfer.Item, report *importJSON) error {
	v, err := s.Open(ctx, frame.ToList)
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
			return failure.Fault(vault.InvalidValue, "import %s: the value has %d characters, %d are allowed", item.Name, n, most).
				Hinted("{tacit policy --max-value %d}", n)
		}
		if o.new && there[item.Name] {
			return failure.Fault(vault.Exists, "import %s: there is such a secret already", item.Name).Hinted("leave out --new to store a new version")
		}
	}
	report.sort(items, there, nil)
	return nil
}

// existing are the names that there are.
func existing(ctx context.Context, v frame.OpenVault) (map[string]bool, error) {
	there := map[string]bool{}
	if lean, ok := v.(frame.NameLister); ok {
		names, err := lean.Names(ctx, "")
		for _, name := range names {
			there[name] = true
		}
		return there, err
	}
	infos, err := v.List(ctx, vault.ListOptions{})
	for _, in := range infos {
		there[in.Name] = true
	}
	return there, err
}

// sort files the items under new, updated and unchanged; infos, one for each, are
// nil where nothing was stored.
func (r *importJSON) sort(items []transfer.Item, there map[string]bool, infos []vault.Info) {
	for i, item := range items {
		switch {
		case infos != nil && infos[i].Unchanged:
			r.Unchanged = append(r.Unchanged, item.Name)
		case there[item.Name]:
			r.Updated = append(r.Updated, item.Name)
		default:
			r.New = append(r.New, item.Name)
		}
	}
	r.Imported = len(r.New) + len(r.Updated)
}

func printImport(s *frame.Session, r *importJSON) error {
	if s.JSON {
		return s.WriteJSON(r)
	}
	if r.DryRun {
		preview(s, "new", r.New, r.from)
		preview(s, "update", r.Updated, r.from)
		return nil
	}
	same := ""
	if n := len(r.Unchanged); n > 0 {
		same = fmt.Sprintf(", %d unchanged", n)
	}
	s.Say("imported %s: %d new, %d updated%s; %d left out%s", frame.Count(r.Imported, "secret"), len(r.New), len(r.Updated), same, len(r.Skipped), s.InVault())
	return nil
}

// preview prints a line a name, and how it was called where that differs.
func preview(s *frame.Session, what string, names []string, from map[string]string) {
	for _, name := range names {
		row := []string{what, name}
		if old, ok := from[name]; ok {
			row = append(row, failure.Printable(old))
		}
		s.Lines([][]string{row})
	}
}
