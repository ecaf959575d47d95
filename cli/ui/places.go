package ui

import (
	"os"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// A place is a vault that the screen can go to.
type place struct {
	env   *vault.Environment // of the project; nil for another vault
	vault string
	state string
}

// findPlaces looks for the project's environments, and the vaults that this machine knows.
func (d *desk) findPlaces() (list []place, wrong error) {
	envs, wrong := frame.Environments(d.s)
	for _, env := range envs {
		list = append(list, place{&env, env.Vault, d.stateOf(env.Vault)})
	}
	known, err := vault.KnownVaults(d.s.State)
	if err != nil {
		wrong = err
	}
	for _, k := range known {
		if !k.There || isAmong(list, k.Path) {
			continue // what is gone cannot be gone to
		}
		list = append(list, place{nil, k.Path, d.stateOf(k.Path)})
	}
	return list, wrong
}

// isAmong tells whether a vault is one of those of the project.
func isAmong(list []place, dir string) bool {
	for _, one := range list {
		if sameFolder(one.vault, dir) {
			return true
		}
	}
	return false
}

// stateOf says whether a vault is the one that is shown.
func (d *desk) stateOf(dir string) string {
	if d.isHere(vault.Environment{Vault: dir}) {
		return "shown"
	}
	return "-"
}

// places is the view of them.
func (d *desk) places() wire.Table {
	list, err := d.findPlaces()
	d.found = list
	t := wire.Table{View: wire.Places, Titles: []string{"VAULT", "STATE", "FOLDER"}, Head: frame.Count(len(list), "vault")}
	if err != nil {
		t.Note = shown.Line(failure.Explain(err).Message, 300)
	}
	for _, one := range list {
		name := d.tilde(strings.TrimSuffix(one.vault, string(filepath.Separator)+".tacit"))
		if one.env != nil {
			name = titleOf(one.env.Env)
		}
		t.Rows = append(t.Rows, wire.TableRow{Cells: []string{shown.Line(name, 200), one.state, shown.Line(d.tilde(one.vault), 1<<10)}})
	}
	return t
}

// goTo goes to one of the places that were told at last, counted from 1. What the shell
// has set names no vault any more.
func (d *desk) goTo(at uint64) {
	if at < 1 || at > uint64(len(d.found)) {
		return
	}
	to := d.found[at-1]
	app, s := *d.s.App, *d.s
	env := app.Env
	app.Env = func(name string) string {
		if name == "TACIT_VAULT" || name == "TACIT_ENV" {
			return ""
		}
		return env(name)
	}
	s.App = &app
	s.Vault, s.Envs = to.vault, urfave.StringSlice{}
	switch {
	case to.env != nil && to.env.Env != "": // as found: it may have to be trusted
		s.Vault, s.Envs = "", *urfave.NewStringSlice(to.env.Env)
	case to.env != nil:
		s.Vault = ""
	}
	d.forget()
	s.Typed = nil
	d.s, d.base, d.rows = &s, "", nil
	d.groups, d.group = nil, vault.Membership{}
}

// tilde is a path as people write it.
func (d *desk) tilde(path string) string {
	if home := d.s.Env("HOME"); home != "" {
		if rest, ok := strings.CutPrefix(path, filepath.Clean(home)+string(filepath.Separator)); ok {
			return "~" + string(filepath.Separator) + rest
		}
	}
	return path
}

// sameFolder tells whether two paths are one folder.
func sameFolder(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}
