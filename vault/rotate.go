package vault

import (
	"context"

	"github.com/tacit-vault/tacit/crypto"
)

// RotateOptions are the options of Rotate.
type RotateOptions struct {
	DropHistory bool     // keep no older versions
	Drop        []string // labels of slots that are dropped
	// Relock makes the lock of a slot that is kept. prove tells whether a key
	// opens the slot as it is: nil if so. An error ends the rotation before
	// anything is written; it should be Locked where the other half of the slot
	// is not at hand.
	Relock   func(ctx context.Context, s SlotInfo, prove func(crypto.Key) error) (crypto.Lock, error)
	Progress func(done, total int) // steps; may be nil
}

// RotateReport is what a rotation did.
type RotateReport struct {
	OldPin, NewPin string
	Names, Records int // sealed anew
	Kept, Dropped  []SlotInfo
}

// Rotate gives the vault a new identity.
func (v *Vault) Rotate(ctx context.Context, o RotateOptions) (RotateReport, error) {
	return RotateReport{}, &SecretError{Code: Internal, Op: "rotate", Message: "under construction"}
}
