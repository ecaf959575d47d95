package crypto

import (
	"strings"

	"filippo.io/age"
)

// KindAge is the kind of slots that an age identity opens.
const KindAge = "age"

// refusal is an ErrMalformed whose text says all there is to say.
type refusal string

func refuse(text string) error { return refusal(text) }

func (r refusal) Error() string { return string(r) }
func (r refusal) Unwrap() error { return ErrMalformed }

// recipient is an age recipient as a way in.
type recipient struct {
	public  string
	quantum bool
	age     age.Recipient
}

var _ Lock = (*recipient)(nil)

// Recipient is the lock of an age recipient, "age1…" or "age1pq1…", in the
// spelling that age prints. The error wraps ErrMalformed; it does not hold s,
// which may be an identity given by mistake.
func Recipient(s string) (Lock, error) {
	if strings.HasPrefix(s, "age1pq1") {
		if r, err := age.ParseHybridRecipient(s); err == nil && r.String() == s {
			return &recipient{public: s, quantum: true, age: r}, nil
		}
		return nil, refuse("not a valid age recipient")
	}
	if r, err := age.ParseX25519Recipient(s); err == nil && r.String() == s {
		return &recipient{public: s, age: r}, nil
	}
	switch {
	case strings.HasPrefix(s, "AGE-SECRET-KEY-"), strings.HasPrefix(s, "AGE-PLUGIN-"):
		return nil, refuse("this is an identity, a secret: give its recipient, age1…")
	case strings.HasPrefix(s, "ssh-"), strings.HasPrefix(s, "ecdsa-"):
		return nil, refuse("this is an SSH key, not an age recipient")
	case strings.HasPrefix(s, "age1") && strings.LastIndexByte(s, '1') > len("age"):
		// Bech32's separator is the last 1: what stands before it is a plugin's name.
		return nil, refuse("this is the recipient of an age plugin")
	}
	return nil, refuse("not a valid age recipient")
}

func (r *recipient) Kind() string      { return KindAge }
func (r *recipient) Public() string    { return r.public }
func (r *recipient) PostQuantum() bool { return r.quantum }

func (r *recipient) Wrap(plaintext []byte) ([]byte, error) {
	return SealSlotFile(plaintext, r.age)
}
