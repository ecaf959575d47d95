package bundle

import "github.com/tacit-vault/tacit/crypto"

// Beat is what the owner says of all feeds at a time. The one with the highest
// number counts.
type Beat struct {
	Time int64 // Unix seconds, by the owner's clock
	Seen Seen  // what the owner has applied
}

// Kind is KindBeat.
func (*Beat) Kind() Kind { return KindBeat }

func (b *Beat) fields() [][]byte {
	return [][]byte{crypto.Number(uint64(b.Time)), b.Seen.encode()}
}

func (b *Beat) read(f *crypto.Fields) {
	f.Time(&b.Time)
	b.Seen = readDots(f, "tacit/1/dots", MaxDots)
}

func (b *Beat) check() error {
	if err := checkTime(b.Time); err != nil {
		return err
	}
	return b.Seen.check()
}
