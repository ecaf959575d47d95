package crypto

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"filippo.io/age"
)

// MaxSlotFile is the largest slot file, in bytes.
const MaxSlotFile = 16 << 10

// ErrNotPostQuantum means that a lock is too weak for a hybrid vault.
var ErrNotPostQuantum = errors.New("not post-quantum")

// MakeSlot seals the identity to a lock. What it returns is a stock age file:
// age gives back the identity, as the line of an identity file, to whoever has
// the key. The error wraps ErrNotPostQuantum if the identity is hybrid and the
// lock is not.
func MakeSlot(id *Identity, l Lock) ([]byte, error) {
	if id.wiped() {
		return nil, ErrWiped
	}
	if id.suite == Hybrid && !l.PostQuantum() {
		return nil, fmt.Errorf("%w: the vault is, and a slot of kind %s is not", ErrNotPostQuantum, l.Kind())
	}
	plaintext := append(bytes.Clone(id.canonical), '\n')
	defer clear(plaintext)
	file, err := l.Wrap(plaintext)
	if err != nil {
		return nil, fmt.Errorf("sealing a slot of kind %s: %w", l.Kind(), err)
	}
	if _, err := slotStanza(file); err != nil {
		return nil, fmt.Errorf("sealing a slot of kind %s: %w", l.Kind(), err)
	}
	return file, nil
}

// OpenSlot opens the slot s of the slot table with a key. That the file is the
// one which the table lists is checked before the key sees it. The error wraps
// ErrWrongKey if the slot is not for this key, ErrForged if the slot was
// changed, ErrMalformed, ErrLimit, or what the key says.
func OpenSlot(ctx context.Context, k Key, s Slot, file []byte) (id *Identity, err error) {
	erasing(func() { id, err = openSlot(ctx, k, s, file) })
	return id, err
}

func openSlot(ctx context.Context, k Key, s Slot, file []byte) (*Identity, error) {
	if Sum(file) != s.Sum {
		return nil, fmt.Errorf("%w: slot %s was changed", ErrForged, s.Label)
	}
	if _, err := slotStanza(file); err != nil {
		return nil, fmt.Errorf("slot %s: %w", s.Label, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	plaintext, err := k.Unwrap(ctx, s, file)
	if err != nil {
		return nil, fmt.Errorf("slot %s, %s: %w", s.Label, k.Name(), err)
	}
	defer clear(plaintext)
	line, ok := bytes.CutSuffix(plaintext, []byte("\n"))
	if !ok {
		return nil, fmt.Errorf("slot %s: %w: no identity in it", s.Label, ErrMalformed)
	}
	id, err := ParseIdentity(string(line))
	if err != nil {
		return nil, fmt.Errorf("slot %s: %w", s.Label, err)
	}
	return id, nil
}

// OpenSlotFile opens a slot file with one stanza, for those who implement Key.
// unwrap gets the stanza before anything else is done with the file; it has to
// check the stanza's type, and to return an error wrapping ErrWrongKey or
// age.ErrIncorrectIdentity for a stanza that is not for its key.
func OpenSlotFile(file []byte, unwrap func(*age.Stanza) (fileKey []byte, err error)) ([]byte, error) {
	if len(file) > MaxSlotFile {
		return nil, fmt.Errorf("%w: slot of %d bytes, at most %d", ErrLimit, len(file), MaxSlotFile)
	}
	return openAge(file, MaxSlotFile, func(stanzas []*age.Stanza) ([]byte, error) {
		if len(stanzas) != 1 {
			return nil, fmt.Errorf("%w: %d stanzas in a slot", ErrMalformed, len(stanzas))
		}
		fileKey, err := unwrap(stanzas[0])
		if errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, ErrWrongKey
		}
		return fileKey, err
	})
}

// SealSlotFile seals a slot's plaintext to one age recipient, for those who
// implement Lock.
func SealSlotFile(plaintext []byte, r age.Recipient) ([]byte, error) {
	var file bytes.Buffer
	w, err := age.Encrypt(&file, r)
	if err != nil {
		return nil, err
	}
	// age's writer seals in place where its buffer has room for the tag, else it moves the
	// plaintext to a larger one, and leaves the old one as it is. Written in two pieces, an
	// identity finds a buffer of 128 bytes.
	first := min(1, len(plaintext))
	for _, piece := range [][]byte{plaintext[:first], plaintext[first:]} {
		if _, err := w.Write(piece); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// slotStanza returns the only stanza of a slot file within the caps.
func slotStanza(file []byte) (*age.Stanza, error) {
	if len(file) > MaxSlotFile {
		return nil, fmt.Errorf("%w: slot of %d bytes, at most %d", ErrLimit, len(file), MaxSlotFile)
	}
	stanzas, err := stanzasOf(file, MaxSlotFile)
	if err != nil {
		return nil, err
	}
	if len(stanzas) != 1 {
		return nil, fmt.Errorf("%w: %d stanzas in a slot", ErrMalformed, len(stanzas))
	}
	return stanzas[0], nil
}
