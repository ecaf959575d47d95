package group

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// memberListName is the name of the owner's list of members.
func memberListName(id bundle.GroupID) string { return stateName(id) + "-m" }

// A roster is what the owner alone knows: every member, readers too, those that were
// removed, and the invites. A charter names only who signs.
type roster struct {
	Members []enrolled        `json:"members"`           // by id
	Invites []invite          `json:"invites,omitempty"` // that were made here
	Closed  []bundle.InviteID `json:"closed,omitempty"`  // never to be used again; sorted
	Before  *predecessor      `json:"before,omitempty"`  // after a takeover, until its list is here
}

// enrolled is a member on the list, or one that was.
type enrolled struct {
	ID        bundle.MemberID   `json:"id"`
	Label     string            `json:"label"`
	Key       []byte            `json:"key"`
	Recipient string            `json:"recipient"`
	Role      bundle.Role       `json:"role"` // Removed: never to be admitted again
	Was       bundle.Role       `json:"was,omitempty"`
	Invite    bundle.InviteID   `json:"invite"`
	Admitted  int64             `json:"admitted,omitempty"` // Unix seconds
	Left      int64             `json:"left,omitempty"`
	Epochs    [2]uint64         `json:"epochs"`             // the first and the last that it knew
	Welcomed  map[string]string `json:"welcomed,omitempty"` // by address: the tag of the welcome there
	Seen      int64             `json:"seen,omitempty"`     // the time of its newest receipt
	Behind    bool              `json:"behind,omitempty"`   // by that receipt
}

// invite is one that the owner made.
type invite struct {
	ID       bundle.InviteID `json:"id"`
	Secret   []byte          `json:"secret,omitempty"` // none: the owner types CHECK
	Role     bundle.Role     `json:"role"`
	Label    string          `json:"label,omitempty"`
	Left     int             `json:"left"`
	Expires  int64           `json:"expires"` // by the owner's clock
	Replaces bundle.MemberID `json:"replaces,omitzero"`
}

// predecessor is the owner before a takeover, whose list of members is looked for.
type predecessor struct {
	Owner      bundle.MemberID `json:"owner"`
	Key        []byte          `json:"key"`
	Checkpoint uint64          `json:"checkpoint"`
	Inbox      string          `json:"inbox,omitempty"`    // identity; "" where only the phrase's welcome holds it
	Recovery   string          `json:"recovery,omitempty"` // identity of the phrase, until that welcome was read
}

func (e *enrolled) member() bundle.Member {
	m := bundle.Member{ID: e.ID, Label: e.Label, Recipient: e.Recipient}
	copy(m.Key[:], e.Key)
	return m
}

func (e *enrolled) current() bool { return e.Role != bundle.Removed }

// loadRoster reads the list in the view of a merge; an empty one where there is none.
func loadRoster(w *vault.MergeView, id bundle.GroupID) (*roster, error) {
	v, ok, err := w.Own(memberListName(id))
	if err != nil || !ok {
		return &roster{}, err
	}
	defer v.Wipe()
	return parseRoster(id, v)
}

// readRoster reads the list of an open vault.
func readRoster(ctx context.Context, v *vault.Vault, id bundle.GroupID) (*roster, error) {
	value, ok, err := vault.GroupRecord(ctx, v, memberListName(id))
	if err != nil || !ok {
		return &roster{}, err
	}
	defer value.Wipe()
	return parseRoster(id, value)
}

func parseRoster(id bundle.GroupID, v vault.Value) (*roster, error) {
	ro := &roster{}
	if err := json.Unmarshal(v.Reveal(), ro); err != nil {
		return nil, &vault.SecretError{Code: vault.Corrupt, Message: "the group's own record " + memberListName(id) + " is malformed"}
	}
	return ro, nil
}

func (ro *roster) encode() (vault.Value, error) {
	b, err := json.Marshal(ro)
	if err != nil {
		return vault.Value{}, err
	}
	defer clear(b)
	return vault.JSON(b)
}

// find is the entry of a member, nil where there is none.
func (ro *roster) find(id bundle.MemberID) *enrolled {
	i, ok := slices.BinarySearchFunc(ro.Members, id, func(e enrolled, id bundle.MemberID) int { return bytes.Compare(e.ID[:], id[:]) })
	if !ok {
		return nil
	}
	return &ro.Members[i]
}

// labelled is the current member with the label, nil where there is none.
func (ro *roster) labelled(label string) *enrolled {
	i := slices.IndexFunc(ro.Members, func(e enrolled) bool { return e.current() && e.Label == label && e.ID != bundle.Recovery })
	if i < 0 {
		return nil
	}
	return &ro.Members[i]
}

