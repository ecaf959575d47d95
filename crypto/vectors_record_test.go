package crypto

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// base64Bytes are base64 in JSON: of whole files.
type base64Bytes []byte

func (b base64Bytes) MarshalText() ([]byte, error) {
	return []byte(base64.StdEncoding.EncodeToString(b)), nil
}

func (b *base64Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.DecodeString(string(text))
	return err
}

// recordVector is a record and what a reader with the vector keys makes of it.
type recordVector struct {
	Name   string      `json:"name"`
	Suite  Suite       `json:"suite"`
	Parse  string      `json:"parseError,omitempty"` // of a reader without the keys
	Open   string      `json:"openError,omitempty"`  // of a reader with the keys
	Record base64Bytes `json:"record"`

	Good *goodRecord `json:"good,omitempty"`
}

// goodRecord is how a record that opens was made.
type goodRecord struct {
	Args      []string    `json:"args"`
	FileKey   hexBytes    `json:"fileKey"`
	Nonce     hexBytes    `json:"nonce"`
	Bound     hexBytes    `json:"bound"` // what the binding is the MAC of
	Binding   hexBytes    `json:"binding"`
	Plaintext base64Bytes `json:"plaintext"`
	SHA256    hexBytes    `json:"sha256"` // of the record
}

// forgery is a record in the making. What a case changes comes out as a record
// by somebody who has the identity, and K_bind too where keys are set.
type forgery struct {
	ageFile
	name      string
	keys      *Keys
	own       *age.Stanza
	args      []string
	binding   []byte                                    // nil: the right one, of the args
	arrange   func(own, ours *age.Stanza) []*age.Stanza // nil: own, ours
	afterward func(file []byte) []byte                  // nil: as it is
}

func newForgery(t testing.TB, name string, suite Suite) *forgery {
	t.Helper()
	k := vectorKeysOf(t, suite)
	f := &forgery{name: name, keys: k}
	f.nonce = fixed("nonce", name, streamNonceSize)
	if suite == Hybrid {
		v := readHybridVector(t)
		f.fileKey, f.own = v.FileKey, v.stanza()
	} else {
		f.fileKey = fixed("file key", name, fileKeySize)
		f.own = x25519Stanza(t, k.point, fixed("ephemeral", name, 32), f.fileKey)
	}
	f.plaintext = []byte("value")
	f.args = vectorHeader(f.plaintext).args()
	return f
}

func vectorHeader(plaintext []byte) Header {
	return Header{
		Name: "API_KEY", Version: 3, Seq: 17, Replica: Replica{1, 2, 3, 4, 5, 6, 7, 8},
		Kind: Text, Size: int64(len(plaintext)), Updated: 1767225600, Prev: Sum([]byte("the version before")),
	}
}

func (f *forgery) record(t testing.TB) []byte {
	t.Helper()
	mac := f.binding
	if mac == nil {
		mac = f.keys.binding(f.args, f.fileKey)
	}
	ours := &age.Stanza{Type: "tacit", Args: f.args, Body: mac}
	f.stanzas = []*age.Stanza{f.own, ours}
	if f.arrange != nil {
		f.stanzas = f.arrange(f.own, ours)
	}
	file := f.marshal(t)
	if f.afterward != nil {
		file = f.afterward(file)
	}
	return file
}

func makeRecordVectors(t testing.TB) (made []recordVector) {
	for _, suite := range suites {
		for _, c := range goodRecords() {
			if len(c.plaintext) > chunkSize && suite == Hybrid {
				continue // 180 KiB for nothing new
			}
			f := newForgery(t, c.name, suite)
			f.plaintext, f.args = c.plaintext, c.header.args()
			fields := [][]byte{f.keys.id[:]}
			for _, a := range f.args {
				fields = append(fields, []byte(a))
			}
			record := f.record(t)
			sum := Sum(record)
			made = append(made, recordVector{Name: c.name, Suite: suite, Record: record, Good: &goodRecord{
				Args: f.args, FileKey: f.fileKey, Nonce: f.nonce,
				Bound: Encode("tacit/1/bind", append(fields, f.fileKey)...), Binding: f.stanzas[1].Body,
				Plaintext: f.plaintext, SHA256: sum[:],
			}})
		}
	}
	for _, c := range badRecords() {
		for _, suite := range suites {
			if c.suite != "" && c.suite != suite {
				continue
			}
			f := newForgery(t, c.name, suite)
			c.change(t, f)
			made = append(made, recordVector{Name: c.name, Suite: suite, Parse: c.parse, Open: c.open, Record: f.record(t)})
		}
	}
	return made
}

