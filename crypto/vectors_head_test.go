package crypto

import (
	"errors"
	"testing"
)

// headVector is a head. In what has to be refused, only the bytes and the class
// of the error stand.
type headVector struct {
	Name   string    `json:"name"`
	Error  string    `json:"error,omitempty"`
	Fields *headForm `json:"fields,omitempty"`
	Body   hexBytes  `json:"body,omitempty"`
	Digest hexBytes  `json:"digest,omitempty"`
	MAC    hexBytes  `json:"mac,omitempty"`
	Sig    hexBytes  `json:"sig,omitempty"`
	Log    hexBytes  `json:"log,omitempty"`
	Stored hexBytes  `json:"z"`
}

type pointVector struct {
	Seq    uint64   `json:"seq"`
	Digest hexBytes `json:"digest"`
}

func vectorPoint(p Point) pointVector { return pointVector{p.Seq, p.Digest[:]} }

// headForm is the fields of a head of format 1.
type headForm struct {
	Vault        string       `json:"vault"`
	Format       uint64       `json:"format"`
	Suite        Suite        `json:"suite"`
	Incompatible []string     `json:"incompatible"`
	Compatible   []string     `json:"compatible"`
	VaultFile    hexBytes     `json:"vaultFile"`
	Pin          string       `json:"pin"`
	Seq          uint64       `json:"seq"`
	Time         int64        `json:"time"`
	Root         hexBytes     `json:"root"`
	Names        uint64       `json:"names"`
	Gone         uint64       `json:"gone"`
	Records      uint64       `json:"records"`
	NextSlot     uint32       `json:"nextSlot"`
	Slots        []slotFields `json:"slots"`
	Policy       []string     `json:"policy"`
	Prev         pointVector  `json:"prev"`
	Skip         pointVector  `json:"skip"`
}

type slotFields struct {
	ID        uint32   `json:"id"`
	Label     string   `json:"label"`
	Kind      string   `json:"kind"`
	Created   int64    `json:"created"`
	Sum       hexBytes `json:"sum"`
	Recipient string   `json:"recipient"`
}

func vectorFields(h *Head) *headForm {
	slots := []slotFields{}
	for _, s := range h.Slots {
		slots = append(slots, slotFields{s.ID, s.Label, s.Kind, s.Created, s.Sum[:], s.Recipient})
	}
	return &headForm{
		h.Vault.String(), h.Format, h.Suite, append([]string{}, h.Incompatible...), append([]string{}, h.Compatible...),
		h.VaultFile[:], h.Pin.String(), h.Seq, h.Time, h.Root[:], h.Names, h.Gone, h.Records, h.NextSlot,
		slots, policyList(h.Policy), vectorPoint(h.Prev), vectorPoint(h.Skip),
	}
}

func TestHeadVectors(t *testing.T) {
	var good, bad []headVector
	for _, suite := range suites {
		k := vectorKeysOf(t, suite)
		root, _ := EmptyTree()
		first := &Head{
			Vault: k.id, Format: Format, Suite: suite, VaultFile: Sum([]byte("VAULT")), Pin: k.Pin(),
			Seq: 1, Time: 1_767_225_600, Root: root, NextSlot: 2,
			Slots:  []Slot{{ID: 1, Label: "first", Kind: "passphrase", Created: 1_767_225_600, Sum: Sum([]byte("slot"))}},
			Policy: map[string]uint64{PolicyMaxValue: 10_000, PolicyHistory: 10},
		}
		good = append(good,
			goodHead(t, k, string(suite)+", first", first),
			goodHead(t, k, string(suite)+", every field", fullHead(k)))
	}
	k := vectorKeysOf(t, X25519)
	for _, c := range badHeads() {
		h := fullHead(k).clone()
		c.change(h)
		z := signAnyway(t, k, h, h.body())
		_, err := ParseHead(z)
		bad = append(bad, headVector{Name: c.name, Error: errorName(err), Stored: z})
	}
	compareVectors(t, "head-good.json", good)
	compareVectors(t, "head-bad.json", bad)
	for _, v := range bad {
		if v.Error == "" {
			t.Errorf("%s is taken", v.Name)
		}
	}
}

func goodHead(t *testing.T, k *Keys, name string, h *Head) headVector {
	t.Helper()
	z, err := k.Sign(h)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseHead(z)
	if err != nil {
		t.Fatal(err)
	}
	digest := h.Digest()
	return headVector{
		Name: name, Fields: vectorFields(h), Body: h.body(), Digest: digest[:],
		MAC: s.mac[:], Sig: s.sig[:], Log: h.Log(), Stored: z,
	}
}

// chainVector is a chain of heads that differ in seq and ancestors only.
type chainVector struct {
	First   *headForm      `json:"first"`
	Commits []commitVector `json:"commits"`
}

type commitVector struct {
	Seq    uint64   `json:"seq"`
	Prev   uint64   `json:"prev"`
	Skip   uint64   `json:"skip"`
	Digest hexBytes `json:"digest"`
	Log    hexBytes `json:"log"`
}

func TestChainVectors(t *testing.T) {
	h := newHistory()
	made := chainVector{First: vectorFields(&h.head)}
	for _, seq := range []uint64{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 17, 18, 19, 20, 24, 40, 41, 42, 44, 48} {
		h.commit(t, seq, 0)
		digest := h.head.Digest()
		made.Commits = append(made.Commits, commitVector{seq, h.head.Prev.Seq, h.head.Skip.Seq, digest[:], h.head.Log()})
	}
	compareVectors(t, "chain-log.json", made)
}

type linkVector struct {
	Vault  string   `json:"vault"`
	Seq    uint64   `json:"seq"`
	Prev   hexBytes `json:"prev"`
	Old    string   `json:"old"`
	New    string   `json:"new"`
	Signed hexBytes `json:"signed"`
	Sig    hexBytes `json:"sig"`
	Stored hexBytes `json:"link"`
}

func TestLinkVectors(t *testing.T) {
	l, _ := testLink(t)
	compareVectors(t, "chain-link.json", linkVector{
		l.Vault.String(), l.Seq, l.Prev[:], l.Old.String(), l.New.String(), l.signed(), l.Sig[:], l.Marshal(),
	})
	bad := l
	bad.Sig[0] ^= 1
	if err := bad.Check(); !errors.Is(err, ErrForged) {
		t.Error(err)
	}
}
