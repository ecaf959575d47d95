package bundle

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Receipt is how far a member is, for groups that ask for it.
type Receipt struct {
	Time    int64  // Unix seconds, by the member's clock
	Charter uint64 // number of the charter that it holds
	Seen    Seen   // what it has applied
	Replica crypto.Replica
	Version string // of tacit; at most 40 printable characters
}

// Kind is KindReceipt.
func (*Receipt) Kind() Kind { return KindReceipt }

func (r *Receipt) fields() [][]byte {
	return [][]byte{
		crypto.Number(uint64(r.Time)), crypto.Number(r.Charter), r.Seen.encode(), r.Replica[:], []byte(r.Version),
	}
}

func (r *Receipt) read(f *crypto.Fields) {
	f.Time(&r.Time)
	f.Number(&r.Charter)
	r.Seen = readDots(f, "tacit/1/dots", MaxDots)
	f.Fixed(r.Replica[:])
	r.Version = string(f.Next())
}

func (r *Receipt) check() error {
	if err := checkTime(r.Time); err != nil {
		return err
	}
	if r.Charter < 1 || r.Charter > crypto.MaxCount {
		return fmt.Errorf("%w: charter %d", crypto.ErrMalformed, r.Charter)
	}
	if len(r.Version) > maxVersion || !isPrintable(r.Version) {
		return fmt.Errorf("%w: version of tacit", crypto.ErrMalformed)
	}
	return r.Seen.check()
}

// isPrintable tells whether s is printable ASCII.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
