package crypto

import "fmt"

// Limits of the slot table.
const (
	MaxSlots           = 32
	MaxPassphraseSlots = 4 // each costs a second and 256 MiB to try
	maxRecipient       = 4096
)

// CheckSlots holds a slot table, and the id of the next slot, against the
// limits of the format. The error wraps ErrLimit or ErrMalformed.
func CheckSlots(slots []Slot, next uint32) error {
	if len(slots) > MaxSlots {
		return fmt.Errorf("%w: %d key slots, at most %d", ErrLimit, len(slots), MaxSlots)
	}
	if next < 1 {
		return fmt.Errorf("%w: next slot 0", ErrMalformed)
	}
	labels, passphrases := map[string]bool{}, 0
	for i, s := range slots {
		if err := s.check(); err != nil {
			return err
		}
		switch {
		case i > 0 && slots[i-1].ID >= s.ID:
			return fmt.Errorf("%w: key slots are not sorted by id", ErrMalformed)
		case s.ID >= next:
			return fmt.Errorf("%w: key slot %d, and the next is %d", ErrMalformed, s.ID, next)
		case labels[s.Label]:
			return fmt.Errorf("%w: two key slots are called %s", ErrMalformed, s.Label)
		}
		labels[s.Label] = true
		if s.Kind == KindPassphrase || s.Kind == KindRecovery {
			passphrases++
		}
	}
	if passphrases > MaxPassphraseSlots {
		return fmt.Errorf("%w: %d passphrases and recovery keys, at most %d", ErrLimit, passphrases, MaxPassphraseSlots)
	}
	return nil
}

// check looks at one slot by itself.
func (s Slot) check() error {
	switch {
	case s.ID < 1:
		return fmt.Errorf("%w: key slot 0", ErrMalformed)
	case !IsLabel(s.Label):
		return fmt.Errorf("%w: label of key slot %d: 1 to 40 of a to z, 0 to 9 and -", ErrMalformed, s.ID)
	case !IsLabel(s.Kind):
		return fmt.Errorf("%w: kind of key slot %s", ErrMalformed, s.Label)
	case s.Created < 0 || s.Created > MaxUpdated:
		return fmt.Errorf("%w: time of key slot %s", ErrMalformed, s.Label)
	case len(s.Recipient) > maxRecipient:
		return fmt.Errorf("%w: recipient of key slot %s has %d bytes, at most %d", ErrLimit, s.Label, len(s.Recipient), maxRecipient)
	}
	for _, c := range []byte(s.Recipient) {
		if c < ' ' || c > '~' {
			return fmt.Errorf("%w: recipient of key slot %s", ErrMalformed, s.Label)
		}
	}
	return nil
}

func encodeSlots(slots []Slot) []byte {
	table := make([][]byte, len(slots))
	for i, s := range slots {
		table[i] = Encode("tacit/1/slot", Number(uint64(s.ID)), []byte(s.Label), []byte(s.Kind),
			Number(uint64(s.Created)), s.Sum[:], []byte(s.Recipient))
	}
	return Encode("tacit/1/slots", table...)
}

// slots reads the table.
func (p *Fields) slots() []Slot {
	b := p.Next()
	if p.err != nil {
		return nil
	}
	table, err := Decode("tacit/1/slots", b, MaxSlots)
	if err != nil {
		p.err = err
		return nil
	}
	slots := make([]Slot, len(table))
	for i := range table {
		f, err := Decode("tacit/1/slot", table[i], 6)
		if err != nil {
			p.err = err
			return nil
		}
		s, q := &slots[i], Fields{rest: f}
		q.number32(&s.ID)
		s.Label, s.Kind = string(q.Next()), string(q.Next())
		q.Time(&s.Created)
		q.Fixed(s.Sum[:])
		s.Recipient = string(q.Next())
		if p.err = q.End(); p.err != nil {
			return nil
		}
	}
	return slots
}
