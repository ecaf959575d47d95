package keys

import (
	"context"
	"strings"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// InGroups counts the groups that a vault is a member of, which needs no key. 0 where
// that cannot be told: behind an agent.
func InGroups(ctx context.Context, v frame.OpenVault) (n int) {
	local, ok := v.(frame.Local)
	if !ok {
		return 0
	}
	names, err := vault.GroupRecords(ctx, local.Vault)
	if err != nil {
		return 0
	}
	for _, name := range names {
		if !strings.Contains(strings.TrimPrefix(name, vault.GroupPrefix), "-") { // its state; the others have a part behind a dash
			n++
		}
	}
	return n
}
