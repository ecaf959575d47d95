package secrets

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/clip"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/generate"
)

// Lengths of what is generated where nobody says otherwise.
const (
	defaultLength = 24  // 155 bits with every class
	separator     = "-" // between words
)

type generateOptions struct {
	attributeOptions
	name      string
	length    int
	classes   string
	noSymbols bool
	words     int
	hex       int
	base64    int
	print     bool
	force     bool
	inPlace   bool
	copy      bool
}

func GenerateCommand(s *frame.Session) *cmdline.Command {
	var o generateOptions
	return &cmdline.Command{
		Name: "generate", Group: cmdline.GroupSecrets, Args: "NAME [LENGTH]", Min: 1, Max: 2,
		Short: "make a random secret and store it",
		Long: `Stores LENGTH random characters under NAME, 24 by default; words with --words;
bytes with --hex or --base64. Every class of characters that you ask for occurs.
The value is shown only with --print; --copy puts it on the clipboard. A secret
that exists is left alone. --force stores a new version of it. --in-place replaces
only the first line of its value.`,
		Example: `tacit generate DB_PASSWORD
tacit generate DB_PASSWORD 32 --no-symbols
tacit generate WEBSITE --in-place
tacit generate PIN --length 6 --classes digits --print
tacit generate PASSPHRASE --words 7
tacit generate SESSION_KEY --hex 32 --force --expires 90d`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append([]urfave.Flag{
			&urfave.IntFlag{Name: "length", Value: cmdline.NotGiven, DefaultText: "24", Usage: "`N` characters, 24 by default", Destination: &o.length},
			&urfave.StringFlag{Name: "classes", Usage: "`CLASSES` of characters: lower,upper,digits,symbols; all by default", Destination: &o.classes},
			&urfave.BoolFlag{Name: "no-symbols", Aliases: []string{"n"}, Usage: "every class except symbols", Destination: &o.noSymbols},
			&urfave.IntFlag{Name: "words", Value: cmdline.NotGiven, Usage: "`N` words of the EFF's list, with a dash between them", Destination: &o.words},
			&urfave.IntFlag{Name: "hex", Value: cmdline.NotGiven, Usage: "`N` bytes as hex", Destination: &o.hex},
			&urfave.IntFlag{Name: "base64", Value: cmdline.NotGiven, Usage: "`N` bytes as base64", Destination: &o.base64},
			clip.CopyFlag(&o.copy),
			&urfave.BoolFlag{Name: "print", Aliases: []string{"p"}, Usage: "also print it", Destination: &o.print},
			&urfave.BoolFlag{Name: "in-place", Usage: "replace only the first line of the existing value", Destination: &o.inPlace},
			&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "if the secret exists, store a new version", Destination: &o.force},
		}, o.attributeOptions.flags()...),
		Run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			if len(args) > 1 {
				if err := o.positional(args[1]); err != nil {
					return err
				}
			}
			return runGenerate(ctx, s, o)
		},
	}
}

// generatedJSON is what was made; the value is there with --print only.
type generatedJSON struct {
	Name    string  `json:"name"`
	Version uint64  `json:"version"`
	Bits    int     `json:"bits"` // entropy, rounded down
	Value   *string `json:"value,omitempty"`
}

func runGenerate(ctx context.Context, s *frame.Session, o generateOptions) error {
	m, err := o.marks(s.Now())
	if err != nil {
		return err
	}
	if m.fromValue {
		return failure.Usage("--expires from-value: what is generated tells no expiry").Hinted("--expires 90d, or a date")
	}
	text, entropy, err := o.make()
	if err != nil {
		return err
	}
	switch {
	case o.inPlace:
		s.First(frame.IsThere("set", o.name))
	case !o.force:
		s.First(frame.IsFree("set", o.name, "{tacit generate "+o.name+" --force} stores a new version; --in-place changes its first line"))
	}
	board, err := clip.ClipboardFor(ctx, s, o.copy)
	if err != nil {
		return err
	}
	info, err := storeGenerated(ctx, s, o, text, m)
	if err != nil {
		return err
	}
	hintExpiry(s, info, m, nil)
	if o.copy {
		if err := clip.CopyResult(ctx, s, board, o.name, text); err != nil {
			return failure.Explain(err).Prefixed("stored " + o.name + ", but copying it")
		}
	}
	bits := int(math.Floor(entropy))
	if s.JSON {
		j := generatedJSON{Name: o.name, Version: info.Version, Bits: bits}
		if o.print {
			j.Value = &text
		}
		return s.WriteJSON(j)
	}
	if o.print {
		s.Results.WriteString(text)
		s.Results.WriteByte('\n')
	}
	s.Did("stored %s, version %d, of %d bits%s", o.name, info.Version, bits, s.InVault())
	return nil
}

