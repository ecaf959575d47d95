package vault

import (
	"context"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
)

// leaptName is the record of the commit in which the vault was put back to an older
// state: what a group does after that it has to find out from others first.
const leaptName = ".leapt"

// noteLeap stages that the vault is put back with this commit, where a group cares.
func (p *plan) noteLeap(ctx context.Context) error {
	groups, err := p.s.entries(ctx, func(e crypto.Entry) bool { return isGroupRecord(e.Name) && e.Kind != crypto.Gone })
	if err != nil || len(groups) == 0 {
		return err
	}
	old, _, err := p.s.entry(leaptName)
	if err != nil {
		return err
	}
	return p.stageReserved(leaptName, old, strconv.FormatUint(p.seq, 10))
}

// Leapt is the number of the commit in which the vault was last put back to an older
// state, by a restore or because its user accepted a rollback; 0: never, as far as
// groups are concerned.
func (w *MergeView) Leapt() (uint64, error) {
	seq := "0"
	if _, err := w.p.s.reserved(leaptName, &seq); err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return 0, &SecretError{Code: Corrupt, Key: leaptName, Message: "tacit's own record of this name is malformed"}
	}
	return n, nil
}
