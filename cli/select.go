package cli

import (
	"context"
	"path"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

// onlyFlag chooses secrets by name for run and export.
func onlyFlag(globs *urfave.StringSlice) urfave.Flag {
	return &urfave.StringSliceFlag{Name: "only", Usage: "only names that match `GLOB` (* ? [a-z]); may be repeated", Destination: globs}
}

// selected opens the vault for the secrets that the globs name, and closes it.
func (s *session) selected(ctx context.Context, globs []string) ([]vault.Secret, error) {
	v, err := s.open(ctx, values)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return selectSecrets(ctx, v, globs)
}

// selectSecrets reads the secrets that match one of the globs, or all where
// there is none, sorted by name.
func selectSecrets(ctx context.Context, v opened, globs []string) ([]vault.Secret, error) {
	if len(globs) == 0 {
		return v.ReadAll(ctx)
	}
	names, err := matchNames(ctx, v, globs)
	if err != nil {
		return nil, err
	}
	return v.ReadAll(ctx, names...)
}

// matchNames lists the names that match one of the globs, or all where there is
// none. A glob that matches nothing is an error: it is more often a slip than an
// intention.
func matchNames(ctx context.Context, v opened, globs []string) ([]string, error) {
	infos, err := v.List(ctx, vault.ListOptions{})
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
			return nil, fault(vault.NotFound, "%s matches no secret", printable(glob)).hinted("tacit ls")
		}
	}
	return names, nil
}
