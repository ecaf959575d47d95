package choice

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// A Prefixing chooses secrets by how their names begin, and may leave that out of
// the names that they are given under.
type Prefixing struct {
	prefixes urfave.StringSlice
	strip    bool
}

// Flags are --prefix and --strip; what are the names that strip makes shorter.
func (p *Prefixing) Flags(what string) []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "prefix", Usage: "only names that begin with `PREFIX`; may be repeated", Destination: &p.prefixes},
		&urfave.BoolFlag{Name: "strip", Usage: "leave the --prefix out of " + what, Destination: &p.strip},
	}
}

func (p *Prefixing) Check(op string) error {
	switch {
	case p.strip && len(p.prefixes.Value()) == 0:
		return failure.Usage("%s: --strip needs a --prefix", op)
	case slices.Contains(p.prefixes.Value(), ""):
		return failure.Usage("%s: an empty --prefix would be every secret", op).Hinted("leave --prefix out if you want that")
	}
	return nil
}

// Globs match what only does, and what begins with a prefix.
func (p *Prefixing) Globs(only []string) []string {
	globs := slices.Clone(only)
	for _, prefix := range p.prefixes.Value() {
		globs = append(globs, escapeGlob(prefix)+"*")
	}
	return globs
}

// Shortens tells whether names are given under others.
func (p *Prefixing) Shortens() bool { return p.strip }

// Under is the name that a secret is given under. Where nothing is left of it, hint
// says what to do about the secret.
func (p *Prefixing) Under(op, name, hint string) (string, error) {
	if !p.strip {
		return name, nil
	}
	short := p.stripped(name)
	if short == "" {
		return "", failure.Fault(vault.InvalidName, "%s %s: nothing is left of its name when the prefix is stripped", op, name).Hinted(hint, name)
	}
	return short, nil
}

// stripped is a name without the longest of the prefixes that it has.
func (p *Prefixing) stripped(name string) string {
	short := name
	for _, prefix := range p.prefixes.Value() {
		if rest, ok := strings.CutPrefix(name, prefix); ok && len(rest) < len(short) {
			short = rest
		}
	}
	return short
}

// escapeGlob makes a glob that matches just s.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}
