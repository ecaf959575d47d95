package cli

import (
	"context"
	"path"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

// onlyFlag chooses secrets by name.
func onlyFlag(globs *urfave.StringSlice) urfave.Flag {
	return &urfave.StringSliceFlag{Name: "only", Usage: "only names that match `GLOB` (* ? [a-z]); may be repeated", Destination: globs}
}

// A narrowing keeps a part of what was named.
type narrowing struct {
	exclude urfave.StringSlice
	labelFilter
}

func (c *narrowing) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "exclude", Usage: "leave out names that match `GLOB`; may be repeated", Destination: &c.exclude},
		c.labelFilter.flag(),
	}
}

// made tells whether anything is left out.
func (c *narrowing) made() bool { return c.given() || len(c.exclude.Value()) > 0 }

// check refuses what is neither a glob nor a label.
func (c *narrowing) check() error {
	for _, glob := range c.exclude.Value() {
		if _, err := path.Match(glob, ""); err != nil {
			return usage("--exclude %s is no glob", printable(glob)).hinted(`like --exclude 'GIT_*'; quote it, so that the shell leaves it alone`)
		}
	}
	return c.labelFilter.check()
}

// without is the infos that no --exclude matches.
func (c *narrowing) without(infos []vault.Info) []vault.Info {
	return slices.DeleteFunc(infos, func(in vault.Info) bool {
		return slices.ContainsFunc(c.exclude.Value(), func(glob string) bool {
			ok, _ := path.Match(glob, in.Name) // check has tried the glob
			return ok
		})
	})
}

// narrow leaves of the names listed those that it allows.
func (c *narrowing) narrow(ctx context.Context, v opened, names []string, list vault.ListOptions) ([]string, error) {
	if !c.made() {
		return names, nil
	}
	list.Details = c.given()
	infos, err := v.List(ctx, list)
	if err != nil {
		return nil, err
	}
	allowed := map[string]bool{}
	for _, in := range c.pick(c.without(infos)) {
		allowed[in.Name] = true
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !allowed[name] })
	if len(names) == 0 {
		return nil, fault(vault.NotFound, "nothing is left of what was chosen").hinted("tacit ls --long")
	}
	return names, nil
}

// selected opens the vault for the secrets that the globs name and the choice
// leaves, and closes it.
func (s *session) selected(ctx context.Context, globs []string, c *narrowing) ([]vault.Secret, error) {
	s.first(matches(globs, c))
	v, err := s.open(ctx, values)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	if !c.made() {
		return selectSecrets(ctx, v, globs)
	}
	names, err := matchNames(ctx, v, globs, vault.ListOptions{})
	if err != nil {
		return nil, err
	}
	if names, err = c.narrow(ctx, v, names, vault.ListOptions{}); err != nil {
		return nil, err
	}
	return v.ReadAll(ctx, names...)
}

// selectSecrets reads the secrets that match one of the globs, or all where
// there is none, sorted by name.
func selectSecrets(ctx context.Context, v opened, globs []string) ([]vault.Secret, error) {
	if len(globs) == 0 {
		return v.ReadAll(ctx)
	}
	names, err := matchNames(ctx, v, globs, vault.ListOptions{})
	if err != nil {
		return nil, err
	}
	return v.ReadAll(ctx, names...)
}

// otherCase is the way out where a glob matches nothing: a name that it matches in
// another case, or the list.
func otherCase(glob string, infos []vault.Info) string {
	for _, in := range infos {
		if ok, _ := path.Match(fold(glob), fold(in.Name)); ok {
			return "did you mean " + in.Name + "? Upper and lower case are different names; tacit ls"
		}
	}
	return "tacit ls"
}

// matchNames lists those of the names listed that match one of the globs, or all
// where there is none. A glob that matches nothing is an error: it is more often a slip than an
// intention.
func matchNames(ctx context.Context, v opened, globs []string, list vault.ListOptions) ([]string, error) {
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
			return nil, usage("--only %s is no glob", printable(glob)).hinted(`like --only 'DB_*'; quote it, so that the shell leaves it alone`)
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
			return nil, fault(vault.NotFound, "%s matches no secret", printable(glob)).hinted("%s", otherCase(glob, infos))
		}
	}
	return names, nil
}
