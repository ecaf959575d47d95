package bundle

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Join is a request to be admitted, signed with the key of the member that it is
// for; or the request of a member to become another one, signed with its own key.
type Join struct {
	Member Member
	Time   int64    // Unix seconds, by the member's clock
	Invite InviteID // zero where a member asks to become the new one: it signs the bundle
	MAC    []byte   // under the invite's secret, 32 bytes; empty where it has none
}

// Kind is KindJoin.
func (*Join) Kind() Kind { return KindJoin }

// Prove puts in the proof that who asks knows the invite's secret. h is the head
// of the bundle that the request is sent in.
func (j *Join) Prove(h Head, secret Secret) { j.MAC = j.mac(h, secret) }

// Proves tells whether who asks knew the invite's secret.
func (j *Join) Proves(h Head, secret Secret) bool {
	return len(secret) == secretSize && hmac.Equal(j.MAC, j.mac(h, secret))
}

func (j *Join) mac(h Head, secret Secret) []byte {
	h.Kind = KindJoin
	m := hmac.New(sha256.New, secret)
	m.Write(crypto.Encode("tacit/1/join-mac", append(place(h), j.proven()...)...))
	return m.Sum(nil)
}

// proven are the fields that the MAC covers, besides the bundle's place.
func (j *Join) proven() [][]byte {
	return [][]byte{j.Member.encode(), crypto.Number(uint64(j.Time)), j.Invite[:]}
}

func (j *Join) fields() [][]byte { return append(j.proven(), j.MAC) }

func (j *Join) read(f *crypto.Fields) {
	j.Member = readMember(f)
	f.Time(&j.Time)
	f.Fixed(j.Invite[:])
	if mac := f.Next(); len(mac) > 0 {
		j.MAC = mac
	}
}

func (j *Join) check() error {
	switch {
	case len(j.MAC) != 0 && len(j.MAC) != sha256.Size, len(j.MAC) != 0 && j.Invite == (InviteID{}):
		return fmt.Errorf("%w: proof of a request", crypto.ErrMalformed)
	}
	if err := checkTime(j.Time); err != nil {
		return err
	}
	return j.Member.check()
}
