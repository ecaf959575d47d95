package bundle_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

func someItems(n, size int) []bundle.Item {
	items := make([]bundle.Item, n)
	for i := range items {
		items[i] = bundle.Item{Name: fmt.Sprintf("N%05d", i), Version: 1, Kind: crypto.Bytes, Value: make([]byte, size)}
	}
	return items
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	h := bundle.Head{Group: c.genesis.ID(), Member: c.writer.ID, Seq: 1, Charter: c.newest.Digest(), Epoch: 1}
	to := recipient(t, c.epoch)
	for _, x := range []struct {
		name  string
		items []bundle.Item
		want  error
	}{
		{"as many as there may be", someItems(bundle.MaxItems, 10), nil},
		{"one too many", someItems(bundle.MaxItems+1, 10), crypto.ErrLimit},
		{"one large value", someItems(1, 3<<20), nil},
		{"a value too large", someItems(1, crypto.MaxPlaintext+1), crypto.ErrLimit},
		{"two large values", someItems(2, bundle.MaxBody/2), crypto.ErrLimit},
		{"below the target", someItems(10, bundle.Target/10-200), nil},
	} {
		data, _, err := bundle.Seal(h, &bundle.Changes{Items: x.items}, to, c.writer.sign)
		if !errors.Is(err, x.want) {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if err != nil {
			continue
		}
		b, err := bundle.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		if _, err := b.Open(opener(t, c.epoch)); err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		if x.name == "below the target" && len(data) > 700<<10 {
			t.Errorf("a bundle of %d bytes is above 700 KiB", len(data))
		}
	}
}

// What is too large is refused before it is looked at.
func TestLimitsBeforeWork(t *testing.T) {
	t.Parallel()
	if _, err := bundle.Parse(make([]byte, bundle.MaxBundle+1)); !errors.Is(err, crypto.ErrLimit) {
		t.Error(err)
	}
	if _, err := bundle.Parse([]byte("tacit-bundle 1\n\xff\xff\xff\xff")); !errors.Is(err, crypto.ErrLimit) {
		t.Error(err)
	}
	if _, err := bundle.Parse([]byte("tacit-bundle 2\n")); !errors.Is(err, crypto.ErrNewer) {
		t.Error(err)
	}
	if _, err := bundle.ParseCharter(make([]byte, bundle.MaxCharter+1)); !errors.Is(err, crypto.ErrLimit) {
		t.Error(err)
	}
	if _, err := bundle.ParseInvite("tacit1:" + string(make([]byte, 5000))); !errors.Is(err, crypto.ErrLimit) {
		t.Error(err)
	}
	if _, err := bundle.ParseInbox(make([]byte, 5000), crypto.Digest{}); !errors.Is(err, crypto.ErrLimit) {
		t.Error(err)
	}
}

func TestPadding(t *testing.T) {
	t.Parallel()
	for n := range 70_000 {
		size := bundle.PaddedSize(n)
		switch {
		case size < n, n > 0 && size < bundle.PaddedSize(n-1):
			t.Fatalf("%d is padded to %d", n, size)
		case n <= 4096 && size%256 != 0, n > 0 && n <= 4096 && size-n >= 256, n > 4096 && float64(size) > 1.12*float64(n):
			t.Fatalf("%d is padded to %d", n, size)
		}
	}
	for n, want := range map[int]int{0: 256, 1: 256, 256: 256, 257: 512, 4096: 4096, 4097: 4352, 5000: 5120, 65536: 65536, 65537: 67584, 1 << 20: 1 << 20, 1<<20 + 1: 1<<20 + 1<<15} {
		if got := bundle.PaddedSize(n); got != want {
			t.Errorf("%d is padded to %d, must be %d", n, got, want)
		}
	}
	for _, n := range []int{0, 1, 252, 253, 4092, 4093, 70_000} {
		plaintext := bytes.Repeat([]byte{0xa5}, n)
		padded := bundle.Pad(plaintext)
		if got, err := bundle.Unpad(padded); err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if n < 4092 {
			padded[len(padded)-1] = 1
			if _, err := bundle.Unpad(padded); n != 252 && !errors.Is(err, crypto.ErrMalformed) {
				t.Errorf("%d bytes, with something in the padding: %v", n, err)
			}
		}
		if _, err := bundle.Unpad(append(bundle.Pad(plaintext), make([]byte, 256)...)); !errors.Is(err, crypto.ErrMalformed) {
			t.Errorf("%d bytes, with more padding than needed: %v", n, err)
		}
	}
}

// The sizes that a writer of bundles reckons with are right.
func TestItemSize(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	for _, s := range c.samples() {
		switch content := s.content.(type) {
		case *bundle.Changes:
			less := *content
			less.Items = content.Items[1:]
			if got := len(bundle.Plaintext(bundle.Head{}, content)) - len(bundle.Plaintext(bundle.Head{}, &less)); got != content.Items[0].Size() {
				t.Errorf("an item of %d bytes says that it has %d", got, content.Items[0].Size())
			}
		case *bundle.CheckpointPart:
			less := *content
			less.Items = content.Items[1:]
			if got := len(bundle.Plaintext(bundle.Head{}, content)) - len(bundle.Plaintext(bundle.Head{}, &less)); got != content.Items[0].Size() {
				t.Errorf("an item of %d bytes says that it has %d", got, content.Items[0].Size())
			}
		}
	}
}

// A charter that cannot be is neither signed nor read.
func TestBadCharters(t *testing.T) {
	t.Parallel()
	c := newCast(t, crypto.X25519)
	hybrid := newParty(t, "quantum", crypto.Hybrid)
	for name, x := range map[string]struct {
		change func(*bundle.Charter)
		want   error
	}{
		"no number":                {func(c *bundle.Charter) { c.Number = 0 }, crypto.ErrMalformed},
		"first with a group":       {func(c *bundle.Charter) { c.Number = 1 }, crypto.ErrMalformed},
		"follows nothing":          {func(c *bundle.Charter) { c.Prev = crypto.Digest{} }, crypto.ErrMalformed},
		"label":                    {func(c *bundle.Charter) { c.Label = "Cameras" }, crypto.ErrMalformed},
		"suite":                    {func(c *bundle.Charter) { c.Suite = "rot13" }, crypto.ErrNewer},
		"no patterns":              {func(c *bundle.Charter) { c.Patterns = nil }, crypto.ErrLimit},
		"patterns unsorted":        {func(c *bundle.Charter) { c.Patterns = []string{"B", "A"} }, crypto.ErrMalformed},
		"pattern with a newline":   {func(c *bundle.Charter) { c.Patterns = []string{"A\n"} }, crypto.ErrMalformed},
		"epoch 0":                  {func(c *bundle.Charter) { c.Epoch = 0 }, crypto.ErrMalformed},
		"more epochs than numbers": {func(c *bundle.Charter) { c.Epoch = 3 }, crypto.ErrMalformed},
		"beat":                     {func(c *bundle.Charter) { c.Beat = 1 }, crypto.ErrLimit},
		"time":                     {func(c *bundle.Charter) { c.Time = -1 }, crypto.ErrMalformed},
		"owner is heir":            {func(ch *bundle.Charter) { ch.Heirs = []bundle.Member{c.owner.Member} }, crypto.ErrMalformed},
		"owner left":               {func(ch *bundle.Charter) { ch.Former = []bundle.Dot{{Member: c.owner.ID}} }, crypto.ErrMalformed},
		"label twice":              {func(ch *bundle.Charter) { ch.Writers = slices.Clone(ch.Writers); ch.Writers[0].Label = "ada" }, crypto.ErrMalformed},
		"key twice":                {func(ch *bundle.Charter) { ch.Writers = slices.Clone(ch.Writers); ch.Writers[0].Key = c.owner.Key }, crypto.ErrMalformed},
		"another suite":            {func(ch *bundle.Charter) { ch.Writers = []bundle.Member{hybrid.Member} }, crypto.ErrMalformed},
		"former of no digest":      {func(ch *bundle.Charter) { ch.Former = []bundle.Dot{{Member: c.reader.ID, Seq: 3}} }, crypto.ErrMalformed},
		"too many writers": {func(ch *bundle.Charter) {
			ch.Writers = nil
			for i := range bundle.MaxSigners {
				ch.Writers = append(ch.Writers, newParty(t, fmt.Sprintf("w%d", i), crypto.X25519).Member)
			}
			slices.SortFunc(ch.Writers, func(a, b bundle.Member) int { return bytes.Compare(a.ID[:], b.ID[:]) })
		}, crypto.ErrLimit},
	} {
		next := *c.newest
		x.change(&next)
		if err := next.Sign(c.owner.ID, c.owner.sign); !errors.Is(err, x.want) {
			t.Errorf("%s: signed: %v", name, err)
		}
		next.Sig = bundle.Signature{}
		if _, err := bundle.ParseCharter(next.Marshal()); !errors.Is(err, x.want) {
			t.Errorf("%s: read: %v", name, err)
		}
	}
}
