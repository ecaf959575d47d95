package vault

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// verdictError turns what the machine's memory says of a head in the folder dir
// into an error, or nil where the vault may be used.
func verdictError(op, dir string, head *crypto.SignedHead, m anchor.Memory, verdict anchor.Verdict) error {
	e := &SecretError{Op: op, Path: dir}
	switch verdict {
	case anchor.Fine, anchor.Ahead, anchor.New, anchor.NewPath, anchor.Restored:
		return nil
	case anchor.Forked:
		e.Code = Forked
		e.Message = fmt.Sprintf("forked: commit %d of this vault is not the one that this machine has seen", m.Reference().Seq)
		e.Remedy = remedy.To(remedy.AcceptFork)
	case anchor.Unproven:
		e.Code = Unproven
		e.Message = fmt.Sprintf("the vault is %d commits ahead of what this machine has seen, further than its log proves",
			head.Seq-m.Reference().Seq)
		e.Remedy = remedy.To(remedy.Trust)
	case anchor.RolledBack:
		e.Code = RolledBack
		e.Message = fmt.Sprintf("rolled back, or lost: the vault is at commit %d, this machine has seen commit %d",
			head.Seq, m.Reference().Seq)
		e.Remedy = remedy.To(remedy.AcceptRollback)
	case anchor.Substituted:
		e.Code = Substituted
		e.Message = "substituted: another vault stands where this machine knows one"
		if m.PathKnown && m.PathVault != head.Vault {
			e.Message += fmt.Sprintf(" (known: %s, found: %s)", m.PathVault, head.Vault)
			e.Remedy = remedy.To(remedy.TrustPutThere)
		} else {
			e.Message += fmt.Sprintf(" (same id, known pin: %s, found: %s)", m.Pin, head.Pin)
			e.Remedy = remedy.To(remedy.PutRightBack)
		}
	case anchor.PathUntrusted:
		e.Code = Untrusted
		e.Newer = &Sighting{Seq: m.Highest.Seq, Path: m.HighestAt, Away: m.HighestAway}
		e.Message = fmt.Sprintf("this machine knows the vault at another place: the one here is at commit %d, and does not come from %s",
			head.Seq, e.Newer)
		e.Remedy = remedy.To(remedy.UseOtherOrTrust)
	case anchor.Untrusted:
		e.Code = Untrusted
		e.Message = "this machine has never seen this vault, and it was found, not named"
		e.Remedy = remedy.To(remedy.TrustOrName, remedy.Vault.Named(dir))
	default:
		e.Code = Internal
		e.Message = "the vault's state could not be judged"
	}
	return e
}
