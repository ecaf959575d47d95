package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

var update = flag.Bool("update", false, "write testdata/vectors/backup.json anew")

// vector is a backup and what it says, or the class of error that it gets.
type vector struct {
	Name  string `json:"name"`
	File  []byte `json:"file"`
	Error string `json:"error,omitempty"` // of a reader without keys
	MAC   string `json:"mac,omitempty"`   // "wrong": a reader with the keys refuses it

	Vault   string  `json:"vault,omitempty"`
	Head    string  `json:"head,omitempty"` // digest
	Base    string  `json:"base,omitempty"` // digest of its head
	Slots   int     `json:"slots,omitempty"`
	Logs    int     `json:"logs,omitempty"`
	Links   int     `json:"links,omitempty"`
	Names   uint64  `json:"names,omitempty"`
	Records uint64  `json:"records,omitempty"`
	Sum     *string `json:"sha256,omitempty"` // of every byte before the end
}

func readJSON(t testing.TB, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "vectors", name))
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// inputs are fixed parts, out of the other vectors.
type inputs struct {
	keys    *crypto.Keys
	vault   []byte
	slot    []byte
	records map[string][]byte
}

func fixedInputs(t testing.TB) (in inputs) {
	t.Helper()
	var keys []struct{ Suite, Identity, Vault string }
	readJSON(t, "keys.json", &keys)
	identity, err := crypto.ParseIdentity(keys[0].Identity)
	if err != nil {
		t.Fatal(err)
	}
	id, err := crypto.ParseID(keys[0].Vault)
	if err != nil {
		t.Fatal(err)
	}
	if in.keys, err = identity.Unlock(id); err != nil {
		t.Fatal(err)
	}
	in.vault = crypto.VaultFile{ID: id}.Marshal()
	var slots struct {
		Slots []struct {
			Name string
			File []byte
		}
	}
	readJSON(t, "slot.json", &slots)
	var records []struct {
		Name, Suite string
		Record      []byte
	}
	readJSON(t, "record.json", &records)
	in.records = map[string][]byte{}
	for _, r := range records {
		if r.Suite == "x25519" && in.records[r.Name] == nil {
			in.records[r.Name] = r.Record
		}
	}
	for _, s := range slots.Slots {
		if s.Name == "recipient" {
			in.slot = s.File
		}
	}
	if in.slot == nil {
		t.Fatal("no slot")
	}
	return in
}

// heads is a chain of three heads, the last over entries.
func (in inputs) heads(t testing.TB, entries []crypto.Entry) (last, middle *crypto.SignedHead, z []byte, log [][]byte) {
	t.Helper()
	root, leaf := crypto.EmptyTree()
	h := crypto.Head{
		Vault: in.keys.ID(), Format: crypto.Format, Suite: in.keys.Suite(), VaultFile: crypto.Sum(in.vault), Pin: in.keys.Pin(),
		Seq: 1, Time: 1_767_225_600, Root: root, NextSlot: 2, Policy: map[string]uint64{},
		Slots: []crypto.Slot{{ID: 1, Label: "identity", Kind: crypto.KindAge, Sum: crypto.Sum(in.slot)}},
	}
	sign := func() *crypto.SignedHead {
		var err error
		if z, err = in.keys.Sign(&h); err != nil {
			t.Fatal(err)
		}
		s, err := crypto.ParseHead(z)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, seq := range []uint64{2, 17} {
		middle = sign()
		log = append(log, middle.Log())
		h.Seq, h.Prev, h.Skip = seq, middle.Point(), middle.Point()
	}
	get := func([]byte) ([]byte, error) { return leaf.Single(), nil }
	var err error
	if h.Root, _, err = crypto.Change(root, get, entries); err != nil {
		t.Fatal(err)
	}
	h.Names, h.Records = uint64(len(entries)), uint64(len(entries))
	return sign(), middle, z, log
}

// made makes the good vectors.
func made(t testing.TB) (good []vector) {
	t.Helper()
	in := fixedInputs(t)
	var entries []crypto.Entry
	records := [][]byte{in.records["text"], in.records["a name of ours"]}
	for _, r := range records {
		h, err := crypto.ParseRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, crypto.Entry{
			Name: h.Name, Version: h.Version, Oldest: h.Version, Seq: h.Seq, Kind: h.Kind, Sum: crypto.Sum(r),
		})
	}
	head, middle, z, log := in.heads(t, entries)
	link, err := in.keys.SignLink(crypto.Link{Seq: 2, Prev: head.Digest(), New: in.keys.Pin()})
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []*Base{nil, {Head: middle.Point(), Sum: crypto.Sum([]byte("base"))}} {
		var file bytes.Buffer
		w := NewWriter(&file, in.vault, head, z, base)
		v := vector{Name: "full", Vault: head.Vault.String(), Head: head.Digest().String(), Slots: 1, Logs: len(log), Links: 1}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(w.Slot(in.slot))
		if base == nil {
			check(w.Log(1, log[0]))
			check(w.Log(2, log[1]))
			check(w.Link(link.Marshal()))
		} else {
			v.Name, v.Base, v.Logs, v.Links = "since commit 2", base.Head.Digest.String(), 1, 0
			check(w.Log(2, log[1]))
		}
		for _, i := range []int{1, 0} { // by SHA-256
			check(w.Name(entries[i]))
			check(w.Record(records[i]))
		}
		seal, err := w.End(in.keys)
		check(err)
		sum := seal.Sum.String()
		v.Names, v.Records, v.Sum, v.File = seal.Names, seal.Records, &sum, file.Bytes()
		good = append(good, v)
	}
	return good
}

