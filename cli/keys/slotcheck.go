package keys

import (
	"context"
	"slices"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// slotCheck checks something of the key slots.
func slotCheck(ok func(slots []vault.SlotInfo) error) frame.Check {
	return func(ctx context.Context, v frame.OpenVault) error {
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
