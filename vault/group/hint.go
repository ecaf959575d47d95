package group

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// A hint says how far a member is, unsigned: it shows what a carrier withholds, and
// where to look for a checkpoint. Nothing else rests on it.
type hint struct {
	seq        uint64 // of the member's newest change
	checkpoint uint64 // the owner's newest, of which all parts are there
}

const hintLabel = "tacit/1/hint"

func (h hint) encode() []byte {
	return crypto.Encode(hintLabel, crypto.Number(h.seq), crypto.Number(h.checkpoint))
}

func parseHint(b []byte) (h hint, err error) {
	f := crypto.ReadFields(hintLabel, b, 2)
	f.Number(&h.seq)
	f.Number(&h.checkpoint)
	if err := f.End(); err != nil {
		return hint{}, err
	}
	if h.seq > crypto.MaxCount || h.checkpoint > crypto.MaxCount {
		return hint{}, fmt.Errorf("%w: a hint", crypto.ErrLimit)
	}
	return h, nil
}
