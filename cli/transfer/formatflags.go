package transfer

import (
	"io"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// formatFlags are the flags of import that not every format takes, in groups. A
// format names the groups that it reads with; import has the flags of all formats.
type formatFlags struct {
	trees   treeFlags
	bodies  bodyFlags
	empty   emptyFlag
	keys    keyFlags
	profile profileFlag
	entries entryFlags
	columns columnFlags
	twice   twiceFlags
}

// treeFlags are for objects in objects.
type treeFlags struct{ flatten bool }

func (t *treeFlags) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "flatten", Usage: "join the names of nested objects with _", Destination: &t.flatten},
	}
}

// stream reads a tree of one file.
func (t *treeFlags) stream(read func(r io.Reader, flatten bool) (transfer.Result, error)) formatReader {
	return stream(func(r io.Reader) (transfer.Result, error) { return read(r, t.flatten) })
}

// bodyFlags are for entries whose text has lines.
type bodyFlags struct{ split, firstLine bool }

func (b *bodyFlags) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "split", Usage: "of an entry: first line to NAME, each line key: value to NAME_key, the rest to NAME_notes", Destination: &b.split},
		&urfave.BoolFlag{Name: "first-line", Usage: "take an entry's first line and leave out the others", Destination: &b.firstLine},
	}
}

func (b *bodyFlags) how() (transfer.Body, error) {
	switch {
	case b.split && b.firstLine:
		return 0, failure.Usage("--split and --first-line: give one of them")
	case b.split:
		return transfer.Split, nil
	case b.firstLine:
		return transfer.FirstLine, nil
	}
	return transfer.Whole, nil
}

// emptyFlag is for formats where a file is one value.
type emptyFlag struct{ allowed bool }

func (e *emptyFlag) flags() []urfave.Flag { return []urfave.Flag{frame.AllowEmptyFlag(&e.allowed)} }

// refused refuses an entry that is empty, or whose first line is, where only that is
// taken: a command that failed leaves such a file, too.
func (e *emptyFlag) refused(read entryReader) entryReader {
	return func(f transfer.File, body []byte) (transfer.Result, error) {
		r, err := read(f, body)
		if err != nil || e.allowed {
			return r, err
		}
		return r, refuseEmpty(r, f.Name)
	}
}

// keyFlags say what opens the input.
type keyFlags struct {
	identities     urfave.StringSlice
	passphraseFile string
}

func (k *keyFlags) flags() []urfave.Flag {
	return append([]urfave.Flag{
		&urfave.StringSliceFlag{Name: "from-identity", Usage: "open the input with the age or SSH key in `FILE`; may be repeated", Destination: &k.identities},
	}, k.passphraseFlags()...)
}

// passphraseFlags are those where only a passphrase opens it.
func (k *keyFlags) passphraseFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "from-passphrase-file", Usage: "open the input with the passphrase in `FILE`", Destination: &k.passphraseFile},
	}
}

// named tells whether the line names a key.
func (k *keyFlags) named() bool { return len(k.identities.Value()) > 0 }

// profileFlag is fnox's.
type profileFlag struct{ name string }

func (p *profileFlag) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "profile", Usage: "fnox: take `PROFILE` (else $FNOX_PROFILE)", Destination: &p.name},
	}
}

// entryFlags are for entries of several fields.
type entryFlags struct{ folders, unique bool }

func (e *entryFlags) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "folders", Usage: "begin an entry's name with its folders", Destination: &e.folders},
		&urfave.BoolFlag{Name: "unique", Usage: "number entries whose names are equal: NAME_2", Destination: &e.unique},
	}
}

// of is what the line says of entries.
func (e *entryFlags) of(names transfer.Naming) transfer.Entries {
	return transfer.Entries{Folders: e.folders, Unique: e.unique, Naming: names}
}

// columnFlags are for a CSV file of any columns.
type columnFlags struct{ name, value string }

func (c *columnFlags) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "name-column", Usage: "the `COLUMN` with the names", Destination: &c.name},
		&urfave.StringFlag{Name: "value-column", Usage: "the `COLUMN` with the values", Destination: &c.value},
	}
}

// twiceFlags say which of a name that is there twice counts.
type twiceFlags struct{ first, last bool }

func (t *twiceFlags) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "first", Usage: "dotenv: of a name that occurs twice, take the first", Destination: &t.first},
		&urfave.BoolFlag{Name: "last", Usage: "dotenv: of a name that occurs twice, take the last, as most tools do", Destination: &t.last},
	}
}

// flagsOf are the flags of these formats, each once.
func flagsOf(formats []format) (all []urfave.Flag) {
	for _, f := range formats {
		for _, flag := range f.flags {
			if !hasFlag(all, flag) {
				all = append(all, flag)
			}
		}
	}
	return all
}

// hasFlag tells whether there is a flag of this one's name.
func hasFlag(flags []urfave.Flag, one urfave.Flag) bool {
	return slices.ContainsFunc(flags, func(f urfave.Flag) bool { return cmdline.Name(f) == cmdline.Name(one) })
}

// isGiven tells whether a format's flag was given.
func isGiven(flag urfave.Flag) bool {
	switch f := flag.(type) {
	case *urfave.BoolFlag:
		return *f.Destination
	case *urfave.StringFlag:
		return *f.Destination != ""
	case *urfave.StringSliceFlag:
		return len(f.Destination.Value()) > 0
	}
	panic("import: a flag of a format must be a switch, a text or a list of texts")
}
