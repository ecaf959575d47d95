package vault

import (
	"crypto/subtle"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
)

// before is the header of the version that a staged one follows, and whether its
// value is the one that is to be stored, where the change asks for that.
func (p *plan) before(st *staged) (h crypto.Header, same bool, err error) {
	c := st.change
	if c.Keep && !c.SkipSame {
		return h, false, nil // keep has read it
	}
	b, err := p.s.record(st.old)
	if err != nil {
		return h, false, err
	}
	if h, err = crypto.ParseRecord(b); err != nil {
		return h, false, &SecretError{Code: Corrupt, Key: c.Name, Err: err}
	}
	return h, c.SkipSame && (c.Keep || p.holds(st, h, b)), nil
}

// holds tells whether the record b has the kind and the value that are staged.
// What does not open is not the same: a new value mends it. The values are compared
// in constant time; their lengths are no secret, the header has them.
func (p *plan) holds(st *staged, h crypto.Header, b []byte) bool {
	if h.Kind != st.header.Kind || h.Size != st.header.Size {
		return false
	}
	_, value, err := p.s.open(st.old.Name, st.old.Version, b)
	defer value.Wipe()
	return err == nil && subtle.ConstantTimeCompare(value.Reveal(), st.plain) == 1
}

// skip says that a staged version of the value that h has is not to be stored,
// where its attributes are the same, too.
func (st *staged) skip(h crypto.Header) {
	if slices.Equal(withoutOrigin(st.header.Attrs), withoutOrigin(h.Attrs)) {
		info := infoOf(st.old).withHeader(h)
		info.Unchanged = true
		st.same = &info
	}
}
