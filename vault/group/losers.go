package group

import (
	"fmt"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// A loser is a value that does not stand in the vault, and waits for the user. One that
// was set here and never sent has this member as its author, and number 0.
type loser struct {
	why Why
	bundle.HeadItem
}

// whys are the reasons by their numbers in a record.
var whys = []Why{Concurrent, ReadOnly, Stood, Withdrawn, Restored, Unstorable}

const (
	losersLabel = "tacit/1/group-losers"
	loserLabel  = "tacit/1/group-loser"
)

// head is the loser as the rules see it.
func (l *loser) head() heads.Head {
	h := headOf(&l.Item)
	h.Member, h.Seq, h.Epoch = l.Member, l.Seq, l.Epoch
	return h
}

// headOf is the head that an item makes, without its place in a feed.
func headOf(i *bundle.Item) heads.Head {
	return heads.Head{Version: i.Version, Gone: i.Kind == crypto.Gone, Sum: sumOf(i)}
}

// sumOf is the digest of what an item holds: the same for the same value with the same
// attributes, whoever set it, and when.
func sumOf(i *bundle.Item) crypto.Digest {
	return crypto.Hash("tacit/1/group-value", crypto.Number(uint64(i.Kind)), crypto.EncodeAttrs(i.Attrs), i.Value)
}

// encodeLosers is a record of losers, sorted by name. The caller wipes it.
func encodeLosers(losers []loser) vault.Value {
	list := make([][]byte, 0, len(losers))
	for i := range losers {
		l := &losers[i]
		var purge uint64
		if l.Purge {
			purge = 1
		}
		list = append(list, crypto.Encode(loserLabel,
			crypto.Number(uint64(slices.Index(whys, l.why))), []byte(l.Name), l.Member[:], crypto.Number(l.Seq), crypto.Number(l.Epoch),
			crypto.Number(l.Version), crypto.Number(uint64(l.Kind)), crypto.Number(purge), crypto.Number(uint64(l.Updated)),
			crypto.EncodeAttrs(l.Attrs), l.Value))
	}
	b := crypto.Encode(losersLabel, list...)
	defer clear(b)
	for _, one := range list {
		clear(one)
	}
	return vault.Bytes(b)
}

// parseLosers reads a record of losers. Their values are parts of b.
func parseLosers(b []byte) ([]loser, error) {
	list, err := crypto.Decode(losersLabel, b, mostInBucket)
	if err != nil {
		return nil, err
	}
	losers := make([]loser, 0, len(list))
	for _, item := range list {
		l, err := parseLoser(item)
		if err != nil {
			return nil, err
		}
		losers = append(losers, l)
	}
	return losers, nil
}

func parseLoser(b []byte) (l loser, err error) {
	var why, kind, purge uint64
	f := crypto.ReadFields(loserLabel, b, 11)
	f.Number(&why)
	l.Name = string(f.Next())
	f.Fixed(l.Member[:])
	f.Number(&l.Seq)
	f.Number(&l.Epoch)
	f.Number(&l.Version)
	f.Number(&kind)
	f.Number(&purge)
	f.Time(&l.Updated)
	l.Attrs = f.Attrs()
	l.Value = f.Next()
	if err := f.End(); err != nil {
		return l, err
	}
	if why >= uint64(len(whys)) || kind > 255 || !crypto.Kind(kind).Valid() || purge > 1 || crypto.CheckName(l.Name) != nil {
		return l, fmt.Errorf("%w: a value that lost", crypto.ErrMalformed)
	}
	l.why, l.Kind, l.Purge = whys[why], crypto.Kind(kind), purge == 1
	return l, nil
}