// positional takes the length where pass and gopass have it.
func (o *generateOptions) positional(text string) error {
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return failure.Usage("generate takes a length after the name, not %s", failure.Printable(text)).Hinted("tacit generate --help")
	case o.length != cmdline.NotGiven:
		return failure.Usage("the length is given twice")
	}
	o.length = n
	return nil
}

// storeGenerated stores what was made: alone, or as the first line of what is
// there.
func storeGenerated(ctx context.Context, s *frame.Session, o generateOptions, text string, m marks) (info vault.Info, err error) {
	if o.inPlace {
		return replaceLine(ctx, s, o, text, m)
	}
	value := vault.Text(text)
	defer value.Wipe()
	cond := vault.Absent
	if o.force {
		cond = vault.Always
	}
	info, err = setOne(ctx, s, o.name, value, cond, m.options())
	if errors.Is(err, vault.Exists) {
		return info, failure.Explain(err).Hinted("{tacit generate %s --force} stores a new version; --in-place changes its first line", o.name)
	}
	return info, err
}

// replaceLine puts a line in the place of the first of a secret's.
func replaceLine(ctx context.Context, s *frame.Session, o generateOptions, line string, m marks) (info vault.Info, err error) {
	if o.force {
		return info, failure.Usage("--in-place and --force: give one of them")
	}
	err = s.Writing(ctx, func(v frame.OpenVault) error {
		old, err := v.Read(ctx, o.name)
		if err != nil {
			return err
		}
		defer old.Value.Wipe()
		if old.Kind != "text" {
			return failure.Fault(vault.InvalidValue, "%s: --in-place is for text, and it is of kind %s", o.name, old.Kind).
				Hinted("{tacit generate %s --force} stores a new version", o.name)
		}
		text := string(old.Value.Reveal())
		rest := ""
		if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
			rest = text[i-1:]
		} else if i >= 0 {
			rest = text[i:]
		}
		value := vault.Text(line + rest)
		defer value.Wipe()
		info, err = v.Set(ctx, o.name, value, append(m.options(), vault.IfVersion(old.Version))...)
		return err
	})
	return info, err
}

// make draws what the flags ask for.
func (o generateOptions) make() (text string, bits float64, err error) {
	kinds := 0
	for _, n := range []int{o.words, o.hex, o.base64} {
		if n != cmdline.NotGiven {
			kinds++
		}
	}
	characters := o.length != cmdline.NotGiven || o.classes != "" || o.noSymbols
	if kinds > 1 || kinds == 1 && characters {
		return "", 0, failure.Usage("characters, --words, --hex and --base64: choose one").Hinted("tacit generate --help")
	}
	switch {
	case o.words != cmdline.NotGiven:
		text, bits, err = generate.Words(o.words, separator)
	case o.hex != cmdline.NotGiven:
		text, bits, err = generate.Hex(o.hex)
	case o.base64 != cmdline.NotGiven:
		text, bits, err = generate.Base64(o.base64)
	default:
		classes, classErr := o.class()
		if classErr != nil {
			return "", 0, classErr
		}
		n := o.length
		if n == cmdline.NotGiven {
			n = defaultLength
		}
		text, bits, err = generate.Characters(n, classes)
	}
	if errors.Is(err, generate.ErrLimit) {
		return "", 0, failure.Usage("generate %s: %v", failure.Printable(o.name), err)
	}
	return text, bits, err
}

// class reads --classes and --no-symbols.
func (o generateOptions) class() (generate.Class, error) {
	switch {
	case o.noSymbols && o.classes != "":
		return 0, failure.Usage("--classes and --no-symbols: give one of them")
	case o.noSymbols:
		return generate.All &^ generate.Symbols, nil
	case o.classes == "":
		return generate.All, nil
	}
	var classes generate.Class
	for name := range strings.SplitSeq(o.classes, ",") {
		switch strings.TrimSpace(name) {
		case "lower":
			classes |= generate.Lower
		case "upper":
			classes |= generate.Upper
		case "digits":
			classes |= generate.Digits
		case "symbols":
			classes |= generate.Symbols
		case "all":
			classes |= generate.All
		default:
			return 0, failure.Usage("--classes knows lower, upper, digits and symbols, not %s", failure.Printable(name)).Hinted("--classes lower,digits")
		}
	}
	return classes, nil
}
