package group

import (
	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// A candidacy is what the state has of how this vault came, or comes, to the group.
type candidacy struct {
	Genesis []byte          `json:"genesis"`               // digest of the group's first charter
	Floor   uint64          `json:"floor,omitempty"`       // number of the newest charter when the code was made
	FloorOf []byte          `json:"floorDigest,omitempty"` // its digest
	Invite  bundle.InviteID `json:"invite,omitzero"`
	Request []byte          `json:"request,omitempty"` // the bundle that asks, until it is answered
	Asked   int64           `json:"asked,omitempty"`   // when the request was made
	Next    *successor      `json:"next,omitempty"`    // the member that this one asks to become

	Receipted map[string]string `json:"receipted,omitempty"` // by address: what the receipt there says
}

// successor is a member that takes the place of this one, once the owner knows it.
type successor struct {
	ID       bundle.MemberID `json:"id"`
	Seed     []byte          `json:"seed"`
	Identity string          `json:"identity"`
	Request  []byte          `json:"request,omitempty"`
}

// floored tells whether a newest charter can be that of the group which the code named.
func (c *candidacy) floored(newest *bundle.Charter) bool {
	digest := newest.Digest()
	return newest.Number > c.Floor || newest.Number == c.Floor && crypto.Digest(c.FloorOf) == digest
}
