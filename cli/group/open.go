package group

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// What a vault keeps of its groups no agent tells: these commands open the vault
// themselves. An agent gives it away meanwhile, and lends its key.

// reading opens the vault to read what it keeps of a group.
func reading(ctx context.Context, s *frame.Session, name string, fn func(*group.Group) error) error {
	return readingVault(ctx, s, func(v *vault.Vault) error {
		g, err := group.Open(ctx, v, name)
		if err != nil {
			return told(err)
		}
		return told(fn(g))
	})
}

// readingVault opens the vault to read what it keeps of its groups.
func readingVault(ctx context.Context, s *frame.Session, fn func(*vault.Vault) error) error {
	v, err := frame.OpenAlone(ctx, s, false)
	if err != nil {
		return err
	}
	defer v.Close()
	return told(fn(v.Vault))
}

// writing opens the vault to change something of a group.
func writing(ctx context.Context, s *frame.Session, name string, fn func(*hand, *group.Group) error) error {
	return writingAlone(ctx, s, func(h *hand) error {
		g, err := group.Open(ctx, h.Vault, name)
		if err != nil {
			return told(err)
		}
		return told(fn(h, g))
	})
}

// told adds the way out that only the command line knows.
func told(err error) error {
	switch vault.CodeOf(err) {
	case vault.NotMember:
		return failure.Explain(err).Hinted("{tacit group list} shows the groups of this vault; {tacit join} enters one by an invitation")
	case vault.Exists:
		if f := failure.Explain(err); f.Hint == "" {
			return f.Hinted("{tacit group list} shows the groups of this vault, {tacit group members NAME} who is in one")
		}
	case vault.Denied:
		return failure.Explain(err).Hinted("{tacit group list} shows the role of this vault; the owner can give it another")
	case vault.Forked:
		var e *vault.SecretError
		if errors.As(err, &e) && e.Path == "" { // else it is the vault that is forked
			return failure.Explain(err).Hinted("the copy that goes on as it is may: the other one gets a new id: {tacit group rejoin NAME}")
		}
	}
	return err
}

// writingAlone is Session.Writing of what no agent does for others.
func writingAlone(ctx context.Context, s *frame.Session, fn func(*hand) error) error {
	h, err := take(ctx, s, false)
	if err != nil {
		return err
	}
	if err = fn(h); err == nil {
		s.Wrote(h.Status())
	}
	if closeErr := h.close(); err == nil && closeErr != nil {
		s.Warn("%v", closeErr) // what fn did is committed
	}
	return err
}
