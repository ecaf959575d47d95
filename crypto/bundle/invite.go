package bundle

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Secret is an invite's secret, 16 bytes. It prints as [redacted].
type Secret []byte

// NewSecret draws a secret.
func NewSecret() Secret {
	s := make(Secret, secretSize)
	rand.Read(s) // never fails since Go 1.24
	return s
}

func (Secret) String() string               { return redacted{}.String() }
func (Secret) GoString() string             { return redacted{}.GoString() }
func (Secret) Format(f fmt.State, v rune)   { redacted{}.Format(f, v) }
func (Secret) MarshalText() ([]byte, error) { return redacted{}.MarshalText() }
func (Secret) LogValue() slog.Value         { return redacted{}.LogValue() }

// Invite is what a new member is given, as a code: which group it is, and where.
// With a secret it is proof enough; without one the owner compares the request
// with CHECK.
type Invite struct {
	Genesis crypto.Digest // of the group's first charter
	Number  uint64        // of the newest charter
	Charter crypto.Digest // of the newest charter
	ID      InviteID
	Secret  Secret // 16 bytes, or none
	Inbox   crypto.Digest
	Address string // where the group's bundles lie; 1 to MaxAddress printable characters
}

// codePrefix is what every code begins with.
const codePrefix = "tacit1:"

// maxCode is the longest code, in characters.
const maxCode = 512 + MaxAddress

func codeText() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// Group is the id of the group.
func (i *Invite) Group() GroupID { return GroupOf(i.Genesis) }

// Reveal is the code itself: a secret, where the invite has one. The error wraps
// crypto.ErrMalformed or ErrLimit.
func (i *Invite) Reveal() (string, error) {
	if err := i.check(); err != nil {
		return "", err
	}
	return codePrefix + codeText().EncodeToString(i.encode()) + "@" + i.Address, nil
}

// ParseInvite reads a code. The error holds no part of it, and wraps
// crypto.ErrMalformed, ErrLimit, or ErrNewer for the code of another version.
func ParseInvite(code string) (*Invite, error) {
	if len(code) > maxCode {
		return nil, fmt.Errorf("%w: a code of %d characters, at most %d", crypto.ErrLimit, len(code), maxCode)
	}
	rest, ok := strings.CutPrefix(code, codePrefix)
	if !ok {
		if rest, ok := strings.CutPrefix(code, "tacit"); ok && strings.Contains(rest, ":") {
			return nil, fmt.Errorf("%w: a code of another version", crypto.ErrNewer)
		}
		return nil, fmt.Errorf("%w: not an invite's code: it begins with %s", crypto.ErrMalformed, codePrefix)
	}
	text, address, ok := strings.Cut(rest, "@")
	b, err := codeText().DecodeString(text)
	if !ok || err != nil || codeText().EncodeToString(b) != text {
		return nil, fmt.Errorf("%w: the code is not complete", crypto.ErrMalformed)
	}
	defer clear(b)
	i := &Invite{Address: address}
	f := crypto.ReadFields("tacit/1/invite", b, 6)
	f.Fixed(i.Genesis[:])
	f.Number(&i.Number)
	f.Fixed(i.Charter[:])
	f.Fixed(i.ID[:])
	if secret := f.Next(); len(secret) > 0 {
		i.Secret = append(Secret(nil), secret...)
	}
	f.Fixed(i.Inbox[:])
	if f.End() != nil {
		return nil, fmt.Errorf("%w: the code is not complete", crypto.ErrMalformed)
	}
	return i, i.check()
}

func (i *Invite) encode() []byte {
	return crypto.Encode("tacit/1/invite",
		i.Genesis[:], crypto.Number(i.Number), i.Charter[:], i.ID[:], i.Secret, i.Inbox[:])
}

func (i *Invite) check() error {
	switch {
	case i.Number < 1 || i.Number > crypto.MaxCount,
		(i.Number == 1) != (i.Charter == i.Genesis),
		i.ID == (InviteID{}),
		len(i.Secret) != 0 && len(i.Secret) != secretSize:
		return fmt.Errorf("%w: the code says what cannot be", crypto.ErrMalformed)
	case len(i.Address) < 1 || len(i.Address) > MaxAddress:
		return fmt.Errorf("%w: an address has 1 to %d characters", crypto.ErrLimit, MaxAddress)
	case strings.ContainsFunc(i.Address, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }):
		return fmt.Errorf("%w: an address has printable characters", crypto.ErrMalformed)
	}
	return nil
}

// ParseInbox reads the recipient of a group's inbox, as it lies in the clear, and
// holds it against the hash in a charter or an invite. Errors wrap
// crypto.ErrMalformed, or ErrForged where the hash is another.
func ParseInbox(b []byte, want crypto.Digest) (recipient string, err error) {
	if len(b) > maxRecipient {
		return "", fmt.Errorf("%w: recipient of %d bytes, at most %d", crypto.ErrLimit, len(b), maxRecipient)
	}
	recipient = string(b)
	if RecipientSum(recipient) != want {
		return "", fmt.Errorf("%w: the inbox's recipient is not the one that was named", crypto.ErrForged)
	}
	if _, err := crypto.RecipientSuite(recipient); err != nil {
		return "", err
	}
	return recipient, nil
}
