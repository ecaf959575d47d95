package ui

import (
	"context"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
)

// A side is an environment beside others.
type side struct {
	env   vault.Environment
	title string          // "@prod", "-" for the one without a name
	v     frame.OpenVault // nil where it cannot be opened
	open  bool            // its values can be read
	infos map[string]vault.Info
	err   error // why it cannot be read
}

// titleOf is what an environment is called on the screen.
func titleOf(env string) string {
	if env == "" {
		return "-"
	}
	return "@" + env
}

// sides opens the environments of the project, each as far as that asks nothing. The
// caller closes them.
func (d *desk) sides(ctx context.Context) ([]*side, error) {
	envs, err := frame.Environments(d.s)
	if err != nil {
		return nil, err
	}
	list := make([]*side, len(envs))
	for i, env := range envs {
		one := &side{env: env, title: titleOf(env.Env)}
		if one.v, one.open, one.err = d.openBeside(ctx, env); one.err == nil {
			one.err = one.look(ctx)
		}
		list[i] = one
	}
	return list, nil
}

// look reads what it has.
func (one *side) look(ctx context.Context) error {
	system.CollectIfLarge(one.v.Status().Names)
	infos, err := one.v.List(ctx, vault.ListOptions{Details: true})
	if err != nil {
		return err
	}
	one.infos = make(map[string]vault.Info, len(infos))
	for _, in := range infos {
		one.infos[in.Name] = in
	}
	return nil
}

func closeSides(list []*side) {
	for _, one := range list {
		if one.v != nil {
			one.v.Close()
		}
	}
}

// aside is a session for a vault beside the one that is shown. It asks nothing, says
// nothing on the screen, and waits for nobody.
func (d *desk) aside(env vault.Environment) *frame.Session {
	app, to := *d.s.App, *d.s
	app.Err = io.Discard
	to.App, to.NoInput, to.Wait = &app, true, frame.Patience
	to.Vault, to.Envs = "", urfave.StringSlice{}
	if !d.isHere(env) {
		to.Typed = nil
	}
	return &to
}

// isHere tells whether an environment is the vault that is shown.
func (d *desk) isHere(env vault.Environment) bool {
	dir, _, err := d.s.Locate()
	return err == nil && sameFolder(dir, env.Vault)
}

// openBeside opens an environment by its agent, or by the keys at hand. Where there is
// neither, only its names can be read.
func (d *desk) openBeside(ctx context.Context, env vault.Environment) (v frame.OpenVault, open bool, err error) {
	to := d.aside(env)
	v, release, err := frame.ReachAgent(ctx, to, env.Vault)
	if v != nil || err != nil {
		return v, v != nil, err
	}
	o := to.Options(!env.Attached)
	o.OneShot = true
	system.Undumpable()
	if keys, _ := frame.KeysAtHand(ctx, to); len(keys.Keys) > 0 {
		o.Keys = keys.Keys
		if local, err := to.OpenHere(ctx, env.Vault, o, frame.ToList); err == nil {
			return to.Local(local, release), true, nil
		}
	}
	o.Keys = nil // what is wrong with a key is no reason to show no names
	local, err := to.OpenHere(ctx, env.Vault, o, frame.ToList)
	if err != nil {
		if release != nil {
			release()
		}
		return nil, false, err
	}
	return to.Local(local, release), false, nil
}
