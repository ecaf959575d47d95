package bundle

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// GroupID is the id of a group: the first 16 bytes of the digest of its first
// charter. 32 lower-case hex digits as text.
type GroupID [16]byte

// MemberID is the id of a member of a group: 8 random bytes, 16 lower-case hex
// digits as text. The zero id stands for the recovery phrase.
type MemberID [8]byte

// InviteID is the id of an invite: 8 random bytes, 16 lower-case hex digits as
// text. The zero id is no invite.
type InviteID [8]byte

// SetID tells the parts of one checkpoint from those of another. 16 random bytes.
type SetID [16]byte

// Recovery is the id under which the recovery phrase signs, and is welcomed.
var Recovery MemberID

// NewMemberID draws an id.
func NewMemberID() (id MemberID) {
	rand.Read(id[:]) // never fails since Go 1.24
	return id
}

// NewInviteID draws an id.
func NewInviteID() (id InviteID) {
	rand.Read(id[:])
	return id
}

// NewSetID draws an id.
func NewSetID() (id SetID) {
	rand.Read(id[:])
	return id
}

func (id GroupID) String() string  { return hex.EncodeToString(id[:]) }
func (id MemberID) String() string { return hex.EncodeToString(id[:]) }
func (id InviteID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText writes the text form.
func (id GroupID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// MarshalText writes the text form.
func (id MemberID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// MarshalText writes the text form.
func (id InviteID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the text form. The error wraps crypto.ErrMalformed.
func (id *GroupID) UnmarshalText(text []byte) error { return readHex(id[:], string(text)) }

// UnmarshalText reads the text form. The error wraps crypto.ErrMalformed.
func (id *MemberID) UnmarshalText(text []byte) error { return readHex(id[:], string(text)) }

// UnmarshalText reads the text form. The error wraps crypto.ErrMalformed.
func (id *InviteID) UnmarshalText(text []byte) error { return readHex(id[:], string(text)) }

// ParseGroupID reads the text form. The error wraps crypto.ErrMalformed.
func ParseGroupID(s string) (id GroupID, err error) {
	err = readHex(id[:], s)
	return id, err
}

// readHex takes lower-case digits only: there is one spelling of each id.
func readHex(dst []byte, s string) error {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(dst) || hex.EncodeToString(b) != s {
		return fmt.Errorf("%w: an id is %d lower-case hex digits", crypto.ErrMalformed, 2*len(dst))
	}
	copy(dst, b)
	return nil
}
