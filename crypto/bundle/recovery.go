package bundle

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// RecoveryPublic is the public half of a recovery phrase, as it stands in a
// charter.
type RecoveryPublic struct {
	Key       PublicKey
	Recipient string
}

// RecoveryKeys are what a recovery phrase derives. They print as [redacted].
type RecoveryKeys struct {
	redacted
	Sign     *SigningKey
	Identity *crypto.Identity
}

// MinRecoveryWords is how many words a phrase has: drawn from the EFF's large list, 129
// bits. HKDF does not slow a guesser down, so the phrase has to be drawn, and never
// chosen.
const MinRecoveryWords = 10

// DeriveRecovery derives the keys of a recovery phrase in a group of the suite:
// HKDF-SHA256 over the phrase, its words in lower case with one hyphen between
// two. The error wraps crypto.ErrMalformed for a phrase of fewer words than
// MinRecoveryWords.
func DeriveRecovery(phrase []byte, suite crypto.Suite) (*RecoveryKeys, error) {
	form := crypto.RecoveryForm(phrase)
	defer clear(form)
	if bytes.Count(form, []byte("-"))+1 < MinRecoveryWords {
		return nil, fmt.Errorf("%w: a recovery phrase has at least %d words", crypto.ErrMalformed, MinRecoveryWords)
	}
	prk, err := hkdf.Extract(sha256.New, form, []byte("tacit/1/recovery"))
	if err != nil {
		return nil, fmt.Errorf("deriving the recovery keys: %w", err)
	}
	defer clear(prk)
	seed, err := expandRecovery(prk, suite, "sign")
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	secret, err := expandRecovery(prk, suite, "identity")
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	sign, err := ParseSigningKey(seed)
	if err != nil {
		return nil, err
	}
	identity, err := crypto.IdentityOf(suite, secret)
	if err != nil {
		return nil, err
	}
	return &RecoveryKeys{Sign: sign, Identity: identity}, nil
}

func expandRecovery(prk []byte, suite crypto.Suite, use string) ([]byte, error) {
	b, err := hkdf.Expand(sha256.New, prk, "tacit/1/recovery/"+string(suite)+"/"+use, 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the recovery keys: %w", err)
	}
	return b, nil
}

// Public is the public half. The error is crypto.ErrWiped.
func (k *RecoveryKeys) Public() (*RecoveryPublic, error) {
	recipient, err := k.Identity.Recipient()
	if err != nil {
		return nil, err
	}
	return &RecoveryPublic{Key: k.Sign.Public(), Recipient: recipient}, nil
}

// Wipe zeroes the keys.
func (k *RecoveryKeys) Wipe() {
	k.Sign.Wipe()
	k.Identity.Wipe()
}

// encode is the field of a charter, which is empty for nil.
func (r *RecoveryPublic) encode() []byte {
	if r == nil {
		return nil
	}
	return crypto.Encode("tacit/1/recovery-public", r.Key[:], []byte(r.Recipient))
}

func readRecovery(f *crypto.Fields) *RecoveryPublic {
	b := f.Next()
	if len(b) == 0 {
		return nil
	}
	r := &RecoveryPublic{}
	q := crypto.ReadFields("tacit/1/recovery-public", b, 2)
	q.Fixed(r.Key[:])
	r.Recipient = string(q.Next())
	f.Fail(q.End())
	return r
}

func (r *RecoveryPublic) check(suite crypto.Suite) error {
	if r.Key.IsZero() || len(r.Recipient) > maxRecipient {
		return fmt.Errorf("%w: recovery key of a group", crypto.ErrMalformed)
	}
	if got, err := crypto.RecipientSuite(r.Recipient); err != nil || got != suite {
		return fmt.Errorf("%w: recovery recipient of a group", crypto.ErrMalformed)
	}
	return nil
}