// broken makes vectors that have to be refused, of a good one.
func broken(t testing.TB, file []byte) (list []vector) {
	t.Helper()
	with := func(name, class string, change func(b []byte) []byte) {
		list = append(list, vector{Name: name, Error: class, File: change(bytes.Clone(file))})
	}
	end := len(file) - frameHeader - endSize
	with("another version", "newer", func(b []byte) []byte { b[13] = '2'; return b })
	with("no backup", "no backup", func(b []byte) []byte { return b[1:] })
	with("cut short by a byte", "cut", func(b []byte) []byte { return b[:len(b)-1] })
	with("without the end", "cut", func(b []byte) []byte { return b[:end] })
	with("a byte too many", "trailing", func(b []byte) []byte { return append(b, 0) })
	with("an unknown part", "malformed", func(b []byte) []byte { b[end] = 10; return b })
	with("a long part", "limit", func(b []byte) []byte { b[end+1] = 1; return b })
	with("another SHA-256", "changed", func(b []byte) []byte { b[end+frameHeader+16] ^= 1; return b })
	with("another count", "changed", func(b []byte) []byte { b[end+frameHeader+7]++; return b })
	with("a record altered", "record", func(b []byte) []byte { b[end-1] ^= 1; return b })
	with("VAULT twice", "order", func(b []byte) []byte {
		one := b[len(Magic) : len(Magic)+frameHeader+len(fixedInputs(t).vault)]
		return append(append(bytes.Clone(b[:len(Magic)]), one...), b[len(Magic):]...)
	})
	list = append(list, vector{Name: "another MAC", MAC: "wrong", File: func() []byte {
		b := bytes.Clone(file)
		b[len(b)-1] ^= 1
		return b
	}()})
	return list
}

// class names what an error is.
func class(err error) string {
	var record *RecordError
	if errors.As(err, &record) {
		return "record"
	}
	for _, c := range []struct {
		err  error
		name string
	}{
		{ErrNoBackup, "no backup"},
		{ErrCut, "cut"},
		{ErrTrailing, "trailing"},
		{ErrOrder, "order"},
		{ErrChanged, "changed"},
		{ErrSlot, "slot"},
		{ErrHead, "head"},
		{crypto.ErrNewer, "newer"},
		{crypto.ErrMalformed, "malformed"},
		{crypto.ErrLimit, "limit"},
		{crypto.ErrForged, "forged"},
	} {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return ""
}

// readAll reads a backup to its end.
func readAll(file []byte) (v vector, r *Reader, err error) {
	r, err = NewReader(bytes.NewReader(file))
	for err == nil {
		var it Item
		it, err = r.Next()
		switch {
		case err != nil:
		case it.Log != nil:
			v.Logs++
		case it.Link != nil:
			v.Links++
		}
	}
	if err != io.EOF {
		return v, r, err
	}
	seal, _, _ := r.Seal()
	sum := seal.Sum.String()
	v.Vault, v.Head, v.Slots = seal.Vault.String(), seal.Head.String(), len(r.Slots)
	v.Names, v.Records, v.Sum = seal.Names, seal.Records, &sum
	if r.Base != nil {
		v.Base = r.Base.Head.Digest.String()
	}
	return v, r, nil
}

// TestVectors holds the committed vectors to what they say, and to the bytes
// that are made now.
func TestVectors(t *testing.T) {
	vectors := made(t)
	vectors = append(vectors, broken(t, vectors[0].File)...)
	text, err := json.MarshalIndent(vectors, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := filepath.Join("..", "..", "testdata", "vectors", "backup.json")
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, text) {
		t.Error("backup.json is not what is made now: if the format did not change, the code did")
	}
	var list []vector
	readJSON(t, "backup.json", &list)
	keys := fixedInputs(t).keys
	for _, v := range list {
		got, r, err := readAll(v.File)
		if class(err) != v.Error || err != nil && v.Error == "" {
			t.Errorf("%s: %v, want %q", v.Name, err, v.Error)
		}
		if err != nil {
			continue
		}
		seal, mac, ok := r.Seal()
		if !ok {
			t.Errorf("%s: no end", v.Name)
		}
		if err := keys.CheckBackup(seal, mac); (err == nil) == (v.MAC == "wrong") {
			t.Errorf("%s: MAC: %v", v.Name, err)
		}
		if v.MAC == "wrong" {
			continue
		}
		got.Name, got.File = v.Name, v.File
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(v)
		if !bytes.Equal(a, b) {
			t.Errorf("%s:\n got %.300s\nwant %.300s", v.Name, a, b)
		}
	}
}

// FuzzReader gives the reader any bytes: what it reads to the end is what a
// writer writes, and what it refuses has a class.
func FuzzReader(f *testing.F) {
	var list []vector
	readJSON(f, "backup.json", &list)
	if len(list) < 10 {
		f.Fatal("no seeds")
	}
	for _, v := range list {
		f.Add(v.File)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			if class(err) == "" {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		var again bytes.Buffer
		w := NewWriter(&again, r.VaultFile.Marshal(), r.Head, r.Z, r.Base)
		for _, s := range r.Slots {
			w.Slot(s)
		}
		for {
			it, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				if class(err) == "" {
					t.Errorf("an error of no class: %v", err)
				}
				return
			}
			switch {
			case it.Log != nil:
				w.Log(it.Seq, it.Log)
			case it.Link != nil:
				w.Link(it.Link)
			case it.Name != nil:
				w.Name(*it.Name)
			default:
				w.Record(it.Record)
			}
		}
		seal, mac, ok := r.Seal()
		if !ok {
			t.Fatal("an end without an end")
		}
		w.frame(frameEnd, marshalEnd(seal, mac))
		if w.err != nil || !bytes.Equal(again.Bytes(), file) {
			t.Errorf("written otherwise: %v", w.err)
		}
	})
}
