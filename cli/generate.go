package cli

import (
	"context"
	"errors"
	"math"
	"strings"

	urfave "github.com/urfave/cli/v2"

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
}

func generateCommand() *command {
	var o generateOptions
	return &command{
		name: "generate", group: groupSecrets, args: "NAME", min: 1, max: 1,
		short: "make a random secret and store it",
		long: `Stores random characters under NAME; or words with --words, or bytes with --hex
or --base64. Every class of characters that is asked for occurs. It is shown with
--print only. Where there is such a secret it is left alone, unless --force.`,
		example: `tacit generate DB_PASSWORD
tacit generate PIN --length 6 --classes digits --print
tacit generate PASSPHRASE --words 7
tacit generate SESSION_KEY --hex 32 --force --expires 90d`,
		codes: []int{exitInvalid, exitExists, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: append([]urfave.Flag{
			&urfave.IntFlag{Name: "length", Value: notGiven, DefaultText: "24", Usage: "`N` characters, 24 unless said", Destination: &o.length},
			&urfave.StringFlag{Name: "classes", Usage: "`CLASSES` of characters: lower,upper,digits,symbols; all unless said", Destination: &o.classes},
			&urfave.BoolFlag{Name: "no-symbols", Aliases: []string{"n"}, Usage: "every class but symbols", Destination: &o.noSymbols},
			&urfave.IntFlag{Name: "words", Value: notGiven, Usage: "`N` words of the EFF's list, with a dash between them", Destination: &o.words},
			&urfave.IntFlag{Name: "hex", Value: notGiven, Usage: "`N` bytes as hex", Destination: &o.hex},
			&urfave.IntFlag{Name: "base64", Value: notGiven, Usage: "`N` bytes as base64", Destination: &o.base64},
			&urfave.BoolFlag{Name: "print", Aliases: []string{"p"}, Usage: "print it, too", Destination: &o.print},
			&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "store it as a new version where there is such a secret", Destination: &o.force},
		}, o.attributeOptions.flags()...),
		run: func(ctx context.Context, s *session, args []string) error {
			o.name = args[0]
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

func runGenerate(ctx context.Context, s *session, o generateOptions) error {
	m, err := o.marks(s.Now())
	if err != nil {
		return err
	}
	if m.fromValue {
		return usage("--expires from-value: what is generated tells no expiry").hinted("--expires 90d, or a date")
	}
	text, entropy, err := o.make()
	if err != nil {
		return err
	}
	value := vault.Text(text)
	defer value.Wipe()
	cond := vault.Absent
	if o.force {
		cond = vault.Always
	}
	info, err := s.set(ctx, o.name, value, cond, m)
	if errors.Is(err, vault.Exists) {
		return explain(err).hinted("tacit generate %s --force stores a new version", o.name)
	}
	if err != nil {
		return err
	}
	s.hintExpiry(info, m, nil)
	bits := int(math.Floor(entropy))
	if s.json {
		j := generatedJSON{Name: o.name, Version: info.Version, Bits: bits}
		if o.print {
			j.Value = &text
		}
		return s.writeJSON(j)
	}
	if o.print {
		s.out.WriteString(text)
		s.out.WriteByte('\n')
	}
	s.note("stored %s, version %d, of %d bits", o.name, info.Version, bits)
	return nil
}

// make draws what the flags ask for.
func (o generateOptions) make() (text string, bits float64, err error) {
	kinds := 0
	for _, n := range []int{o.words, o.hex, o.base64} {
		if n != notGiven {
			kinds++
		}
	}
	characters := o.length != notGiven || o.classes != "" || o.noSymbols
	if kinds > 1 || kinds == 1 && characters {
		return "", 0, usage("characters, --words, --hex and --base64: choose one").hinted("tacit generate --help")
	}
	switch {
	case o.words != notGiven:
		text, bits, err = generate.Words(o.words, separator)
	case o.hex != notGiven:
		text, bits, err = generate.Hex(o.hex)
	case o.base64 != notGiven:
		text, bits, err = generate.Base64(o.base64)
	default:
		classes, classErr := o.class()
		if classErr != nil {
			return "", 0, classErr
		}
		n := o.length
		if n == notGiven {
			n = defaultLength
		}
		text, bits, err = generate.Characters(n, classes)
	}
	if errors.Is(err, generate.ErrLimit) {
		return "", 0, usage("generate %s: %v", printable(o.name), err)
	}
	return text, bits, err
}

// class reads --classes and --no-symbols.
func (o generateOptions) class() (generate.Class, error) {
	switch {
	case o.noSymbols && o.classes != "":
		return 0, usage("--classes and --no-symbols: give one of them")
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
			return 0, usage("--classes knows lower, upper, digits and symbols, not %s", printable(name))
		}
	}
	return classes, nil
}
