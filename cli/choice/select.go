package choice

import (
	"context"
	"path"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
)

// OnlyFlag chooses secrets by name.
func OnlyFlag(globs *urfave.StringSlice) urfave.Flag {
	return &urfave.StringSliceFlag{Name: "only", Usage: "only names that match `GLOB` (* ? [a-z]); may be repeated", Destination: globs}
}

// A Narrowing keeps a part of what was named.
type Narrowing struct {
	exclude urfave.StringSlice
	LabelFilter
}

func (c *Narrowing) Flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "exclude", Usage: "leave out names that match `GLOB`; may be repeated", Destination: &c.exclude},
		c.LabelFilter.Flag(),
	}
}

// Made tells whether anything is left out.
func (c *Narrowing) Made() bool { return c.Given() || len(c.exclude.Value()) > 0 }

// Check refuses what is neither a glob nor a label.
func (c *Narrowing) Check() error {
	for _, glob := range c.exclude.Value() {
		if _, err := path.Match(glob, ""); err != nil {
			return failure.Usage("--exclude %s is no glob", failure.Printable(glob)).Hinted(`like --exclude 'GIT_*'; quote it, so that the shell leaves it alone`)
		}
	}
	return c.LabelFilter.Check()
}

// Without is the infos that no --exclude matches.
func (c *Narrowing) Without(infos []vault.Info) []vault.Info {
	return slices.DeleteFunc(infos, func(in vault.Info) bool {
		return slices.ContainsFunc(c.exclude.Value(), func(glob string) bool {
			ok, _ := path.Match(glob, in.Name) // check has tried the glob
			return ok
		})
	})
}

// Narrow leaves of the names listed those that it allows.
func (c *Narrowing) Narrow(ctx context.Context, v frame.OpenVault, names []string, list vault.ListOptions) ([]string, error) {
	if !c.Made() {
		return names, nil
	}
	list.Details = c.Given()
	infos, err := v.List(ctx, list)
	if err != nil {
		return nil, err
	}
	allowed := map[string]bool{}
	for _, in := range c.Pick(c.Without(infos)) {
		allowed[in.Name] = true
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !allowed[name] })
	if len(names) == 0 {
		return nil, failure.Fault(vault.NotFound, "nothing is left of what was chosen").Hinted("{tacit ls --long}")
	}
	return names, nil
}

// Matches checks that every glob chooses something, of which the choice leaves some.
func Matches(globs []string, c *Narrowing) frame.Check {
	return func(ctx context.Context, v frame.OpenVault) error {
		names, err := MatchNames(ctx, v, globs, vault.ListOptions{})
		if err == nil {
			_, err = c.Narrow(ctx, v, names, vault.ListOptions{})
		}
		return err
	}
}

// EachSelected opens the vault, hands fn each of the secrets that the globs name and the
// choice leaves, and closes it. The value is wiped when fn returns.
func EachSelected(ctx context.Context, s *frame.Session, globs []string, c *Narrowing, fn func(vault.Secret) error) error {
	s.First(Matches(globs, c))
	v, err := frame.OpenAll(ctx, s)
	if err != nil {
		return err
	}
	defer v.Close()
	system.CollectIfLarge(v.Status().Names)
	if !c.Made() && len(globs) == 0 {
		return v.ReadEach(ctx, nil, fn)
	}
	names, err := MatchNames(ctx, v, globs, vault.ListOptions{})
	if err != nil {
		return err
	}
	if names, err = c.Narrow(ctx, v, names, vault.ListOptions{}); err != nil {
		return err
	}
	return v.ReadEach(ctx, names, fn)
}

// SelectSecrets reads the secrets that match one of the globs, or all where
// there is none, sorted by name.
func SelectSecrets(ctx context.Context, v frame.OpenVault, globs []string) ([]vault.Secret, error) {
	if len(globs) == 0 {
		return v.ReadAll(ctx)
	}
	names, err := MatchNames(ctx, v, globs, vault.ListOptions{})
	if err != nil {
		return nil, err
	}
	return v.ReadAll(ctx, names...)
}

// otherCase is the way out where a glob matches nothing: a name that it matches in
// another case, or the list.
func otherCase(glob string, infos []vault.Info) string {
	for _, in := range infos {
		if ok, _ := path.Match(cmdline.Fold(glob), cmdline.Fold(in.Name)); ok {
			return "did you mean " + in.Name + "? Upper and lower case are different names; {tacit ls}"
		}
	}
	return "{tacit ls}"
}

// MatchNames lists those of the names listed that match one of the globs, or all
// where there is none. A glob that matches nothing is an error: it is more often a slip than an
// intention.
func MatchNames(ctx context.Context, v frame.OpenVault, globs []string, list vault.ListOptions) ([]string, error) {
	infos, err := v.List(ctx, list)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(infos))
	if len(globs) == 0 {
		for _, in := range infos {
			names = append(names, in.Name)
		}
		return names, nil
	}
	matched := map[string]bool{}
	for _, glob := range globs {
		if _, err := path.Match(glob, ""); err != nil {
			return nil, failure.Usage("--only %s is no glob", failure.Printable(glob)).Hinted(`like --only 'DB_*'; quote it, so that the shell leaves it alone`)
		}
		n := 0
		for _, in := range infos {
			ok, _ := path.Match(glob, in.Name) // which fails for any name, or for none
			if ok && !matched[in.Name] {
				matched[in.Name] = true
				names = append(names, in.Name)
			}
			if ok {
				n++
			}
		}
		if n == 0 {
			return nil, failure.Fault(vault.NotFound, "%s matches no secret", failure.Printable(glob)).Advised(otherCase(glob, infos))
		}
	}
	return names, nil
}
