package bundle

import (
	"bytes"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// MemberList is a part of the list of all members, which lies beside a checkpoint:
// an heir goes on by it after a takeover.
type MemberList struct {
	Set    SetID
	Part   uint64 // from 1
	Parts  uint64 // at most MaxParts
	Closed []InviteID
	List   []Listed // by id; at most MaxItems a part
}

// Listed is a member in the list.
type Listed struct {
	Member
	Role   Role     // Removed for one that is gone
	Invite InviteID // that it came by; zero for the first owner
}

// Kind is KindMembers.
func (*MemberList) Kind() Kind { return KindMembers }

func (l *MemberList) fields() [][]byte {
	closed := make([][]byte, len(l.Closed))
	for i := range l.Closed {
		closed[i] = l.Closed[i][:]
	}
	f := make([][]byte, 0, 4+len(l.List))
	f = append(f, l.Set[:], crypto.Number(l.Part), crypto.Number(l.Parts), crypto.Encode("tacit/1/closed", closed...))
	for i := range l.List {
		f = append(f, l.List[i].encode())
	}
	return f
}

func (m *Listed) encode() []byte {
	return crypto.Encode("tacit/1/listed", m.Member.encode(), crypto.Number(uint64(m.Role)), m.Invite[:])
}

// Size is how many bytes the member takes of the list's plaintext.
func (m *Listed) Size() int { return 4 + len(m.encode()) }

func (l *MemberList) read(f *crypto.Fields) {
	f.Fixed(l.Set[:])
	f.Number(&l.Part)
	f.Number(&l.Parts)
	readList(f, "tacit/1/closed", MaxItems, func(b []byte) error {
		var id InviteID
		if len(b) != len(id) {
			return fmt.Errorf("%w: id of an invite", crypto.ErrMalformed)
		}
		copy(id[:], b)
		l.Closed = append(l.Closed, id)
		return nil
	})
	for f.Left() > 0 {
		m, err := parseListed(f.Next())
		f.Fail(err)
		l.List = append(l.List, m)
	}
}

func parseListed(b []byte) (m Listed, err error) {
	f := crypto.ReadFields("tacit/1/listed", b, 3)
	member := f.Next()
	f.Number((*uint64)(&m.Role))
	f.Fixed(m.Invite[:])
	if err := f.End(); err != nil {
		return Listed{}, err
	}
	if m.Member, err = parseMember(member); err != nil {
		return Listed{}, err
	}
	return m, nil
}

func (l *MemberList) check() error {
	if err := checkPart(l.Part, l.Parts); err != nil {
		return err
	}
	if len(l.List) > MaxItems || len(l.Closed) > MaxItems {
		return fmt.Errorf("%w: %d members and %d closed invites, at most %d", crypto.ErrLimit, len(l.List), len(l.Closed), MaxItems)
	}
	for i := range l.Closed {
		if i > 0 && bytes.Compare(l.Closed[i-1][:], l.Closed[i][:]) >= 0 || l.Closed[i] == (InviteID{}) {
			return fmt.Errorf("%w: closed invites are not sorted and unique", crypto.ErrMalformed)
		}
	}
	for i := range l.List {
		m := &l.List[i]
		if err := m.Member.check(); err != nil {
			return err
		}
		if !m.Role.known() {
			return fmt.Errorf("%w: %s of member %s", crypto.ErrNewer, m.Role, m.Label)
		}
		if i > 0 && bytes.Compare(l.List[i-1].ID[:], m.ID[:]) >= 0 {
			return fmt.Errorf("%w: members are not sorted and unique", crypto.ErrMalformed)
		}
	}
	return nil
}
