package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Charter says who may do what in a group, from its number on. Readers do not
// stand in it: they hold the epoch's identity, and sign nothing.
type Charter struct {
	Group          GroupID       // zero in the first; see ID
	Number         uint64        // from 1
	Prev           crypto.Digest // of the charter before; zero in the first
	Time           int64         // Unix seconds, by the signer's clock
	Label          string        // the group's, [a-z0-9-]{1,40}
	Suite          crypto.Suite  // of all recipients
	Patterns       []string      // of the names that belong to the group; sorted, unique
	Owner          Member
	Heirs, Writers []Member        // sorted by id
	Recovery       *RecoveryPublic // nil for none
	Former         []Dot           // who wrote once, and up to where that counts; sorted
	Epoch          uint64          // from 1
	EpochRecipient crypto.Digest   // RecipientSum of the epoch's recipient
	InboxRecipient crypto.Digest   // RecipientSum of the inbox's recipient
	Beat           uint64          // seconds between two beats of the owner
	Receipts       bool            // members send receipts

	Signer MemberID // the owner, an heir, or Recovery
	Sig    Signature
}

const flagReceipts = 1

const charterFields = 17

// ID is the id of the charter's group.
func (c *Charter) ID() GroupID {
	if c.Number > 1 {
		return c.Group
	}
	return GroupOf(c.Digest())
}

// GroupOf is the id of the group whose first charter has the digest.
func GroupOf(genesis crypto.Digest) GroupID { return GroupID(genesis[:16]) }

// Digest is what stands for the charter. It covers everything in it but the
// signature.
func (c *Charter) Digest() crypto.Digest {
	return crypto.Hash("tacit/1/charter-digest", c.body(), c.Signer[:])
}

// Sign signs the charter as the member with the id. The error is that of
// ParseCharter for a charter that could not be read again.
func (c *Charter) Sign(signer MemberID, key *SigningKey) error {
	c.Signer = signer
	if err := c.check(); err != nil {
		return err
	}
	c.Sig = key.sign(c.signed())
	return nil
}

// Verify tells whether the holder of the key signed the charter. Whether that
// makes it the group's is for the caller to judge by the charter before. The
// error wraps crypto.ErrForged.
func (c *Charter) Verify(key PublicKey) error {
	if !key.verifies(c.signed(), c.Sig) {
		return fmt.Errorf("%w: signature of charter %d", crypto.ErrForged, c.Number)
	}
	return nil
}

// signed is what the signature covers.
func (c *Charter) signed() []byte {
	digest := c.Digest()
	return crypto.Encode("tacit/1/charter-sig", digest[:])
}

// Role is what a member may do by the charter; ok is false for one that does not
// stand in it, which may be a reader.
func (c *Charter) Role(id MemberID) (r Role, ok bool) {
	_, r, ok = c.Find(id)
	return r, ok
}

// Find is the member with the id, and its role; ok is false for one that does not
// stand in the charter.
func (c *Charter) Find(id MemberID) (m Member, r Role, ok bool) {
	is := func(m Member) bool { return m.ID == id }
	if is(c.Owner) {
		return c.Owner, Owner, true
	}
	if i := slices.IndexFunc(c.Heirs, is); i >= 0 {
		return c.Heirs[i], Heir, true
	}
	if i := slices.IndexFunc(c.Writers, is); i >= 0 {
		return c.Writers[i], Writer, true
	}
	return Member{}, 0, false
}

// Left is how far the feed of a former member counts; ok is false for one that
// never left.
func (c *Charter) Left(id MemberID) (d Dot, ok bool) { return Seen(c.Former).Of(id) }

// Signers are the owner, the heirs and the writers.
func (c *Charter) Signers() []Member {
	return append(append([]Member{c.Owner}, c.Heirs...), c.Writers...)
}

func (c *Charter) body() []byte {
	var flags uint64
	if c.Receipts {
		flags = flagReceipts
	}
	return crypto.Encode("tacit/1/charter",
		c.Group[:], crypto.Number(c.Number), c.Prev[:], crypto.Number(uint64(c.Time)),
		[]byte(c.Label), []byte(c.Suite), crypto.EncodeList("tacit/1/patterns", c.Patterns),
		c.Owner.encode(), encodeMembers("tacit/1/heirs", c.Heirs), encodeMembers("tacit/1/writers", c.Writers),
		c.Recovery.encode(), encodeDots("tacit/1/former", c.Former),
		crypto.Number(c.Epoch), c.EpochRecipient[:], c.InboxRecipient[:],
		crypto.Number(c.Beat), crypto.Number(flags))
}

func encodeMembers(label string, members []Member) []byte {
	list := make([][]byte, len(members))
	for i := range members {
		list[i] = members[i].encode()
	}
	return crypto.Encode(label, list...)
}

// Marshal is the charter as it is kept and sent.
func (c *Charter) Marshal() []byte {
	b := c.body()
	b = append(b, c.Signer[:]...)
	return append(b, c.Sig[:]...)
}

// ParseCharter reads a charter. It takes only bytes that Marshal could have made,
// and authenticates nothing. Errors wrap crypto.ErrMalformed, ErrLimit or ErrNewer.
func ParseCharter(b []byte) (*Charter, error) {
	if len(b) > MaxCharter {
		return nil, fmt.Errorf("%w: charter of %d bytes, at most %d", crypto.ErrLimit, len(b), MaxCharter)
	}
	c := &Charter{}
	n := len(b) - len(c.Signer) - len(c.Sig)
	if n < 0 {
		return nil, fmt.Errorf("%w: the charter is cut short", crypto.ErrMalformed)
	}
	if err := c.readBody(b[:n]); err != nil {
		return nil, err
	}
	copy(c.Signer[:], b[n:])
	copy(c.Sig[:], b[n+len(c.Signer):])
	if err := c.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(c.Marshal(), b) {
		return nil, fmt.Errorf("%w: charter is not in its canonical form", crypto.ErrMalformed)
	}
	return c, nil
}

