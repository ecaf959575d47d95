package vault

import (
	"context"
)

// Read returns the current version of a secret, proven to be current. NotFound
// is proven too: no secret of that name is in the vault.
func (v *Vault) Read(ctx context.Context, name string) (sec Secret, err error) {
	const op = "read"
	if err := CheckName(op, name); err != nil {
		return Secret{}, err
	}
	err = v.current.unlockedView(ctx, op, func(s *snapshot) error {
		e, err := s.live(name)
		if err != nil {
			return err
		}
		sec, err = s.secret(e)
		return err
	})
	return sec, err
}

// ReadVersion returns a version that is still kept, the current one included.
// Each version before the current one is proven by the one after it.
func (v *Vault) ReadVersion(ctx context.Context, name string, n uint64) (sec Secret, err error) {
	const op = "read"
	if err := CheckName(op, name); err != nil {
		return Secret{}, err
	}
	err = v.current.unlockedView(ctx, op, func(s *snapshot) error {
		sec, _, err = s.secretAt(name, n)
		return err
	})
	return sec, err
}

// ReadAll returns the named secrets in the order given, each once, or all of them
// sorted by name where none is named, out of one state of the vault. The list of all
// is proven to be complete.
func (v *Vault) ReadAll(ctx context.Context, names ...string) (all []Secret, err error) {
	const op = "read"
	err = v.current.unlockedView(ctx, op, func(s *snapshot) error {
		entries, err := s.pick(ctx, names, v.names.known(s.head.Root))
		if err != nil {
			return err
		}
		all, err = parallel(ctx, entries, s.secret)
		return err
	})
	return all, err
}

// ReadEach hands the named secrets to fn in the order given, each once, or all of
// them sorted by name where none is named, out of one state of the vault, without
// holding more than a mebibyte of them, or one, at a time. The value is wiped when
// fn returns; an error of fn ends it.
func (v *Vault) ReadEach(ctx context.Context, names []string, fn func(Secret) error) error {
	const op = "read"
	handed := 0      // how many fn has had
	var failed error // what it said
	return v.current.unlockedView(ctx, op, func(s *snapshot) error {
		if failed != nil {
			return failed
		}
		entries, err := s.pick(ctx, names, v.names.known(s.head.Root))
		if err != nil {
			return err
		}
		entries = entries[min(handed, len(entries)):]
		for len(entries) > 0 {
			chunk, err := s.chunk(entries)
			if err != nil {
				return err
			}
			entries = entries[len(chunk):]
			some, err := parallel(ctx, chunk, s.unseal)
			for i := range some {
				if err == nil {
					failed = fn(some[i])
					err = failed
					handed++
				}
				some[i].Value.Wipe()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// History lists the versions that are kept of a name, newest first, deletions
// included. It needs no key; the records prove one another.
func (v *Vault) History(ctx context.Context, name string) (list []Info, err error) {
	const op = "history"
	if err := CheckName(op, name); err != nil {
		return nil, err
	}
	err = v.current.view(ctx, op, func(s *snapshot) error {
		e, ok, err := s.entry(name)
		if err != nil {
			return err
		}
		if !ok {
			_, err := s.live(name)
			return err
		}
		list = nil
		return s.history(e, func(ver version) (bool, error) {
			list = append(list, infoOf(e).withHeader(ver.header))
			return true, ctx.Err()
		})
	})
	return list, err
}
