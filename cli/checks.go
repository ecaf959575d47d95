package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/vault"
)

// Names, versions and key slots can be told without a key. So what cannot be done is
// said before anybody has typed a value, a passphrase or a yes for it. The vault
// checks again when it is done: in between, others may have changed it.

// A check is what has to be true of a vault before somebody is asked for something.
type check func(ctx context.Context, v opened) error

// first has checks made before the command asks for a passphrase.
func (s *session) first(c ...check) { s.checks = append(s.checks, c...) }

// lookFirst makes the checks now, before a value or a consent is asked for. Where
// there is no vault, or it may not be opened, that is said as well.
func (s *session) lookFirst(ctx context.Context) error {
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	return all(ctx, v, s.checks)
}

func all(ctx context.Context, v opened, checks []check) error {
	for _, holds := range checks {
		if err := holds(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

// entryOf is what the list tells of a name, deleted ones included.
func entryOf(ctx context.Context, v opened, name string) (info vault.Info, known bool, err error) {
	infos, err := v.List(ctx, vault.ListOptions{Prefix: name, Limit: 1, Deleted: true})
	if err != nil || len(infos) == 0 || infos[0].Name != name {
		return vault.Info{}, false, err
	}
	return infos[0], true, nil
}

// isThere checks that there is such a secret.
func isThere(op string, names ...string) check {
	return func(ctx context.Context, v opened) error {
		for _, name := range names {
			info, known, err := entryOf(ctx, v, name)
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
	f := fault(vault.NotFound, "%s %s: there is no such secret", op, name).hinted("tacit ls, or tacit find %s", name)
	if known {
		f = fault(vault.NotFound, "%s %s: it was deleted (version %d)", op, name, info.Version).hinted("tacit history %s", name)
	}
	return f
}

// wasThere checks that there is something of each name, or was.
func wasThere(op string, names ...string) check {
	return func(ctx context.Context, v opened) error {
		for _, name := range names {
			info, known, err := entryOf(ctx, v, name)
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

// isFree checks that there is no such secret.
func isFree(op, name, hint string) check {
	return func(ctx context.Context, v opened) error {
		info, known, err := entryOf(ctx, v, name)
		if err == nil && known && !info.Deleted {
			err = fault(vault.Exists, "%s %s: there is such a secret already", op, name).hinted("%s", hint)
		}
		return err
	}
}

// hasVersion checks that a version is kept. Whether its record is in order, the vault
// tells who has the key.
func hasVersion(op, name string, version uint64) check {
	return func(ctx context.Context, v opened) error {
		infos, err := v.History(ctx, name)
		switch {
		case errors.Is(err, vault.NotFound):
			return noSecret(op, name, vault.Info{}, false)
		case err != nil:
			return nil
		}
		if !slices.ContainsFunc(infos, func(i vault.Info) bool { return i.Version == version }) {
			return fault(vault.NotFound, "%s %s: there is no version %d", op, name, version).hinted("tacit history %s", name)
		}
		return nil
	}
}

// matches checks that every glob chooses something, of which the choice leaves some.
func matches(globs []string, c *narrowing) check {
	return func(ctx context.Context, v opened) error {
		names, err := matchNames(ctx, v, globs, vault.ListOptions{})
		if err == nil {
			_, err = c.narrow(ctx, v, names, vault.ListOptions{})
		}
		return err
	}
}

// slotCheck checks something of the key slots.
func slotCheck(ok func(slots []vault.SlotInfo) error) check {
	return func(ctx context.Context, v opened) error {
		slots, err := v.Slots(ctx)
		if err != nil {
			return err
		}
		return ok(slots)
	}
}

func hasSlot(slots []vault.SlotInfo, label string) bool {
	return slices.ContainsFunc(slots, func(i vault.SlotInfo) bool { return i.Label == label })
}
