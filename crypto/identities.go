package crypto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

const (
	// MaxIdentityFile is the largest age identity file, in bytes.
	MaxIdentityFile = 64 << 10
	maxIdentities   = 100
)

// ErrNoIdentity means that an identity file holds comments and blank lines only.
var ErrNoIdentity = errors.New("no identity in it")

// IdentityFile is the identities of an age identity file as a key: it opens the
// slots of their recipients. It prints as [redacted].
type IdentityFile struct {
	redacted
	name       string
	identities []namedIdentity
}

var _ Key = (*IdentityFile)(nil)

// namedIdentity is an age identity, the type of its stanzas and its public half.
type namedIdentity struct {
	age       age.Identity
	stanza    string
	recipient string
}

// Identities reads an age identity file: one identity a line, AGE-SECRET-KEY-1…
// or AGE-SECRET-KEY-PQ-1…, blank lines and comments after #. At most 64 KiB and
// 100 identities. The name is for messages, and is not secret. Errors wrap
// ErrMalformed, ErrLimit, ErrNoIdentity or what r said; none holds a part of the
// file.
func Identities(name string, r io.Reader) (*IdentityFile, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxIdentityFile+1))
	defer clear(b)
	if err != nil {
		return nil, fmt.Errorf("reading identities: %w", err)
	}
	if len(b) > MaxIdentityFile {
		return nil, fmt.Errorf("%w: identity file of more than %d bytes", ErrLimit, MaxIdentityFile)
	}
	f := &IdentityFile{name: name}
	n := 0
	for line := range bytes.Lines(b) {
		n++
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if len(f.identities) == maxIdentities {
			return nil, fmt.Errorf("%w: more than %d identities", ErrLimit, maxIdentities)
		}
		i, err := parseIdentityLine(string(line))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		f.identities = append(f.identities, i)
	}
	if len(f.identities) == 0 {
		return nil, ErrNoIdentity
	}
	return f, nil
}

func parseIdentityLine(line string) (namedIdentity, error) {
	switch {
	case strings.HasPrefix(line, "AGE-SECRET-KEY-PQ-1"):
		if i, err := age.ParseHybridIdentity(line); err == nil {
			return namedIdentity{i, typeHybrid, i.Recipient().String()}, nil
		}
		return namedIdentity{}, refuse("not a valid age identity")
	case strings.HasPrefix(line, "AGE-SECRET-KEY-1"):
		if i, err := parseScalarIdentity(line); err == nil {
			return namedIdentity{i, typeX25519, i.recipientText()}, nil
		}
		return namedIdentity{}, refuse("not a valid age identity")
	case strings.HasPrefix(line, "AGE-PLUGIN-"):
		return namedIdentity{}, refuse("this is the identity of an age plugin")
	case strings.HasPrefix(line, "-----BEGIN AGE ENCRYPTED FILE"), strings.HasPrefix(line, "age-encryption.org/"):
		return namedIdentity{}, refuse("this is an encrypted file")
	case strings.HasPrefix(line, "-----BEGIN "):
		return namedIdentity{}, refuse("this is an SSH key")
	case strings.HasPrefix(line, "age1"):
		return namedIdentity{}, refuse("this is a recipient, an identity is AGE-SECRET-KEY-1…")
	}
	return namedIdentity{}, refuse("not an age identity")
}

// Name is the name given to Identities.
func (f *IdentityFile) Name() string { return f.name }

// Recipients are the public halves, in the order of the file.
func (f *IdentityFile) Recipients() []string {
	rs := make([]string, len(f.identities))
	for n, i := range f.identities {
		rs[n] = i.recipient
	}
	return rs
}

// AgeIdentities are the identities, for age files that are no slots.
func (f *IdentityFile) AgeIdentities() []age.Identity {
	all := make([]age.Identity, len(f.identities))
	for n, i := range f.identities {
		all[n] = i.age
	}
	return all
}

// Unwrap opens a slot of kind age with the first identity that fits.
func (f *IdentityFile) Unwrap(_ context.Context, s Slot, file []byte) ([]byte, error) {
	if s.Kind != KindAge {
		return nil, fmt.Errorf("%w: a slot of kind %s", ErrWrongKey, s.Kind)
	}
	return OpenSlotFile(file, f.unwrap)
}

func (f *IdentityFile) unwrap(stanza *age.Stanza) ([]byte, error) {
	if stanza.Type != typeX25519 && stanza.Type != typeHybrid {
		return nil, fmt.Errorf("%w: a slot of kind %s that is sealed to something else", ErrMalformed, KindAge)
	}
	for _, i := range f.identities {
		if i.stanza != stanza.Type {
			continue
		}
		fileKey, err := i.age.Unwrap([]*age.Stanza{stanza})
		if err == nil {
			return fileKey, nil
		}
		if !errors.Is(err, age.ErrIncorrectIdentity) {
			return nil, fmt.Errorf("%w: %s stanza", ErrMalformed, stanza.Type)
		}
	}
	return nil, ErrWrongKey
}
