package bundle

import (
	"bytes"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Content is what a body holds: one of [Changes], [CheckpointPart], [Beat],
// [Welcome], [Join], [Receipt] and [MemberList], as a pointer.
type Content interface {
	// Kind is the kind of bundles that hold it.
	Kind() Kind
	// check refuses what nobody could have written.
	check() error
	// fields are its fields, in order.
	fields() [][]byte
	// read is the inverse of fields.
	read(f *crypto.Fields)
}

var (
	_ Content = (*Changes)(nil)
	_ Content = (*CheckpointPart)(nil)
	_ Content = (*Beat)(nil)
	_ Content = (*Welcome)(nil)
	_ Content = (*Join)(nil)
	_ Content = (*Receipt)(nil)
	_ Content = (*MemberList)(nil)
)

// kinds has, for each kind, the label of its plaintext, and what it is read into. There
// is nothing for 0, which is no kind.
var kinds = [...]struct {
	label string
	most  int // fields after the first four
	empty func() Content
}{
	KindChanges:    {"tacit/1/changes", 2 + MaxItems, func() Content { return new(Changes) }},
	KindCheckpoint: {"tacit/1/checkpoint", 5 + MaxItems, func() Content { return new(CheckpointPart) }},
	KindBeat:       {"tacit/1/beat", 2, func() Content { return new(Beat) }},
	KindWelcome:    {"tacit/1/welcome", 5, func() Content { return new(Welcome) }},
	KindJoin:       {"tacit/1/join", 4, func() Content { return new(Join) }},
	KindReceipt:    {"tacit/1/receipt", 5, func() Content { return new(Receipt) }},
	KindMembers:    {"tacit/1/members", 4 + MaxItems, func() Content { return new(MemberList) }},
}

// encodeContent is a plaintext: which bundle it belongs to, then its fields. So no
// body can be signed again as another's, or at another place.
func encodeContent(h Head, c Content) []byte {
	fields := append(place(h), c.fields()...)
	return crypto.Encode(kinds[h.Kind].label, fields...)
}

// place are the fields that every plaintext begins with.
func place(h Head) [][]byte {
	return [][]byte{h.Group[:], crypto.Number(uint64(h.Kind)), h.Member[:], crypto.Number(h.Seq)}
}

// parseContent reads the plaintext of the bundle with the head. What it returns
// holds parts of b.
func parseContent(h Head, b []byte) (Content, error) {
	k := kinds[h.Kind]
	f := crypto.ReadFields(k.label, b, 4+k.most)
	for _, want := range place(h) {
		if got := f.Next(); f.Err() == nil && !bytes.Equal(got, want) {
			return nil, fmt.Errorf("%w: the body was sealed for another bundle", crypto.ErrForged)
		}
	}
	c := k.empty()
	c.read(&f)
	if err := f.End(); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	// Whatever the parsers may have let pass: there is one spelling of a content.
	again := encodeContent(h, c)
	defer clear(again)
	if !bytes.Equal(again, b) {
		return nil, fmt.Errorf("%w: the body is not in its canonical form", crypto.ErrMalformed)
	}
	return c, nil
}

// checkTime refuses what is no time.
func checkTime(t int64) error {
	if t < 0 || t > crypto.MaxUpdated {
		return fmt.Errorf("%w: time %d", crypto.ErrMalformed, t)
	}
	return nil
}
