package crypto

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"filippo.io/age"
)

// Carving finds what is left of a vault in bytes that nothing leads to: each
// thing is known by how it begins, and says itself where it ends. Nothing that
// is carved is authenticated by that.

// AgeMagic begins every record and every key slot.
const AgeMagic = "age-encryption.org/v1\n"

// RecordMark is in the header of every record, and of no key slot.
const RecordMark = "\n-> " + stanzaType + " "

// HeadMagic begins every head as stored.
const HeadMagic = "\x00\x00\x00\x09tacit/1/z\x00\x00\x00\x07"

// MaxCarved is how many bytes from its beginning on Carve, CarveHead and
// Fragments.Carve may have to see of a thing, besides the payload of a record.
const MaxCarved = MaxHead

// Lengths of a slot's plaintext: an identity as age prints it, and a newline.
const (
	slotPlainX25519 = 75
	slotPlainHybrid = 78
)

// Carved is an age file of a vault's, as its header describes it.
type Carved struct {
	ID    Digest // SHA-256 of the header as text: copies of a file share it
	Suite Suite  // of a record
	// Header is that of a record; its Version is zero for a slot.
	Header Header
	Size   int // bytes of the whole record

	// Of a slot: the type and arguments of its stanza, and how many bytes the
	// whole slot has in a vault of either suite.
	Stanza                 string
	Args                   []string
	SizeX25519, SizeHybrid int
}

// IsRecord tells a record from a slot.
func (c *Carved) IsRecord() bool { return c.Header.Version > 0 }

// Carve reads the header of the age file that b begins with; b may go on with
// anything. It takes what can be a record or a slot within the caps, and looks
// no further than the next AgeMagic. Errors wrap ErrMalformed, ErrLimit, or, for
// a record of a later version, ErrNewer.
func Carve(b []byte) (Carved, error) {
	b = b[:min(len(b), MaxSlotFile)]
	if len(b) > 0 {
		// A header that another one begins in was overwritten.
		if i := bytes.Index(b[1:], []byte(AgeMagic)); i >= 0 {
			b = b[:1+i]
		}
	}
	n, err := headerLen(b, MaxSlotFile)
	if err != nil {
		return Carved{}, err
	}
	stanzas, err := stanzasOf(b[:n], MaxSlotFile)
	if err != nil {
		return Carved{}, err
	}
	if len(stanzas) == 1 {
		return carveSlot(b[:n], stanzas[0])
	}
	if n > maxHeaderText {
		return Carved{}, fmt.Errorf("%w: header of %d bytes, at most %d", ErrLimit, n, maxHeaderText)
	}
	h, suite, err := parseStanzas(stanzas)
	if err != nil {
		return Carved{}, err
	}
	return Carved{ID: Sum(b[:n]), Suite: suite, Header: h, Size: n + payloadSize(int(h.Size))}, nil
}

func carveSlot(header []byte, s *age.Stanza) (Carved, error) {
	c := Carved{ID: Sum(header), Stanza: s.Type, Args: s.Args}
	c.SizeX25519 = len(header) + payloadSize(slotPlainX25519)
	c.SizeHybrid = len(header) + payloadSize(slotPlainHybrid)
	if c.SizeHybrid > MaxSlotFile {
		return Carved{}, fmt.Errorf("%w: slot of %d bytes, at most %d", ErrLimit, c.SizeHybrid, MaxSlotFile)
	}
	return c, nil
}

// payloadSize is what age makes of n bytes of plaintext.
func payloadSize(n int) int {
	chunks := max(1, (n+chunkSize-1)/chunkSize)
	return streamNonceSize + n + chunks*tagSize
}

// SlotOf is what can be told of a carved slot that no slot table lists: its
// kind, by its stanza, and its public recipient where that is the stanza.
func (c *Carved) SlotOf() Slot {
	s := Slot{Kind: KindPlugin}
	switch c.Stanza {
	case typeScrypt:
		s.Kind = KindPassphrase
	case typeX25519, typeHybrid:
		s.Kind = KindAge
	case "ssh-ed25519", "ssh-rsa":
		s.Kind = KindSSH
	case "tacit-tpm":
		s.Kind = KindTPM
		s.Recipient = c.Stanza
		for _, a := range c.Args {
			s.Recipient += " " + a
		}
	}
	s.Label = s.Kind
	return s
}

// OpenHeader proves the header of a record whose payload does not open: that it
// was sealed with these keys for what it says, and not changed. The errors are
// those of Open.
func (k *Keys) OpenHeader(record []byte) (h Header, err error) {
	erasing(func() { h, err = k.openHeader(record) })
	return h, err
}

func (k *Keys) openHeader(record []byte) (Header, error) {
	end, err := k.begin()
	if err != nil {
		return Header{}, err
	}
	defer end()
	n, err := headerLen(record, maxHeaderText)
	if err != nil {
		return Header{}, err
	}
	o := opener{k: k}
	u := unwrapper{unwrap: o.unwrap}
	fileKey, err := age.DecryptHeader(record[:n], &u)
	switch {
	case u.err != nil:
		return Header{}, u.err
	case err != nil && u.called:
		return Header{}, fmt.Errorf("%w: the MAC of the header does not verify", ErrForged)
	case err != nil:
		return Header{}, fmt.Errorf("%w: not an age file", ErrMalformed)
	}
	clear(fileKey)
	return o.header, nil
}

// CarveHead reads the head that b begins with; b may go on with anything. Until
// CheckSig, CheckMAC or CheckHead returns nil, nobody vouches for it. The errors
// are those of ParseHead.
func CarveHead(b []byte) (*SignedHead, error) {
	n := len(HeadMagic)
	if len(b) < n || string(b[:n]) != HeadMagic {
		return nil, fmt.Errorf("%w: no head", ErrMalformed)
	}
	for range 7 {
		if len(b)-n < 4 {
			return nil, fmt.Errorf("%w: a head that is cut short", ErrMalformed)
		}
		size := binary.BigEndian.Uint32(b[n:])
		if n += 4; uint64(size) > uint64(min(len(b), MaxHead)-n) {
			return nil, fmt.Errorf("%w: a head that is cut short", ErrMalformed)
		}
		n += int(size)
	}
	return ParseHead(b[:n])
}
