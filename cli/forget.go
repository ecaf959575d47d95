package cli

import (
	"context"
	"fmt"

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

// describe is what this machine remembers of a vault.
func describe(p vault.Place) string {
	switch {
	case p.ID == "":
		return "a vault that its memory does not tell"
	case p.Seq == 0:
		return "the vault " + p.ID
	}
	return fmt.Sprintf("the vault %s, last seen at commit %d", p.ID, p.Seq)
}
