package crypto

import (
	"crypto/ecdh"
	"errors"
	"fmt"

	"filippo.io/age"
)

// What is sent to others is an age file of exactly one stanza: for an X25519
// recipient or a hybrid one.

// Opener is an identity that was parsed once, and opens such files. It prints as
// [redacted] and is safe for concurrent use.
type Opener struct {
	redacted
	keys *Keys // with nothing derived
}

// Opener parses the identity. It costs a curve multiplication. The error is
// ErrWiped.
func (i *Identity) Opener() (*Opener, error) {
	if i.wiped() {
		return nil, ErrWiped
	}
	k := &Keys{suite: i.suite}
	if err := k.parse(i.Reveal()); err != nil {
		return nil, err
	}
	return &Opener{keys: k}, nil
}

// Recipient is the recipient of an identity, "age1…" or "age1pq1…". The error is
// ErrWiped.
func (i *Identity) Recipient() (string, error) {
	if i.wiped() {
		return "", ErrWiped
	}
	if i.suite == Hybrid {
		h, err := age.ParseHybridIdentity(i.Reveal())
		if err != nil {
			return "", fmt.Errorf("%w: identity", ErrMalformed)
		}
		return h.Recipient().String(), nil
	}
	x, err := parseScalarIdentity(i.Reveal())
	if err != nil {
		return "", err
	}
	return x.recipientText(), nil
}

// Wipe drops the identity. Later calls of Open return ErrWiped.
func (o *Opener) Wipe() { o.keys.Wipe() }

// Open opens an age file with exactly one stanza. Nothing of the plaintext comes
// with an error. Errors wrap ErrWrongKey where the file is sealed to another
// identity, ErrMalformed, ErrLimit (the header), ErrForged, or are ErrWiped.
func (o *Opener) Open(file []byte) (plaintext []byte, err error) {
	erasing(func() { plaintext, err = o.open(file) })
	return plaintext, err
}

func (o *Opener) open(file []byte) ([]byte, error) {
	end, err := o.keys.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	return openAge(file, maxHeaderText, func(stanzas []*age.Stanza) ([]byte, error) {
		if len(stanzas) != 1 {
			return nil, fmt.Errorf("%w: %d stanzas, must be 1", ErrMalformed, len(stanzas))
		}
		suite, err := checkOwn(stanzas[0])
		if err != nil {
			return nil, err
		}
		if suite != o.keys.suite {
			return nil, fmt.Errorf("%w: sealed to an identity of another suite", ErrWrongKey)
		}
		fileKey, err := o.keys.unwrap(stanzas[0])
		if errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, fmt.Errorf("%w: sealed to another identity", ErrWrongKey)
		}
		return fileKey, err
	})
}

// SealTo seals plaintext to one recipient, X25519 or hybrid, as an age file with
// exactly one stanza. The error wraps ErrMalformed.
func SealTo(recipient string, plaintext []byte) (file []byte, err error) {
	r, err := parseRecipient(recipient)
	if err != nil {
		return nil, err
	}
	erasing(func() { file, err = SealSlotFile(plaintext, r) })
	return file, err
}

// RecipientSuite is the suite of a recipient in the spelling that age prints. The
// error wraps ErrMalformed.
func RecipientSuite(recipient string) (Suite, error) {
	l, err := Recipient(recipient)
	switch {
	case err != nil:
		return "", err
	case l.PostQuantum():
		return Hybrid, nil
	}
	return X25519, nil
}

// parseRecipient is the recipient of an age file of one stanza.
func parseRecipient(s string) (age.Recipient, error) {
	suite, err := RecipientSuite(s)
	if err != nil {
		return nil, err
	}
	if suite == Hybrid {
		return age.ParseHybridRecipient(s)
	}
	point, err := bech32Bytes(publicPrefix, s)
	if err != nil {
		return nil, err
	}
	key, err := ecdh.X25519().NewPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("%w: recipient", ErrMalformed)
	}
	return pointRecipient{key, point}, nil
}
