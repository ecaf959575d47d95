package transfer

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// A format is what import can read: how another tool keeps secrets.
type format struct {
	name  string
	about []string // lines for help
	// place is where the tool itself keeps them, where no PATH is given; nil: on
	// standard input.
	place func(s *frame.Session) string
	flags []urfave.Flag // those that not every format takes
	read  formatReader
	// after says how what was read is removed for good.
	after string
	// entries tells that read names what it gives: it has entries to name.
	entries bool
}

// A formatReader reads what is in a source; names are the user's for what it finds.
type formatReader func(ctx context.Context, s *frame.Session, from source, names transfer.Naming) (transfer.Result, error)

// formats are all of them, in help's order. They read with what the command line
// puts into given.
func formats(given *formatFlags) []format {
	return append([]format{
		{
			name: "json", flags: given.trees.flags(), read: given.trees.stream(transfer.ReadJSON), after: afterWork,
			about: []string{`an object; each member is a secret: a string becomes text,`, `{"$base64":"…"} bytes, anything else JSON`},
		},
		{
			name: "yaml", flags: given.trees.flags(), read: given.trees.stream(transfer.ReadYAML), after: afterWork,
			about: []string{`the same of a mapping; what is no JSON number, true, false or null`, `is text as it stands: 0042, 1_000, no, dates; !!binary is bytes`},
		},
		{
			name: "toml", flags: given.trees.flags(), read: given.trees.stream(transfer.ReadTOML), after: afterWork,
			about: []string{`the same of the top table; dates, and numbers like 0x1F, are text`},
		},
		{
			name: "dotenv", flags: given.twice.flags(), read: given.twice.read, after: afterWork,
			about: []string{`lines of NAME=VALUE; variables are not expanded, and what tools read`, `differently is refused: tacit help formats`},
		},
		{
			name: "liveperson", read: stream(transfer.ReadLivePerson), after: afterWork,
			about: []string{`settings.json of LivePerson Functions`},
		},
	}, slices.Concat(storeFormats(given), managerFormats(given))...)
}

// storeFormats are those that keep secrets encrypted, a file each or in one.
func storeFormats(given *formatFlags) []format {
	bodies := slices.Concat(given.empty.flags(), given.bodies.flags())
	keys := given.keys.flags()
	return []format{
		{
			name: "pass", flags: bodies, read: given.readPass, after: afterStore,
			place: func(s *frame.Session) string { return userFolder(s, "PASSWORD_STORE_DIR", ".password-store") },
			about: []string{`a store of pass ($PASSWORD_STORE_DIR, ~/.password-store), through`, `your gpg; a body is one value, as it is`},
		},
		{
			name: "passage", flags: slices.Concat(bodies, keys), read: given.readPassage, after: afterStore,
			place: func(s *frame.Session) string { return userFolder(s, "PASSAGE_DIR", ".passage", "store") },
			about: []string{`a store of passage ($PASSAGE_DIR, ~/.passage/store)`},
		},
		{
			name: "gopass", flags: slices.Concat(bodies, keys), read: given.readGopass, after: afterStore,
			place: func(s *frame.Session) string { return dataFolder(s, "gopass", "stores", "root") },
			about: []string{`a store of gopass, of gpg or age; what "gopass cat" stored is bytes`},
		},
		{
			name: "kbs2", flags: slices.Concat(given.empty.flags(), keys), read: given.readKBS2, after: afterStore,
			place: func(s *frame.Session) string { return kbs2Store(s) },
			about: []string{`a store of kbs2: passwords, values and contents by their label`},
		},
		{
			name: "sops", flags: slices.Concat(given.empty.flags(), given.trees.flags()), read: given.readSOPS, after: afterStore,
			about: []string{`a YAML, JSON, ENV, INI or other file of SOPS, through your sops`},
		},
		{
			name: "fnox", flags: slices.Concat(given.profile.flags(), keys), read: given.readFnox, after: afterStore,
			place: func(*frame.Session) string { return "." },
			about: []string{`fnox.toml, those in the folders above, fnox.local.toml: what is of`, `age or in the clear; other providers are left out, each named`},
		},
		{
			name: "age", flags: slices.Concat(given.empty.flags(), keys), read: given.readAge, after: afterStore,
			about: []string{`a folder of NAME.age, as "backup --to-age" writes it`},
		},
	}
}

// What is left behind in the clear, and how far it can be removed. FILE stands for
// what was read, as a word of the shell.
const (
	afterShred = failure.DeleteFile + "; flash, snapshots and journals keep old blocks, backups whole files"
	afterFile  = "the file is still there in the clear: " + afterShred
	afterStore = "the store is still there, its old keys open it, and git and backups keep it: change what matters, then remove all of them"
	// afterWork is for a file that lies in work trees.
	afterWork = "the file is still there in the clear: git log --all -- FILE shows whether git has it (then git rm --cached FILE, and change the values); " + afterShred
)

// leftBehind says how what was read is removed for good; "" where nothing is
// known to be left.
func (f format) leftBehind(s *frame.Session, from source) string {
	name := "FILE"
	switch {
	case from.path != "":
		name = shell.QuotePath(from.path)
	case !isFile(s.In): // what a pipe gave is not left by it
		return ""
	}
	return strings.ReplaceAll(f.after, "FILE", name)
}

// isFile tells whether a stream is a regular file.
func isFile(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// importFormats and exportFormats are the names of the formats.
func importFormats() []string {
	var names []string
	for _, f := range formats(new(formatFlags)) {
		names = append(names, f.name)
	}
	return names
}

func exportFormats() []string {
	return []string{"json", "yaml", "toml", "dotenv", "shell", "liveperson"}
}

func formatNamed(all []format, name string) (format, error) {
	i := slices.IndexFunc(all, func(f format) bool { return f.name == name })
	if i < 0 {
		return format{}, textform.UnknownFormat("import", name, importFormats())
	}
	return all[i], nil
}

// formatHelp is the list of formats for help.
func formatHelp() string {
	var b strings.Builder
	for _, f := range formats(new(formatFlags)) {
		for i, line := range f.about {
			name := f.name
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "  %-12s%s\n", name, line)
		}
	}
	return b.String()
}

// refuseFlags refuses what was given and is for other formats of all.
func (f format) refuseFlags(all []format) error {
	for _, flag := range flagsOf(all) {
		if !isGiven(flag) || hasFlag(f.flags, flag) {
			continue
		}
		var takers []string
		for _, other := range all {
			if hasFlag(other.flags, flag) {
				takers = append(takers, other.name)
			}
		}
		return failure.Usage("--%s is for %s", cmdline.Name(flag), strings.Join(takers, ", ")).Hinted("tacit import --help says which flags are for which format")
	}
	return nil
}

// stream is the reader of a format that is one file.
func stream(read func(io.Reader) (transfer.Result, error)) formatReader {
	return func(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
		return from.stream(ctx, s, read)
	}
}
