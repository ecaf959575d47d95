package upkeep

import (
	"context"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/keys"
	"github.com/tacit-vault/tacit/vault"
)

// tellGroups says what a restore does not undo, where the vault is in a group.
func tellGroups(ctx context.Context, s *frame.Session, st vault.Status) {
	v, err := vault.Open(ctx, st.Path, s.Options(false))
	if err != nil {
		return // what is wrong with it, the next command says
	}
	defer v.Close()
	if n := keys.InGroups(ctx, s.Local(v, nil)); n > 0 {
		s.Say("the vault is in %s: the next tacit sync brings back what others have; to undo a change for all, tacit rollback NAME VERSION", frame.Count(n, "group"))
	}
}