func TestRecordVectors(t *testing.T) {
	compareVectors(t, "record.json", makeRecordVectors(t))
	var kept []recordVector
	readVectors(t, "record.json", &kept)
	for _, v := range kept {
		t.Run(string(v.Suite)+"/"+v.Name, func(t *testing.T) {
			h, err := ParseRecord(v.Record)
			if errorName(err) != v.Parse {
				t.Errorf("ParseRecord: %v, must be %q", err, v.Parse)
			}
			opened, plaintext, err := vectorKeysOf(t, v.Suite).Open(v.Record)
			if errorName(err) != v.Open {
				t.Errorf("Open: %v, must be %q", err, v.Open)
			}
			if err != nil {
				if plaintext != nil || opened.Name != "" {
					t.Error("something comes with the error")
				}
				return
			}
			if v.Good == nil {
				t.Fatal("it opens")
			}
			if !slices.Equal(h.args(), v.Good.Args) || !slices.Equal(opened.args(), v.Good.Args) {
				t.Error("another header")
			}
			if !bytes.Equal(plaintext, v.Good.Plaintext) {
				t.Error("another plaintext")
			}
			identity := vectorX25519
			if v.Suite == Hybrid {
				identity = vectorHybrid
			}
			ids, err := age.ParseIdentities(strings.NewReader(identity))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(ageOpen(t, v.Record, ids...), v.Good.Plaintext) {
				t.Error("age gives another plaintext")
			}
		})
	}
}

type goodCase struct {
	name      string
	header    Header
	plaintext []byte
}

func goodRecords() []goodCase {
	made := func(name string, plaintext string, change func(*Header)) goodCase {
		h := vectorHeader([]byte(plaintext))
		if change != nil {
			change(&h)
		}
		return goodCase{name, h, []byte(plaintext)}
	}
	return []goodCase{
		made("text", "value", nil),
		made("empty text", "", nil),
		made("json", `{"a":1.50,"b":"é"}`, func(h *Header) { h.Kind = JSON }),
		made("bytes", "\x00\xff\n", func(h *Header) { h.Kind = Bytes }),
		made("gone", "", func(h *Header) { h.Kind = Gone }),
		made("first version", "value", func(h *Header) { h.Version, h.Seq, h.Prev = 1, 1, Digest{} }),
		made("a name of ours", "value", func(h *Header) { h.Name = ".exposed" }),
		made("greatest numbers", "value", func(h *Header) {
			h.Name = strings.Repeat("n", MaxName)
			h.Version, h.Seq, h.Updated = MaxCount, MaxCount, MaxUpdated
		}),
		made("attributes", "value", func(h *Header) {
			h.Attrs = []Attr{{"a", ""}, {"note", "a b=c%/€\n\x00"}, {"url-1", "https://example.com/~x?y"}}
		}),
		made("most attributes", "value", func(h *Header) {
			for i := range MaxAttrs {
				h.Attrs = append(h.Attrs, Attr{Name: string(rune('a' + i)), Value: strings.Repeat("v", i)})
			}
		}),
		made("longest attribute", "value", func(h *Header) {
			h.Attrs = []Attr{{strings.Repeat("n", maxAttrName), strings.Repeat("v", maxAttrValue)}}
		}),
		made("two chunks", strings.Repeat("x", chunkSize+1), nil),
	}
}