// add puts a member on the list. The caller has seen that it may be there.
func (ro *roster) add(e enrolled) {
	i, _ := slices.BinarySearchFunc(ro.Members, e.ID, func(o enrolled, id bundle.MemberID) int { return bytes.Compare(o.ID[:], id[:]) })
	ro.Members = slices.Insert(ro.Members, i, e)
}

// knows tells whether an id or a key was ever on the list, of whoever it was.
func (ro *roster) knows(m bundle.Member) bool {
	return slices.ContainsFunc(ro.Members, func(e enrolled) bool {
		return e.ID == m.ID || bytes.Equal(e.Key, m.Key[:]) || e.Recipient == m.Recipient
	})
}

// freeLabel is the label, or one like it that no current member has.
func (ro *roster) freeLabel(label string) string {
	free := label
	for n := 2; ro.labelled(free) != nil; n++ {
		suffix := "-" + strconv.Itoa(n)
		free = label[:min(len(label), 40-len(suffix))] + suffix
	}
	return free
}

// close ends an invite for good.
func (ro *roster) close(id bundle.InviteID) {
	if id == (bundle.InviteID{}) {
		return
	}
	ro.Invites = slices.DeleteFunc(ro.Invites, func(i invite) bool { return i.ID == id })
	order := func(a, b bundle.InviteID) int { return bytes.Compare(a[:], b[:]) }
	if i, ok := slices.BinarySearchFunc(ro.Closed, id, order); !ok {
		ro.Closed = slices.Insert(ro.Closed, i, id)
	}
}

// open is the invite that may still be used at the time, nil where it may not.
func (ro *roster) open(id bundle.InviteID, now int64) *invite {
	for i := range ro.Invites {
		if v := &ro.Invites[i]; v.ID == id && v.Left > 0 && now < v.Expires && !slices.Contains(ro.Closed, id) {
			return v
		}
	}
	return nil
}

// expire closes invites that can be used no more, but for the time of one sync.
func (ro *roster) expire(now int64) {
	const day = 86400
	for _, i := range slices.Clone(ro.Invites) {
		if i.Left <= 0 || now > i.Expires+day {
			ro.close(i.ID)
		}
	}
}

// lists are the members as an heir is given them, in parts.
func (ro *roster) lists() (parts []*bundle.MemberList) {
	closed := ro.Closed[max(0, len(ro.Closed)-bundle.MaxItems):]
	part := &bundle.MemberList{Closed: closed}
	size := len(closed) * (4 + len(bundle.InviteID{}))
	parts = append(parts, part)
	for i := range ro.Members {
		e := &ro.Members[i]
		if e.ID == bundle.Recovery {
			continue
		}
		l := bundle.Listed{Member: e.member(), Role: e.Role, Invite: e.Invite}
		if size += l.Size(); size > bundle.Target || len(part.List) == bundle.MaxItems {
			part = &bundle.MemberList{}
			parts, size = append(parts, part), l.Size()
		}
		part.List = append(part.List, l)
	}
	for i, part := range parts {
		part.Part, part.Parts = uint64(i+1), uint64(len(parts))
	}
	return parts
}

// merge takes over a list that this or another owner left: nobody is forgotten, and who
// was removed stays so.
func (ro *roster) merge(l *bundle.MemberList, epoch uint64) (changed bool) {
	for _, m := range l.List {
		e := ro.find(m.ID)
		switch {
		case e == nil:
			ro.add(enrolled{
				ID: m.ID, Label: ro.freeLabel(m.Label), Key: slices.Clone(m.Key[:]), Recipient: m.Recipient, Role: listedRole(m.Role), Invite: m.Invite,
				Epochs: [2]uint64{1, epoch},
			})
			changed = true
		case e.current() && m.Role == bundle.Removed:
			e.Was, e.Role = e.Role, bundle.Removed
			changed = true
		}
	}
	for _, id := range l.Closed {
		if !slices.Contains(ro.Closed, id) {
			ro.close(id)
			changed = true
		}
	}
	return changed
}

// listedRole is the role of a member that only a list names: one that signs stands in
// the charter, and is on the roster already.
func listedRole(r bundle.Role) bundle.Role {
	if r == bundle.Removed {
		return r
	}
	return bundle.Reader
}

// tag says which welcome a member has to have.
func (e *enrolled) tag(newest *bundle.Charter) string {
	digest := newest.Digest()
	sum := crypto.Hash("tacit/1/welcome-tag", digest[:], crypto.Number(uint64(e.Role)), []byte(e.Recipient))
	return sum.String()[:16]
}

// byLabel sorts members as they are shown.
func byLabel(a, b enrolled) int {
	return cmp.Or(cmp.Compare(a.Label, b.Label), bytes.Compare(a.ID[:], b.ID[:]))
}
