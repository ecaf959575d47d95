package frame

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// Within is the session as if the line had named one environment alone. It is the same
// one each time: a passphrase that was typed is asked for once for each vault.
func Within(s *Session, env string) *Session {
	if one := s.within[env]; one != nil {
		one.handed = s.handed
		return one
	}
	one := *s
	one.Envs = *urfave.NewStringSlice(env)
	one.Checks, one.Typed, one.met, one.known, one.within, one.introduced = nil, nil, nil, nil, nil, false
	if s.within == nil {
		s.within = map[string]*Session{}
	}
	s.within[env] = &one
	return &one
}

// leaveEnvs ends what Within began.
func leaveEnvs(s *Session) {
	for _, one := range s.within {
		clear(one.Typed)
		leaveAgents(one)
		tellUnremembered(one)
	}
}

// OpenAll opens the vaults of all environments that the line names, to read them as
// one: of secrets of the same name, that of the vault which was named last.
func OpenAll(ctx context.Context, s *Session) (OpenVault, error) {
	envs := s.Envs.Value()
	if len(envs) < 2 {
		return s.Open(ctx, ToRead)
	}
	if err := ExpectOne(s); err != nil {
		return nil, err
	}
	for _, env := range envs { // before anything is asked for one of them
		if _, _, err := Within(s, env).Locate(); err != nil {
			return nil, ofEnv(s, env, err)
		}
	}
	var all layers
	for _, env := range envs {
		one := Within(s, env)
		v, err := one.Open(ctx, ToRead)
		s.handed = one.handed
		if err != nil {
			all.Close()
			return nil, ofEnv(s, env, err)
		}
		all.OpenVault = v
		all.each = append(all.each, layer{v, env})
	}
	all.s = s
	return &all, nil
}

// ExpectOne refuses TACIT_EXPECT on a line that names several environments: it says
// which vault one of them has to be, and none says which.
func ExpectOne(s *Session) error {
	envs := s.Envs.Value()
	if len(envs) < 2 || !expects(s) {
		return nil
	}
	first, second := envs[0], envs[1]
	return failure.Usage("TACIT_EXPECT says what one vault has to be, and @%s are %d vaults", strings.Join(envs, " and @"), len(envs)).
		Hinted("unset TACIT_EXPECT; or one inside the other, each with its own: TACIT_EXPECT=… tacit run @%s -- env TACIT_EXPECT=… tacit run @%s -- COMMAND", first, second)
}

// ofEnv says of an error which environment it is about.
func ofEnv(s *Session, env string, err error) error {
	if _, ran := err.(failure.ExitStatus); ran || lacks(err) || errors.Is(err, context.Canceled) {
		return err
	}
	f := *failure.Explain(err)
	f.Hint = failure.Hint(hintOf(Within(s, env), &f))
	f.Message = "@" + env + ": " + f.Message
	f.Err = err
	return &f
}

// layers are several vaults that are read as one. What is not about reading is done to
// the last.
type layers struct {
	OpenVault
	s    *Session
	each []layer
	of   map[string]int // which of them has a name; nil: not known yet
}

type layer struct {
	OpenVault
	env string
}

// EnvWith is the environment that a secret is read from, where v is of several; the
// last one for a secret that is not there.
func EnvWith(ctx context.Context, v OpenVault, name string) (env string, several bool, err error) {
	l, several := v.(*layers)
	if !several {
		return "", false, nil
	}
	of, err := l.owner(ctx, name)
	return of.env, true, err
}

func (l *layers) Close() (err error) {
	for _, one := range l.each {
		err = errors.Join(err, one.Close())
	}
	return err
}

// owner is the layer that a name is read from; the last one where there is none.
func (l *layers) owner(ctx context.Context, name string) (layer, error) {
	if l.of == nil {
		of := map[string]int{}
		for i, one := range l.each {
			infos, err := one.List(ctx, vault.ListOptions{})
			if err != nil {
				return layer{}, ofEnv(l.s, one.env, err)
			}
			for _, in := range infos {
				of[in.Name] = i
			}
		}
		l.of = of
	}
	if i, there := l.of[name]; there {
		return l.each[i], nil
	}
	return l.each[len(l.each)-1], nil
}

// List lists each name once. A name that was deleted in one vault is there as long as
// another has it.
func (l *layers) List(ctx context.Context, o vault.ListOptions) ([]vault.Info, error) {
	all := map[string]vault.Info{}
	for _, one := range l.each {
		infos, err := one.List(ctx, o)
		if err != nil {
			return nil, ofEnv(l.s, one.env, err)
		}
		for _, in := range infos {
			if _, there := all[in.Name]; !there || !in.Deleted {
				all[in.Name] = in
			}
		}
	}
	list := slices.SortedFunc(maps.Values(all), func(a, b vault.Info) int { return strings.Compare(a.Name, b.Name) })
	if o.Limit > 0 && len(list) > o.Limit {
		list = list[:o.Limit]
	}
	return list, nil
}

func (l *layers) Read(ctx context.Context, name string) (vault.Secret, error) {
	one, err := l.owner(ctx, name)
	if err != nil {
		return vault.Secret{}, err
	}
	secret, err := one.Read(ctx, name)
	if err != nil {
		return secret, ofEnv(l.s, one.env, err)
	}
	return secret, nil
}

func (l *layers) ReadAll(ctx context.Context, names ...string) (list []vault.Secret, err error) {
	if len(names) == 0 {
		infos, err := l.List(ctx, vault.ListOptions{})
		if err != nil || len(infos) == 0 {
			return nil, err
		}
		for _, in := range infos {
			names = append(names, in.Name)
		}
	}
	defer func() {
		if err != nil {
			for _, secret := range list {
				secret.Value.Wipe()
			}
			list = nil
		}
	}()
	from := map[string][]string{}
	for _, name := range names {
		one, err := l.owner(ctx, name)
		if err != nil {
			return nil, err
		}
		from[one.env] = append(from[one.env], name)
	}
	for _, one := range l.each {
		if len(from[one.env]) == 0 {
			continue // ReadAll of none is all
		}
		some, err := one.ReadAll(ctx, from[one.env]...)
		list = append(list, some...)
		if err != nil {
			return list, ofEnv(l.s, one.env, err)
		}
	}
	place := make(map[string]int, len(names))
	for i, name := range names {
		place[name] = i
	}
	slices.SortFunc(list, func(a, b vault.Secret) int { return place[a.Name] - place[b.Name] })
	return list, nil
}

func (l *layers) ReadEach(ctx context.Context, names []string, fn func(vault.Secret) error) error {
	all, err := l.ReadAll(ctx, names...)
	for _, secret := range all {
		if err == nil {
			err = fn(secret)
		}
		secret.Value.Wipe()
	}
	return err
}

// LayerOf is the vault of one of the environments that OpenAll has opened.
func LayerOf(v OpenVault, env string) OpenVault {
	if l, several := v.(*layers); several {
		for _, one := range l.each {
			if one.env == env {
				return one
			}
		}
	}
	return v
}
