package ui

import (
	"context"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
)

// A held is what one environment has of a name.
type held struct {
	title  string
	says   string // where there is no value
	same   bool   // it has the value of the first one
	secret vault.Secret
}

// compareOne shows the values of one name in all environments on a page of its own. Only
// for that of the base a key is asked for.
func (d *desk) compareOne(ctx context.Context, q wire.Request) error {
	list, err := d.hold(ctx, q)
	defer func() {
		for _, one := range list {
			one.secret.Value.Wipe()
		}
	}()
	if err != nil {
		return err
	}
	text := beside(list)
	defer clear(text)
	return page(ctx, d, fmt.Sprintf("%s in %s", q.Name, frame.Count(len(list), "environment")), text)
}

// hold reads a name in each environment. The base is the first.
func (d *desk) hold(ctx context.Context, q wire.Request) (list []held, err error) {
	envs, err := frame.Environments(d.s)
	if err != nil {
		return nil, err
	}
	found := false
	for _, env := range envs {
		if titleOf(env.Env) == q.Base || q.Base == "" && d.isHere(env) {
			one, err := d.holdBase(ctx, env, q.Name)
			if err != nil {
				return list, err
			}
			list, found = append([]held{one}, list...), true
		} else {
			list = append(list, d.holdOne(ctx, env, q.Name))
		}
	}
	if !found {
		return list, failure.Fault(vault.NoVault, "there is no environment %s any more", failure.Printable(q.Base))
	}
	return list, nil
}

// holdOne reads a name where that asks nothing.
func (d *desk) holdOne(ctx context.Context, env vault.Environment, name string) held {
	one := held{title: titleOf(env.Env)}
	v, open, err := d.openBeside(ctx, env)
	if err != nil {
		one.says = "unread: " + failure.Explain(err).Message
		return one
	}
	defer v.Close()
	if !open {
		one.says = "locked"
		return one
	}
	return one.read(ctx, v, name)
}

// holdBase reads a name, and asks for a key where one is needed.
func (d *desk) holdBase(ctx context.Context, env vault.Environment, name string) (held, error) {
	one := held{title: titleOf(env.Env)}
	if v, open, err := d.openBeside(ctx, env); err == nil {
		defer v.Close()
		if open {
			return one.read(ctx, v, name), nil
		}
		v.Close() // nobody waits for the vault during a question
	}
	to := d.s
	if !d.isHere(env) {
		to = d.aside(env)
		to.App, to.NoInput, to.Wait = d.s.App, d.s.NoInput, d.s.Wait
		defer func() { clear(to.Typed) }()
	}
	v, err := frame.OpenAt(ctx, to, env.Vault, !env.Attached, frame.ToRead)
	if err != nil {
		return one, err
	}
	defer v.Close()
	return one.read(ctx, v, name), nil
}

func (one held) read(ctx context.Context, v frame.OpenVault, name string) held {
	secret, err := v.Read(ctx, name)
	switch {
	case vault.CodeOf(err) == vault.NotFound:
		one.says = "MISSING"
	case err != nil:
		one.says = "unread: " + failure.Explain(err).Message
	}
	one.secret = secret
	return one
}

// head says of one what it is, beside the first that has a value.
func (one held) head(first string) string {
	version := one.title
	if one.secret.Version != 0 {
		version += fmt.Sprintf("  v%d", one.secret.Version)
	}
	switch {
	case one.says != "":
		return one.title + "  " + one.says
	case one.title == first:
		return version
	case one.same:
		return version + "  same as " + first
	}
	return version + "  other"
}

// liken tells which have the value of the first that has one, and returns its title.
func liken(list []held) (first string) {
	i := slices.IndexFunc(list, func(one held) bool { return one.says == "" })
	if i < 0 {
		return ""
	}
	for j := i + 1; j < len(list); j++ {
		list[j].same = list[j].says == "" && equal(list[i].secret.Value, list[j].secret.Value)
	}
	return list[i].title
}

// beside is what all have, in one text of one size: growing would leave copies. The caller
// wipes it.
func beside(list []held) []byte {
	first := liken(list)
	heads, size := make([]string, len(list)), 0
	for i, one := range list {
		heads[i] = one.head(first)
		size += len(heads[i]) + len(one.secret.Value.Reveal()) + len("\n\n\n")
	}
	text := make([]byte, 0, size)
	for i, one := range list {
		text = append(append(text, heads[i]...), '\n')
		if one.says == "" && !one.same {
			text = append(append(text, one.secret.Value.Reveal()...), '\n')
		}
		text = append(text, '\n')
	}
	return text
}
