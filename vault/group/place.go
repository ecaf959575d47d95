package group

import (
	"context"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// A Place is a transport and the address that it is at.
type Place struct {
	Address   string
	Transport transport.Transport
}

// mostOwners is of how many owners welcomes are looked at: one that takes over, and
// what somebody has put there.
const mostOwners = 64

// readWelcomes reads the welcomes of a member that lie at a place.
func readWelcomes(ctx context.Context, p Place, id bundle.GroupID, member bundle.MemberID) (list [][]byte, err error) {
	keys, err := p.Transport.List(ctx, transport.WelcomePrefix(id, member), "")
	if err != nil {
		return nil, err
	}
	for _, key := range keys[:min(len(keys), mostOwners)] {
		if data, err := p.Transport.Get(ctx, key); err == nil {
			list = append(list, data)
		}
	}
	return list, nil
}

// answered tells whether a place has a welcome for a member.
func answered(ctx context.Context, p Place, id bundle.GroupID, member bundle.MemberID) bool {
	keys, err := p.Transport.List(ctx, transport.WelcomePrefix(id, member), "")
	return err == nil && len(keys) > 0
}
