package crypto

import (
	"errors"
	"strings"
	"testing"
)

func TestHeaderValidate(t *testing.T) {
	good := testHeader(5)
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Header)
		want   error
	}{
		"name":           {func(h *Header) { h.Name = "a b" }, ErrMalformed},
		"name of ours":   {func(h *Header) { h.Name = ".a" }, nil},
		"version 0":      {func(h *Header) { h.Version = 0 }, ErrLimit},
		"version":        {func(h *Header) { h.Version = MaxCount + 1 }, ErrLimit},
		"seq 0":          {func(h *Header) { h.Seq = 0 }, ErrLimit},
		"seq":            {func(h *Header) { h.Seq = MaxCount + 1 }, ErrLimit},
		"kind 0":         {func(h *Header) { h.Kind = 0 }, ErrMalformed},
		"kind 5":         {func(h *Header) { h.Kind = 5 }, ErrMalformed},
		"size":           {func(h *Header) { h.Size = MaxPlaintext + 1 }, ErrLimit},
		"size below 0":   {func(h *Header) { h.Size = -1 }, ErrLimit},
		"gone":           {func(h *Header) { h.Kind = Gone }, ErrMalformed},
		"gone, empty":    {func(h *Header) { h.Kind, h.Size = Gone, 0 }, nil},
		"before 1970":    {func(h *Header) { h.Updated = -1 }, ErrLimit},
		"after 9999":     {func(h *Header) { h.Updated = MaxUpdated + 1 }, ErrLimit},
		"not sorted":     {func(h *Header) { h.Attrs = []Attr{{"b", ""}, {"a", ""}} }, ErrMalformed},
		"twice":          {func(h *Header) { h.Attrs = []Attr{{"a", ""}, {"a", "x"}} }, ErrMalformed},
		"critical":       {func(h *Header) { h.Attrs = []Attr{{"oneTime", ""}} }, ErrNewer},
		"attribute name": {func(h *Header) { h.Attrs = []Attr{{"a=b", ""}} }, ErrMalformed},
		"encoded value":  {func(h *Header) { h.Attrs = []Attr{{"a", strings.Repeat(" ", 86)}} }, ErrLimit},
		"many":           {func(h *Header) { h.Attrs = make([]Attr, MaxAttrs+1) }, ErrLimit},
	} {
		h := good
		c.change(&h)
		if err := h.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Seal makes nothing that Open would refuse.
func TestSealLimits(t *testing.T) {
	for _, suite := range suites {
		_, k := newKeys(t, suite)
		h := testHeader(0)
		h.Attrs = nil
		for _, name := range "abcdefghi" {
			h.Attrs = append(h.Attrs, Attr{string(name), strings.Repeat("v", 140)})
		}
		for n := range maxAttrValue {
			h.Attrs[8].Value = strings.Repeat("v", n)
			record, err := k.Seal(h, nil)
			if err != nil {
				if !errors.Is(err, ErrLimit) {
					t.Errorf("%s: %v", suite, err)
				}
				if n < 100 {
					t.Errorf("%s: the cap comes at %d already", suite, n)
				}
				break
			}
			if n == maxAttrValue-1 {
				t.Errorf("%s: no cap", suite)
			}
			if n%16 == 0 || n > 120 {
				if _, _, err := k.Open(record); err != nil {
					t.Fatalf("%s: Seal makes a record that Open refuses: %v", suite, err)
				}
			}
		}
		if _, err := k.Seal(testHeader(4), []byte("value")); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: another size than the header's: %v", suite, err)
		}
	}
}

func TestLargest(t *testing.T) {
	_, k := newKeys(t, X25519)
	h := testHeader(MaxPlaintext)
	record, err := k.Seal(h, make([]byte, MaxPlaintext))
	if err != nil {
		t.Fatal(err)
	}
	if len(record) > MaxRecord {
		t.Errorf("the largest record has %d bytes, MaxRecord is %d", len(record), MaxRecord)
	}
	if _, plaintext, err := k.Open(record); err != nil || len(plaintext) != MaxPlaintext {
		t.Error(err)
	}
	large := make([]byte, MaxRecord+1)
	if _, _, err := k.Open(append(record, large...)); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if _, err := ParseRecord(large); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if _, err := k.Seal(testHeader(MaxPlaintext+1), make([]byte, MaxPlaintext+1)); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
}

func TestKinds(t *testing.T) {
	for k := Kind(0); k < 10; k++ {
		back, err := ParseKind(k.String())
		if k.Valid() != (err == nil) || k.Valid() && back != k {
			t.Errorf("%s: %v", k, err)
		}
	}
}
