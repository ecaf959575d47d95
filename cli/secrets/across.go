package secrets

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// copyAcross stores secrets of one environment in another.
func copyAcross(ctx context.Context, s *frame.Session, o moveOptions, names []string) error {
	if len(names) == 0 && len(o.only.Value()) == 0 {
		return failure.Usage("cp: say which secrets, with NAME or --only GLOB").Hinted("--only '*', for every one")
	}
	if err := frame.ExpectOne(s); err != nil {
		return err
	}
	envs := s.Envs.Value()
	from, to := frame.Within(s, envs[0]), frame.Within(s, envs[1])
	for _, one := range []*frame.Session{from, to} { // before anything is asked for one of them
		if _, _, err := one.Locate(); err != nil {
			return err
		}
	}
	secrets, err := readAcross(ctx, from, o, names)
	if err != nil {
		return err
	}
	defer wipeSecrets(secrets)
	var infos []vault.Info
	err = to.Writing(ctx, func(v frame.OpenVault) error {
		changes, err := changesAcross(ctx, v, secrets, o.force)
		if err == nil && len(changes) > 0 { // Apply of none is a commit
			infos, err = v.Apply(ctx, changes, nil)
		}
		return failure.During("cp", err)
	})
	if err != nil {
		return err
	}
	return tellAcross(s, envs, infos, len(secrets))
}

// readAcross reads what is to be stored, each secret once.
func readAcross(ctx context.Context, s *frame.Session, o moveOptions, names []string) ([]vault.Secret, error) {
	names = slices.Clone(names)
	for _, name := range names {
		if err := vault.CheckName("cp", name); err != nil {
			return nil, err
		}
	}
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	if globs := o.only.Value(); len(globs) > 0 {
		matched, err := choice.MatchNames(ctx, v, globs, vault.ListOptions{})
		if err != nil {
			return nil, err
		}
		names = append(names, matched...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return nil, nil // ReadAll of none is all
	}
	return v.ReadAll(ctx, names...)
}

func wipeSecrets(secrets []vault.Secret) {
	for _, secret := range secrets {
		secret.Value.Wipe()
	}
}

// changesAcross are the changes that store the secrets. One that is there with another
// value is refused, unless it is to be overwritten.
func changesAcross(ctx context.Context, v frame.OpenVault, secrets []vault.Secret, force bool) (changes []vault.Change, err error) {
	infos, err := v.List(ctx, vault.ListOptions{})
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, in := range infos {
		there[in.Name] = true
	}
	for _, secret := range secrets {
		expires := secret.Expires
		change := vault.Change{Name: secret.Name, Value: secret.Value, Expires: &expires, Labels: secret.Labels, SkipSame: true, If: vault.Absent}
		if there[secret.Name] {
			old, err := v.Read(ctx, secret.Name)
			if err != nil {
				return nil, err
			}
			same := sameValue(old.Value, secret.Value)
			old.Value.Wipe()
			if !same && !force {
				return nil, failure.Fault(vault.Exists, "cp %s: there is such a secret already, with another value; nothing was changed", secret.Name).
					Hinted("overwrite it with --force")
			}
			change.If = vault.AtVersion(old.Version)
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// sameValue tells whether two values are of one kind and the same bytes.
func sameValue(a, b vault.Value) bool {
	return a.Kind() == b.Kind() && bytes.Equal(a.Reveal(), b.Reveal())
}

func tellAcross(s *frame.Session, envs []string, infos []vault.Info, n int) error {
	stored := []string{}
	for _, in := range infos {
		if !in.Unchanged {
			stored = append(stored, in.Name)
		}
	}
	if s.JSON {
		return s.WriteJSON(struct {
			Stored    []string `json:"stored"`
			Unchanged int      `json:"unchanged"`
		}{stored, n - len(stored)})
	}
	same := ""
	if n > len(stored) {
		same = fmt.Sprintf("; %d there already", n-len(stored))
	}
	s.Say("stored %s of @%s in @%s%s", frame.Count(len(stored), "secret"), envs[0], envs[1], same)
	return nil
}
