package bundle

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Item is one change of one secret.
type Item struct {
	Name    string // a user's name, see crypto.CheckName
	Version uint64 // in the group: one above the highest that it replaces
	Kind    crypto.Kind
	// Resolved says that the author had seen what lost before it, and chose: it need
	// not be listed any more.
	Resolved bool
	Purge    bool          // only with Gone: older versions are to go, and their bytes
	Updated  int64         // Unix seconds
	Attrs    []crypto.Attr // as in a record
	Value    []byte        // at most crypto.MaxPlaintext bytes; empty with Gone
}

const itemFields = 7

// The flags of an item.
const (
	flagPurge    = 1
	flagResolved = 2
)

// check refuses an item that nobody could have written.
func (i *Item) check() error {
	if err := crypto.CheckName(i.Name); err != nil {
		return err
	}
	switch {
	case i.Version < 1 || i.Version > crypto.MaxCount:
		return fmt.Errorf("%w: version %d of %s", crypto.ErrMalformed, i.Version, i.Name)
	case !i.Kind.Valid():
		return fmt.Errorf("%w: %s of kind %d", crypto.ErrNewer, i.Name, i.Kind)
	case i.Purge && i.Kind != crypto.Gone:
		return fmt.Errorf("%w: %s is purged and has a value", crypto.ErrMalformed, i.Name)
	case i.Updated < 0 || i.Updated > crypto.MaxUpdated:
		return fmt.Errorf("%w: time of %s", crypto.ErrMalformed, i.Name)
	case len(i.Value) > crypto.MaxPlaintext:
		return fmt.Errorf("%w: %s has %d bytes, at most %d", crypto.ErrLimit, i.Name, len(i.Value), crypto.MaxPlaintext)
	case i.Kind == crypto.Gone && len(i.Value) > 0:
		return fmt.Errorf("%w: %s is deleted and has a value", crypto.ErrMalformed, i.Name)
	}
	return crypto.CheckAttrs(i.Attrs)
}

func (i *Item) encode() []byte {
	var flags uint64
	if i.Purge {
		flags |= flagPurge
	}
	if i.Resolved {
		flags |= flagResolved
	}
	return crypto.Encode("tacit/1/item",
		[]byte(i.Name), crypto.Number(i.Version), crypto.Number(uint64(i.Kind)), crypto.Number(flags),
		crypto.Number(uint64(i.Updated)), crypto.EncodeAttrs(i.Attrs), i.Value)
}

// Size is how many bytes the item takes of a bundle's plaintext.
func (i *Item) Size() int {
	return 4 + 8 + len("tacit/1/item") + itemFields*4 + len(i.Name) + 4*8 + crypto.EncodedAttrsLen(i.Attrs) + len(i.Value)
}

// parseItem reads an item. Its value is a part of b.
func parseItem(b []byte) (i Item, err error) {
	var kind, flags uint64
	f := crypto.ReadFields("tacit/1/item", b, itemFields)
	i.Name = string(f.Next())
	f.Number(&i.Version)
	f.Number(&kind)
	f.Number(&flags)
	f.Time(&i.Updated)
	i.Attrs = f.Attrs()
	i.Value = f.Next()
	if err := f.End(); err != nil {
		return Item{}, err
	}
	i.Purge, i.Resolved = flags&flagPurge != 0, flags&flagResolved != 0
	switch {
	case flags&^(flagPurge|flagResolved) != 0:
		return Item{}, fmt.Errorf("%w: flags %d of an item", crypto.ErrNewer, flags)
	case kind > 255:
		return Item{}, fmt.Errorf("%w: an item of kind %d", crypto.ErrNewer, kind)
	}
	i.Kind = crypto.Kind(kind)
	return i, i.check()
}

// HeadItem is an item of a checkpoint: one that stands, and the dot that it has.
type HeadItem struct {
	Member MemberID // its author
	Seq    uint64   // the bundle of the author's feed that it came in
	Epoch  uint64   // of that bundle
	Item
}

func (h *HeadItem) check() error {
	switch {
	case h.Member == Recovery:
		return fmt.Errorf("%w: an item of no member", crypto.ErrMalformed)
	case h.Seq < 1 || h.Seq > crypto.MaxCount:
		return fmt.Errorf("%w: an item of bundle %d", crypto.ErrMalformed, h.Seq)
	case h.Epoch < 1 || h.Epoch > crypto.MaxCount:
		return fmt.Errorf("%w: an item of epoch %d", crypto.ErrMalformed, h.Epoch)
	}
	return h.Item.check()
}

func (h *HeadItem) encode() []byte {
	return crypto.Encode("tacit/1/head-item", h.Member[:], crypto.Number(h.Seq), crypto.Number(h.Epoch), h.Item.encode())
}

// Size is how many bytes the item takes of a checkpoint's plaintext.
func (h *HeadItem) Size() int {
	return 4 + 8 + len("tacit/1/head-item") + 4*4 + 3*8 - 4 + h.Item.Size()
}

func parseHeadItem(b []byte) (h HeadItem, err error) {
	f := crypto.ReadFields("tacit/1/head-item", b, 4)
	f.Fixed(h.Member[:])
	f.Number(&h.Seq)
	f.Number(&h.Epoch)
	item := f.Next()
	if err := f.End(); err != nil {
		return HeadItem{}, err
	}
	if h.Item, err = parseItem(item); err != nil {
		return HeadItem{}, err
	}
	return h, h.check()
}

// order tells whether a stands before b in a checkpoint: by name, then member,
// then number.
func (h *HeadItem) before(o *HeadItem) bool {
	if c := strings.Compare(h.Name, o.Name); c != 0 {
		return c < 0
	}
	if c := bytes.Compare(h.Member[:], o.Member[:]); c != 0 {
		return c < 0
	}
	return h.Seq < o.Seq
}
