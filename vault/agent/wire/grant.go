package wire

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Grant is what a socket was opened for. The zero Grant is everything; any other
// one excludes key slots, policy changes, rotation, yielding and further grants.
type Grant struct {
	Only     []string `json:"only"`      // globs, as path.Match has them: names that match one; empty: all
	ReadOnly bool     `json:"read_only"` // no change of anything
}

// maxGlobs is how many globs a grant can have.
const maxGlobs = 100

// Full tells whether the grant is for everything.
func (g Grant) Full() bool { return len(g.Only) == 0 && !g.ReadOnly }

// Allows tells whether the grant is for a name.
func (g Grant) Allows(name string) bool {
	return len(g.Only) == 0 || slices.ContainsFunc(g.Only, func(glob string) bool {
		ok, _ := path.Match(glob, name)
		return ok
	})
}

// Check refuses globs that are none.
func (g Grant) Check(op string) error {
	if len(g.Only) > maxGlobs {
		return Invalid(op, "", "more than 100 globs")
	}
	for _, glob := range g.Only {
		if _, err := path.Match(glob, ""); errors.Is(err, path.ErrBadPattern) || glob == "" || len(glob) > 200 {
			return &vault.SecretError{
				Code: vault.InvalidValue, Op: op, Message: "not a glob",
				Remedy: remedy.To(remedy.ShapeGlob),
			}
		}
	}
	return nil
}

// Prefix is what every name begins with that the grant is for.
func (g Grant) Prefix() string {
	if len(g.Only) != 1 {
		return ""
	}
	glob := g.Only[0]
	if i := strings.IndexAny(glob, `*?[\`); i >= 0 {
		return glob[:i]
	}
	return glob
}
