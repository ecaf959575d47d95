package frame

import (
	"context"
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// Names, versions and key slots can be told without a key. So what cannot be done is
// said before anybody has typed a value, a passphrase or a yes for it. The vault
// checks again when it is done: in between, others may have changed it.

// A Check is what has to be true of a vault before somebody is asked for something.
type Check func(ctx context.Context, v OpenVault) error

// First has checks made before the command asks for a passphrase.
func (s *Session) First(c ...Check) { s.Checks = append(s.Checks, c...) }

// LookFirst makes the checks now, before a value or a consent is asked for. Where
// there is no vault, or it may not be opened, that is said as well.
func (s *Session) LookFirst(ctx context.Context) error {
	v, err := s.Open(ctx, ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	return all(ctx, v, s.Checks)
}

func all(ctx context.Context, v OpenVault, checks []Check) error {
	for _, holds := range checks {
		if err := holds(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// EntryOf is what the list tells of a name, deleted ones included.
func EntryOf(ctx context.Context, v OpenVault, name string) (info vault.Info, known bool, err error) {
	infos, err := v.List(ctx, vault.ListOptions{Prefix: name, Limit: 1, Deleted: true})
	if err != nil || len(infos) == 0 || infos[0].Name != name {
		return vault.Info{}, false, err
	}
	return infos[0], true, nil
}

// IsThere checks that there is such a secret.
func IsThere(op string, names ...string) Check {
	return func(ctx context.Context, v OpenVault) error {
		for _, name := range names {
			info, known, err := EntryOf(ctx, v, name)
			if err != nil {
				return err
			}
			if !known || info.Deleted {
				return noSecret(op, name, info, known)
			}
		}
		return nil
	}
}

// noSecret is a name under which there is nothing, or nothing any more.
func noSecret(op, name string, info vault.Info, known bool) error {
	f := failure.Fault(vault.NotFound, "%s %s: there is no such secret", op, name).Hinted("{tacit ls}, or {tacit find %s}", name)
	if known {
		f = failure.Fault(vault.NotFound, "%s %s: it was deleted (version %d)", op, name, info.Version).Hinted("{tacit history %s}", name)
	}
	return f
}

// WasThere checks that there is something of each name, or was.
func WasThere(op string, names ...string) Check {
	return func(ctx context.Context, v OpenVault) error {
		for _, name := range names {
			info, known, err := EntryOf(ctx, v, name)
			if err == nil && !known {
				err = noSecret(op, name, info, known)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// IsFree checks that there is no such secret.
func IsFree(op, name, hint string) Check {
	return func(ctx context.Context, v OpenVault) error {
		info, known, err := EntryOf(ctx, v, name)
		if err == nil && known && !info.Deleted {
			err = failure.Fault(vault.Exists, "%s %s: there is such a secret already", op, name).Advised(hint)
		}
		return err
	}
}

// HasVersion checks that a version is kept. Whether its record is in order, the vault
// tells who has the key.
func HasVersion(op, name string, version uint64) Check {
	return func(ctx context.Context, v OpenVault) error {
		infos, err := v.History(ctx, name)
		switch {
		case errors.Is(err, vault.NotFound):
			return noSecret(op, name, vault.Info{}, false)
		case err != nil:
			return nil
		}
		if !slices.ContainsFunc(infos, func(i vault.Info) bool { return i.Version == version }) {
			return failure.Fault(vault.NotFound, "%s %s: there is no version %d", op, name, version).Hinted("{tacit history %s}", name)
		}
		return nil
	}
}
