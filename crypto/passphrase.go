package crypto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"filippo.io/age"
	"golang.org/x/text/unicode/norm"
)

// KindPassphrase is the kind of slots that a passphrase opens.
const KindPassphrase = "passphrase"

// The longest passphrase: in characters, once it is in the form NFC, and in
// bytes as it is given. A phrase that fits in one form fits in the other, but for
// one near the limit that is written in letters with several accents each.
const (
	MaxPassphrase      = 10_000
	MaxPassphraseBytes = 4 * MaxPassphrase
)

// Work factors of scrypt: N is 2 to the power of these, and takes 1 KiB × N of
// memory.
const (
	sealLogN = 18 // about a second and 256 MiB on a laptop
	minLogN  = 15 // less was never written, and would be a gift to a guesser
	maxLogN  = 20 // four seconds and 1 GiB: more is an attack on the reader
)

const typeScrypt = "scrypt"

// Passphrase is a passphrase as a way in. It prints as [redacted].
type Passphrase struct {
	redacted
	phrase []byte // NFC
	logN   int    // for sealing
	floor  int    // for opening
}

var (
	_ Lock = (*Passphrase)(nil)
	_ Key  = (*Passphrase)(nil)
)

// A PassphraseOption changes how a passphrase is used.
type PassphraseOption func(*Passphrase)

// WithWorkFactor sets scrypt's log N for sealing, 1 to 20, and lets this
// passphrase open slots from that factor on. It is for tests: below 15, what it
// seals is refused by everybody without the option.
func WithWorkFactor(logN int) PassphraseOption {
	return func(p *Passphrase) { p.logN, p.floor = logN, min(logN, minLogN) }
}

// NewPassphrase takes a copy of a passphrase of 1 to 10,000 characters of UTF-8
// without NUL, and brings it to Unicode's form NFC: the same phrase typed on two
// systems has to open the same slot, and some type é as two code points. For
// age itself the phrase has to be given in that form. Errors wrap ErrMalformed
// or ErrLimit.
func NewPassphrase(passphrase []byte, opts ...PassphraseOption) (*Passphrase, error) {
	tooLong := fmt.Errorf("%w: passphrase of more than %d characters", ErrLimit, MaxPassphrase)
	switch {
	case len(passphrase) == 0:
		return nil, refuse("the passphrase is empty")
	case len(passphrase) > MaxPassphraseBytes:
		return nil, tooLong
	case !utf8.Valid(passphrase):
		return nil, refuse("the passphrase is not valid UTF-8")
	case bytes.IndexByte(passphrase, 0) >= 0:
		return nil, refuse("there is a NUL byte in the passphrase")
	}
	p := &Passphrase{phrase: norm.NFC.Append(nil, passphrase...), logN: sealLogN, floor: minLogN}
	if utf8.RuneCount(p.phrase) > MaxPassphrase {
		p.Wipe()
		return nil, tooLong
	}
	for _, o := range opts {
		o(p)
	}
	if p.logN < 1 || p.logN > maxLogN {
		return nil, fmt.Errorf("%w: scrypt work factor %d", ErrLimit, p.logN)
	}
	return p, nil
}

// Kind is KindPassphrase.
func (p *Passphrase) Kind() string { return KindPassphrase }

// Public is empty: a passphrase has no public half.
func (p *Passphrase) Public() string { return "" }

// PostQuantum is true: scrypt and ChaCha20 have no shortcut for a quantum
// computer that would matter.
func (p *Passphrase) PostQuantum() bool { return true }

// Name is "passphrase".
func (p *Passphrase) Name() string { return "passphrase" }

// Wipe zeroes the passphrase. It opens and seals nothing any more. It must not be
// called while the passphrase is in use.
func (p *Passphrase) Wipe() {
	clear(p.phrase)
	p.phrase = nil
}

// Wrap seals a slot to the passphrase.
func (p *Passphrase) Wrap(plaintext []byte) ([]byte, error) {
	if len(p.phrase) == 0 {
		return nil, ErrWiped
	}
	r, err := age.NewScryptRecipient(string(p.phrase))
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(p.logN)
	return SealSlotFile(plaintext, r)
}

// Unwrap opens a slot of kind passphrase or recovery; for the latter, letter
// case and what stands between the words do not matter. It takes about a second and 256 MiB,
// and does not stop for ctx once it has begun. The work factor is checked before
// that: over the ceiling of 20 the error wraps ErrLimit.
func (p *Passphrase) Unwrap(ctx context.Context, s Slot, file []byte) ([]byte, error) {
	phrase := p.phrase
	switch {
	case s.Kind != KindPassphrase && s.Kind != KindRecovery:
		return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
	case len(phrase) == 0:
		return nil, ErrWiped
	case s.Kind == KindRecovery:
		if phrase = RecoveryForm(phrase); len(phrase) == 0 {
			return nil, fmt.Errorf("%w: no words", ErrWrongKey)
		}
		defer clear(phrase)
	}
	i, err := age.NewScryptIdentity(string(phrase))
	if err != nil {
		return nil, err
	}
	i.SetMaxWorkFactor(maxLogN)
	return OpenSlotFile(file, func(stanza *age.Stanza) ([]byte, error) {
		if err := p.check(stanza); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fileKey, err := i.Unwrap([]*age.Stanza{stanza})
		if err != nil && !errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, fmt.Errorf("%w: scrypt stanza", ErrMalformed)
		}
		return fileKey, err
	})
}

// check refuses a stanza whose work should not be done.
func (p *Passphrase) check(s *age.Stanza) error {
	if s.Type != typeScrypt {
		return fmt.Errorf("%w: a slot of a passphrase that is sealed to something else", ErrMalformed)
	}
	if len(s.Args) != 2 {
		return fmt.Errorf("%w: scrypt stanza", ErrMalformed)
	}
	logN, err := strconv.Atoi(s.Args[1])
	if err != nil || strconv.Itoa(logN) != s.Args[1] {
		return fmt.Errorf("%w: scrypt work factor", ErrMalformed)
	}
	if logN > maxLogN {
		return fmt.Errorf("%w: scrypt work factor %d, at most %d", ErrLimit, logN, maxLogN)
	}
	if logN < p.floor {
		return fmt.Errorf("%w: scrypt work factor %d, at least %d", ErrMalformed, logN, p.floor)
	}
	return nil
}

// WorkFactor is scrypt's log N in a slot file that a passphrase opens; false for
// any other.
func WorkFactor(file []byte) (logN int, ok bool) {
	s, err := slotStanza(file)
	if err != nil || s.Type != typeScrypt || len(s.Args) != 2 {
		return 0, false
	}
	logN, err = strconv.Atoi(s.Args[1])
	return logN, err == nil && logN > 0
}

// RecommendedLogN is the work factor that new slots of passphrases get.
const RecommendedLogN = sealLogN
