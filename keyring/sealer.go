package keyring

import (
	"fmt"
	"io"

	"filippo.io/age"
)

// Sealer writes plain age files for one or more recipients, which have nothing
// of a vault about them.
type Sealer struct {
	recipients []age.Recipient
}

// NewSealer takes age recipients, "age1…" or "age1pq1…", and SSH public keys.
// Those that are post-quantum do not go together with those that are not. The
// error wraps [crypto.ErrMalformed] and does not hold what was given, or
// [ErrNotLinked].
func (k Kinds) NewSealer(recipients []string) (*Sealer, error) {
	s := &Sealer{}
	quantum := 0
	for _, text := range recipients {
		lock, err := k.Recipient(text)
		if err != nil {
			return nil, err
		}
		if lock.PostQuantum() {
			quantum++
		}
		r, err := ageRecipient(lock)
		if err != nil {
			return nil, err
		}
		s.recipients = append(s.recipients, r)
	}
	switch {
	case len(recipients) == 0:
		return nil, Refusal("no recipient")
	case quantum > 0 && quantum < len(recipients):
		return nil, Refusal("age does not mix post-quantum recipients with others")
	}
	return s, nil
}

// ageRecipient is the recipient of a lock that Recipient has made.
func ageRecipient(lock Lock) (age.Recipient, error) {
	if lock, ok := lock.(AgeLock); ok {
		return lock.AgeRecipient(), nil
	}
	if lock.PostQuantum() {
		return age.ParseHybridRecipient(lock.Public())
	}
	return age.ParseX25519Recipient(lock.Public())
}

// Seal writes an age file.
func (s *Sealer) Seal(w io.Writer, plaintext []byte) error {
	file, err := age.Encrypt(w, s.recipients...)
	if err != nil {
		return fmt.Errorf("sealing: %w", err)
	}
	if _, err := file.Write(plaintext); err != nil {
		return err
	}
	return file.Close()
}
