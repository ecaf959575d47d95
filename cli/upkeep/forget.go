package upkeep

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// runForget makes this machine forget a vault that is gone.
func runForget(ctx context.Context, s *frame.Session, o trustOptions) error {
	if o.acceptRollback {
		return failure.Usage("trust: --forget and --accept-rollback: give one of them")
	}
	p, known, err := vault.Remembered(o.forget, s.State)
	if err != nil && !known {
		return err
	}
	if known && !o.yes {
		err := s.Confirm(ctx, "--yes", "Forget %s, of which nothing is left at %s?", frame.Describe(p), failure.Printable(p.Path))
		if err != nil {
			return err
		}
	}
	if err := vault.Forget(o.forget, s.State); err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(map[string]string{"forgot": p.Path, "id": p.ID})
	}
	s.Say("this machine has forgotten %s at %s", frame.Describe(p), p.Path)
	return nil
}
