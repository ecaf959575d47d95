package vault

import (
	"encoding/json"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Secrets of tacit's own, under names that no secret of the user's can have.
// They are sealed, indexed and proven like any other.
const (
	removedName = ".removed" // removed key slots, oldest first: []RemovedSlot
	drillsName  = ".drills"  // when each slot was last drilled: drills
)

// reserved reads a secret of tacit's own into value; nothing is there at first.
func (s *snapshot) reserved(name string, value any) (crypto.Entry, error) {
	e, ok, err := s.entry(name)
	if err != nil || !ok || e.Kind == crypto.Gone {
		return e, err
	}
	sec, err := s.secret(e)
	if err != nil {
		return e, err
	}
	defer sec.Value.Wipe()
	if err := json.Unmarshal(sec.Value.Reveal(), value); err != nil {
		return e, &SecretError{Code: Corrupt, Key: name, Message: "tacit's own record of this name is malformed"}
	}
	return e, nil
}

// stageReserved stages a secret of tacit's own. Its history is of no use to anybody.
func (p *plan) stageReserved(name string, old crypto.Entry, value any) error {
	v, err := reservedValue(name, value)
	if err != nil {
		return err
	}
	return p.stage(name, old, v, nil, true)
}

// reservedValue is the value of a secret of tacit's own.
func reservedValue(name string, value any) (Value, error) {
	b, err := json.Marshal(value)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", name, err)
	}
	v, err := JSON(b)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}

// drills is the day, in Unix seconds, on which each slot was last drilled.
type drills map[uint32]int64