func (c *Charter) readBody(b []byte) error {
	var flags uint64
	f := crypto.ReadFields("tacit/1/charter", b, charterFields)
	f.Fixed(c.Group[:])
	f.Number(&c.Number)
	f.Fixed(c.Prev[:])
	f.Time(&c.Time)
	c.Label = string(f.Next())
	c.Suite = crypto.Suite(f.Next())
	c.Patterns = f.List("tacit/1/patterns", MaxPatterns)
	c.Owner = readMember(&f)
	c.Heirs = readMembers(&f, "tacit/1/heirs")
	c.Writers = readMembers(&f, "tacit/1/writers")
	c.Recovery = readRecovery(&f)
	c.Former = readDots(&f, "tacit/1/former", MaxFormer)
	f.Number(&c.Epoch)
	f.Fixed(c.EpochRecipient[:])
	f.Fixed(c.InboxRecipient[:])
	f.Number(&c.Beat)
	f.Number(&flags)
	if err := f.End(); err != nil {
		return err
	}
	if flags > flagReceipts {
		return fmt.Errorf("%w: flags %d of a charter", crypto.ErrNewer, flags)
	}
	c.Receipts = flags == flagReceipts
	return nil
}

func readMember(f *crypto.Fields) Member {
	b := f.Next()
	if f.Err() != nil {
		return Member{}
	}
	m, err := parseMember(b)
	f.Fail(err)
	return m
}

func readMembers(f *crypto.Fields, label string) (members []Member) {
	readList(f, label, MaxSigners, func(b []byte) error {
		m, err := parseMember(b)
		members = append(members, m)
		return err
	})
	return members
}

// check refuses a charter that nobody could have written.
func (c *Charter) check() error {
	first := c.Number == 1
	switch {
	case c.Number < 1 || c.Number > crypto.MaxCount:
		return fmt.Errorf("%w: charter %d", crypto.ErrMalformed, c.Number)
	case (c.Group == GroupID{}) != first, c.Prev.IsZero() != first:
		return fmt.Errorf("%w: what charter %d follows", crypto.ErrMalformed, c.Number)
	case !crypto.IsLabel(c.Label):
		return fmt.Errorf("%w: label of a group: 1 to 40 of a to z, 0 to 9 and -", crypto.ErrMalformed)
	case c.Suite != crypto.X25519 && c.Suite != crypto.Hybrid:
		return fmt.Errorf("%w: suite of group %s", crypto.ErrNewer, c.Label)
	case c.Epoch < 1 || c.Epoch > c.Number:
		return fmt.Errorf("%w: epoch %d of charter %d", crypto.ErrMalformed, c.Epoch, c.Number)
	case c.Beat < MinBeat || c.Beat > MaxBeat:
		return fmt.Errorf("%w: %d seconds between beats, %d to %d", crypto.ErrLimit, c.Beat, MinBeat, MaxBeat)
	}
	if err := checkTime(c.Time); err != nil {
		return err
	}
	if err := checkPatterns(c.Patterns); err != nil {
		return err
	}
	return c.checkMembers()
}

// checkPatterns refuses what is no list of patterns of names.
func checkPatterns(patterns []string) error {
	if len(patterns) < 1 || len(patterns) > MaxPatterns {
		return fmt.Errorf("%w: %d patterns, 1 to %d", crypto.ErrLimit, len(patterns), MaxPatterns)
	}
	for i, p := range patterns {
		switch {
		case len(p) < 1 || len(p) > maxPattern || !isPrintable(p):
			return fmt.Errorf("%w: a pattern has 1 to %d printable characters", crypto.ErrMalformed, maxPattern)
		case i > 0 && patterns[i-1] >= p:
			return fmt.Errorf("%w: patterns are not sorted and unique", crypto.ErrMalformed)
		}
	}
	return nil
}

// checkMembers refuses members that are not told apart, or not of the suite.
func (c *Charter) checkMembers() error {
	if n := len(c.Heirs) + len(c.Writers); n > MaxSigners {
		return fmt.Errorf("%w: %d heirs and writers, at most %d", crypto.ErrLimit, n, MaxSigners)
	}
	if !sortedByID(c.Heirs) || !sortedByID(c.Writers) {
		return fmt.Errorf("%w: members of a charter are not sorted", crypto.ErrMalformed)
	}
	if err := checkDots(c.Former, MaxFormer, 0); err != nil {
		return err
	}
	ids, labels, keys := map[MemberID]bool{}, map[string]bool{}, map[PublicKey]bool{}
	for _, d := range c.Former {
		ids[d.Member] = true
	}
	if c.Recovery != nil {
		keys[c.Recovery.Key] = true
		if err := c.Recovery.check(c.Suite); err != nil {
			return err
		}
	}
	for _, m := range c.Signers() {
		if err := m.check(); err != nil {
			return err
		}
		if suite, _ := crypto.RecipientSuite(m.Recipient); suite != c.Suite {
			return fmt.Errorf("%w: member %s is of another suite than the group", crypto.ErrMalformed, m.Label)
		}
		if ids[m.ID] || labels[m.Label] || keys[m.Key] {
			return fmt.Errorf("%w: member %s stands in the charter twice", crypto.ErrMalformed, m.Label)
		}
		ids[m.ID], labels[m.Label], keys[m.Key] = true, true, true
	}
	return nil
}

func sortedByID(members []Member) bool {
	return slices.IsSortedFunc(members, func(a, b Member) int { return strings.Compare(string(a.ID[:]), string(b.ID[:])) })
}
