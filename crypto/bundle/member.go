package bundle

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Role is what a member may do.
type Role uint64

// The roles of version 1. Removed stands in the list of members alone.
const (
	Owner   Role = 1 // everything; exactly one
	Heir    Role = 2 // receive, and sign a takeover
	Writer  Role = 3 // receive, and change secrets
	Reader  Role = 4 // receive
	Removed Role = 5 // never to be admitted again
)

// roleNames are the roles' text forms. 0 is no role.
var roleNames = [...]string{Owner: "owner", Heir: "heir", Writer: "writer", Reader: "reader", Removed: "removed"}

func (r Role) known() bool { return Owner <= r && r <= Removed }

func (r Role) String() string {
	if r.known() {
		return roleNames[r]
	}
	return fmt.Sprintf("role %d", uint64(r))
}

// ParseRole reads the text form of a role. The error wraps crypto.ErrMalformed.
func ParseRole(s string) (Role, error) {
	for r := Owner; r.known(); r++ {
		if roleNames[r] == s {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%w: no role", crypto.ErrMalformed)
}

// Reads tells whether the role receives secrets.
func (r Role) Reads() bool { return Owner <= r && r <= Reader }

// Writes tells whether the role may change secrets.
func (r Role) Writes() bool { return r == Owner || r == Writer }

// HoldsInbox tells whether the role opens requests, receipts and the list of
// members.
func (r Role) HoldsInbox() bool { return r == Owner || r == Heir }

// Member is a member of a group: its id, its label, and its public keys.
type Member struct {
	ID        MemberID
	Label     string    // [a-z0-9-]{1,40}, unique in the group
	Key       PublicKey // its bundles are signed with it
	Recipient string    // its welcomes are sealed to it: "age1…" or "age1pq1…"
}

func (m *Member) encode() []byte {
	return crypto.Encode("tacit/1/member", m.ID[:], []byte(m.Label), m.Key[:], []byte(m.Recipient))
}

func parseMember(b []byte) (m Member, err error) {
	f := crypto.ReadFields("tacit/1/member", b, 4)
	f.Fixed(m.ID[:])
	m.Label = string(f.Next())
	f.Fixed(m.Key[:])
	m.Recipient = string(f.Next())
	if err := f.End(); err != nil {
		return Member{}, err
	}
	return m, m.check()
}

func (m *Member) check() error {
	switch {
	case m.ID == Recovery:
		return fmt.Errorf("%w: a member without an id", crypto.ErrMalformed)
	case !crypto.IsLabel(m.Label):
		return fmt.Errorf("%w: label of a member: 1 to 40 of a to z, 0 to 9 and -", crypto.ErrMalformed)
	case m.Key.IsZero():
		return fmt.Errorf("%w: key of member %s", crypto.ErrMalformed, m.Label)
	case len(m.Recipient) > maxRecipient:
		return fmt.Errorf("%w: recipient of member %s", crypto.ErrLimit, m.Label)
	}
	if _, err := crypto.RecipientSuite(m.Recipient); err != nil {
		return fmt.Errorf("recipient of member %s: %w", m.Label, err)
	}
	return nil
}
