package edit

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// envOf is the environment that a secret is stored in, where there are several: the one
// that it was read from, or else the last.
func (d *desk) envOf(name string) string {
	envs := d.s.Envs.Value()
	if len(envs) < 2 {
		return ""
	}
	if m, read := d.marks[name]; read && m.env != "" {
		return m.env
	}
	return envs[len(envs)-1]
}

// byEnv sorts edits by where they are stored.
func (d *desk) byEnv(edits []edit) map[string][]edit {
	of := map[string][]edit{}
	for _, e := range edits {
		of[d.envOf(e.name)] = append(of[d.envOf(e.name)], e)
	}
	return of
}

// apply stores all edits of a vault, or none.
func (d *desk) apply(ctx context.Context, edits []edit) (infos []vault.Info, err error) {
	envs := d.s.Envs.Value()
	if len(envs) < 2 {
		return d.applyTo(ctx, d.s, edits)
	}
	of := d.byEnv(edits)
	for _, env := range envs {
		if len(of[env]) == 0 {
			continue
		}
		some, err := d.applyTo(ctx, frame.Within(d.s, env), of[env])
		if err != nil {
			return infos, partly(env, infos, err)
		}
		d.stored(env, some)
		infos = append(infos, some...)
	}
	return infos, nil
}

// stored notes what is there now, should the rest be edited again.
func (d *desk) stored(env string, infos []vault.Info) {
	for _, info := range infos {
		d.marks[info.Name] = mark{info.Version, !info.Deleted, env}
	}
}

// partly says which environment took nothing, after others took theirs.
func partly(env string, infos []vault.Info, err error) error {
	f := *failure.Explain(err)
	f.Err = err
	f.Message = fmt.Sprintf("@%s: %s", env, f.Message)
	if len(infos) > 0 {
		f.Message += fmt.Sprintf("; the environments before it have stored %s", frame.Count(len(infos), "change"))
	}
	return &f
}
