package cli

import (
	"context"

	"github.com/tacit-vault/tacit/vault"
)

// runForget makes this machine forget a vault that is gone.
func runForget(ctx context.Context, s *session, o trustOptions) error {
	if o.acceptRollback {
		return usage("trust: --forget and --accept-rollback: give one of them")
	}
	p, known, err := vault.Remembered(o.forget, s.state)
	if err != nil && !known {
		return err
	}
	if known && !o.yes {
		err := s.confirm(ctx, "--yes", "Forget %s, of which nothing is left at %s?", describe(p), printable(p.Path))
		if err != nil {
			return err
		}
	}
	if err := vault.Forget(o.forget, s.state); err != nil {
		return err
	}
	if s.json {
		return s.writeJSON(map[string]string{"forgot": p.Path, "id": p.ID})
	}
	s.say("this machine has forgotten %s at %s", describe(p), p.Path)
	return nil
}
