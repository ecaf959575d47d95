package projects

import (
	"bytes"
	"context"
	"maps"
	"path"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault"
)

// Differ compares the two environments of the command line: what diff does with them.
func Differ(s *frame.Session) func(ctx context.Context, glob string, exitCode bool) error {
	return func(ctx context.Context, glob string, exitCode bool) error { return diff(ctx, s, glob, exitCode) }
}

// A diffJSON is a secret of one of two environments, or of both.
type diffJSON struct {
	Name  string `json:"name"`
	State string `json:"state"`        // only, same or other
	In    string `json:"in,omitempty"` // the environment that alone has it
}

func diff(ctx context.Context, s *frame.Session, glob string, exitCode bool) error {
	envs := s.Envs.Value()
	if len(envs) != 2 {
		return failure.Usage("diff needs two environments").Hinted("tacit diff @dev @prod")
	}
	if _, err := path.Match(glob, ""); err != nil {
		return failure.Usage("diff: %s is no glob", failure.Printable(glob)).Hinted("like 'DB_*'; quote it, so that the shell leaves it alone")
	}
	list, err := compare(ctx, s, envs, glob)
	if err != nil {
		return err
	}
	if err := show(s, list); err != nil {
		return err
	}
	differs := slices.ContainsFunc(list, func(d diffJSON) bool { return d.State != "same" })
	if exitCode && differs {
		return failure.ExitStatus(failure.ExitOther)
	}
	return nil
}

func compare(ctx context.Context, s *frame.Session, envs []string, glob string) (list []diffJSON, err error) {
	v, err := frame.OpenAll(ctx, s)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	var sides [2]map[string]bool
	all := map[string]bool{}
	for i, env := range envs {
		sides[i] = map[string]bool{}
		infos, err := frame.LayerOf(v, env).List(ctx, vault.ListOptions{})
		if err != nil {
			return nil, err
		}
		for _, in := range infos {
			if ok, _ := path.Match(glob, in.Name); ok || glob == "" {
				sides[i][in.Name], all[in.Name] = true, true
			}
		}
	}
	if len(all) == 0 && glob != "" {
		return nil, failure.Fault(vault.NotFound, "diff: %s matches no secret of either", failure.Printable(glob))
	}
	list = []diffJSON{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := diffJSON{Name: name}
		switch {
		case !sides[0][name]:
			d.State, d.In = "only", envs[1]
		case !sides[1][name]:
			d.State, d.In = "only", envs[0]
		default:
			if d.State, err = sameOrOther(ctx, v, envs, name); err != nil {
				return nil, err
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// sameOrOther compares the values of a secret that both environments have.
func sameOrOther(ctx context.Context, v frame.OpenVault, envs []string, name string) (string, error) {
	a, err := frame.LayerOf(v, envs[0]).Read(ctx, name)
	if err != nil {
		return "", err
	}
	defer a.Value.Wipe()
	b, err := frame.LayerOf(v, envs[1]).Read(ctx, name)
	if err != nil {
		return "", err
	}
	defer b.Value.Wipe()
	if a.Value.Kind() == b.Value.Kind() && bytes.Equal(a.Value.Reveal(), b.Value.Reveal()) {
		return "same", nil
	}
	return "other", nil
}

func show(s *frame.Session, list []diffJSON) error {
	if s.JSON {
		return s.WriteJSON(list)
	}
	rows := make([][]string, len(list))
	for i, d := range list {
		state := d.State
		if d.In != "" {
			state += " @" + d.In
		}
		rows[i] = []string{state, d.Name}
	}
	frame.PrintRows(s, []table.Column{{Title: "STATE"}, {Title: "NAME", Least: 8}}, rows)
	return s.Flush()
}
