package group

import (
	"context"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// What a vault has asked for that is not answered yet, and how it takes that back.

// Application is what is known of a request to join.
type Application struct {
	Since time.Time // when it was made, by this machine's clock; zero: not known
	Used  bool      // by what a place shows, another vault was admitted with the same code
}

// Application tells of the request of a vault that waits. It asks the places whether the
// code was used: nothing proves that, and a code may be for several.
func (g *Group) Application(ctx context.Context, places ...Place) (a Application, err error) {
	st, err := readState(ctx, g.vault, g.id)
	if err != nil || len(st.Request) == 0 {
		return a, err
	}
	a.Since = st.asked()
	for _, p := range places {
		if a.Used = a.Used || usedBefore(ctx, p, g.id, st.Invite, st.Self); a.Used {
			break
		}
	}
	return a, ctx.Err()
}

// asked is when the request was made.
func (st *state) asked() time.Time {
	if st.Asked == 0 || len(st.Request) == 0 {
		return time.Time{}
	}
	return time.Unix(st.Asked, 0).UTC()
}

// mostOthers is of how many others with the same code it is looked whether they were
// admitted.
const mostOthers = 32

// usedBefore tells whether a place has a welcome for another member that asked with the
// same code.
func usedBefore(ctx context.Context, p Place, id bundle.GroupID, invite bundle.InviteID, self bundle.MemberID) bool {
	keys, err := p.Transport.List(ctx, transport.RequestPrefix(id, invite), "")
	if err != nil {
		return false
	}
	for _, key := range keys[:min(len(keys), mostOthers)] {
		k, err := transport.Parse(key)
		if err != nil || k.Member == self {
			continue
		}
		if answered(ctx, p, id, k.Member) {
			return true
		}
	}
	return false
}

// Left is what became of the requests of a vault that left.
type Left struct {
	Answered bool     // the owner had answered already: the code may be used up
	Standing []string // addresses where a request may still lie: the owner can admit it
}

// Leave ends this vault's membership, in this vault alone: the group's records go, its
// secrets stay. Changes that were not synced reach nobody. The owner is not told; what
// it knows of this member ends when it removes it. A request that was not answered is
// taken back at the places.
//
// Codes: Denied for an owner of others.
func (g *Group) Leave(ctx context.Context, places ...Place) (left Left, err error) {
	const op = "group leave"
	st, err := readState(ctx, g.vault, g.id)
	if err != nil {
		return left, err
	}
	if left = withdraw(ctx, st, places); ctx.Err() != nil {
		return left, ctx.Err()
	}
	names, err := vault.GroupRecords(ctx, g.vault)
	if err != nil {
		return left, err
	}
	return left, g.vault.Merge(ctx, op, func(w *vault.MergeView) (vault.Merge, error) {
		st, err := loadState(w, g.id)
		if err != nil {
			return vault.Merge{}, err
		}
		ro, err := loadRoster(w, g.id)
		if err != nil {
			return vault.Merge{}, err
		}
		for i := range ro.Members {
			e := &ro.Members[i]
			if st.Role == bundle.Owner && e.current() && e.ID != st.Self && e.ID != bundle.Recovery {
				return vault.Merge{}, &vault.SecretError{Code: vault.Denied, Op: op, Message: "the group’s owner leaves last: an heir takes over, or the others are removed"}
			}
		}
		m := vault.Merge{Own: map[string]vault.Value{}}
		for _, name := range names {
			if ofGroup(name, g.id) {
				m.Own[name] = vault.Value{}
			}
		}
		return m, nil
	})
}

// withdraw takes back, at the places, what this vault asks for.
func withdraw(ctx context.Context, st *state, places []Place) (left Left) {
	var ids []bundle.MemberID
	if len(st.Request) > 0 {
		ids = append(ids, st.Self)
	}
	if st.Next != nil && len(st.Next.Request) > 0 {
		ids = append(ids, st.Next.ID)
	}
	if len(ids) == 0 {
		return left
	}
	gone := map[string]bool{}
	for _, p := range places {
		gone[p.Address] = true
		for _, id := range ids {
			if answered(ctx, p, st.Group, id) { // it stays, and says that the code was used
				left.Answered = true
			} else if takeBack(ctx, p, st.Group, id) != nil {
				gone[p.Address] = false
			}
		}
	}
	for _, address := range st.Places {
		if !gone[address] && !slices.Contains(left.Standing, address) {
			left.Standing = append(left.Standing, address)
		}
	}
	return left
}

// takeBack deletes the requests for a member, whatever codes they are by.
func takeBack(ctx context.Context, p Place, group bundle.GroupID, id bundle.MemberID) error {
	keys, err := keysUnder(ctx, p, transport.Prefix(transport.Join, group))
	if err != nil {
		return err
	}
	for key := range keys {
		if k, err := transport.Parse(key); err != nil || k.Member != id {
			continue
		}
		if err := transport.Delete(ctx, p.Transport, key); err != nil {
			return err
		}
	}
	return nil
}
