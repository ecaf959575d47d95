package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func carvedRecord(t testing.TB, k *Keys, h Header, size int) []byte {
	t.Helper()
	h.Size = int64(size)
	if h.Version == 0 {
		h.Version = 1
	}
	h.Seq, h.Kind = h.Version, Bytes
	record, err := k.Seal(h, bytes.Repeat([]byte{7}, size))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// A record says where it ends, whatever comes after it, at the ends of age's
// chunks too.
func TestCarveRecord(t *testing.T) {
	for _, suite := range []Suite{X25519, Hybrid} {
		k := vectorKeysOf(t, suite)
		for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 3*chunkSize + 5} {
			record := carvedRecord(t, k, Header{Name: "A"}, size)
			c, err := Carve(append(slices.Clone(record), AgeMagic+"rest"...))
			if err != nil {
				t.Fatal(err)
			}
			if !c.IsRecord() || c.Size != len(record) || c.Header.Name != "A" || c.Suite != suite {
				t.Errorf("%s, %d bytes: %+v, want %d", suite, size, c, len(record))
			}
		}
	}
}

func TestCarveSlot(t *testing.T) {
	for _, suite := range []Suite{X25519, Hybrid} {
		id, err := NewIdentity(suite)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPassphrase([]byte("phrase"), WithWorkFactor(1))
		if err != nil {
			t.Fatal(err)
		}
		file, err := MakeSlot(id, p)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Carve(append(slices.Clone(file), "rest"...))
		if err != nil {
			t.Fatal(err)
		}
		if size := map[Suite]int{X25519: c.SizeX25519, Hybrid: c.SizeHybrid}[suite]; c.IsRecord() || size != len(file) {
			t.Errorf("%s: %+v, want %d bytes", suite, c, len(file))
		}
		if s := c.SlotOf(); s.Kind != KindPassphrase {
			t.Errorf("a slot of kind %s", s.Kind)
		}
	}
}

func TestCarveRefuses(t *testing.T) {
	record := carvedRecord(t, vectorKeysOf(t, X25519), Header{Name: "A"}, 10)
	end := bytes.Index(record, []byte("\n---")) + 1
	later := bytes.Replace(record, []byte("tacit v1"), []byte("tacit v2"), 1)
	for _, c := range []struct {
		what string
		b    []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"the first line", []byte(AgeMagic), ErrMalformed},
		{"a header that is cut", record[:end], ErrMalformed},
		{"a header that another begins in", append(slices.Clone(record[:end]), record...), ErrMalformed},
		{"a header without an end", []byte(AgeMagic + strings.Repeat("x", MaxHead)), ErrMalformed},
		{"another program's file", []byte(AgeMagic + "-> X25519 a\nb\n-> X25519 a\nb\n--- " + strings.Repeat("a", 43) + "\n"), ErrMalformed},
		{"a later version", later, ErrNewer},
	} {
		if _, err := Carve(c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// A header is proven without its payload, and only by its own keys.
func TestOpenHeader(t *testing.T) {
	k := vectorKeysOf(t, X25519)
	record := carvedRecord(t, k, Header{Name: "A", Version: 3}, 100)
	cut := record[:len(record)-50]
	if _, _, err := k.Open(cut); err == nil {
		t.Fatal("a record that is cut off opens")
	}
	if h, err := k.OpenHeader(cut); err != nil || h.Name != "A" || h.Version != 3 {
		t.Errorf("%+v, %v", h, err)
	}
	forged := bytes.Replace(cut, []byte("tacit v1 A 3"), []byte("tacit v1 A 4"), 1)
	if h, err := k.OpenHeader(forged); !errors.Is(err, ErrNotBound) || h.Name != "" {
		t.Errorf("a forged header: %+v, %v", h, err)
	}
	end := bytes.Index(record, []byte("\n---")) + 6
	broken := slices.Clone(cut)
	broken[end] ^= 1
	if h, err := k.OpenHeader(broken); err == nil || h.Name != "" {
		t.Errorf("a header with another MAC: %+v, %v", h, err)
	}
}

func TestCarveHead(t *testing.T) {
	k := vectorKeysOf(t, X25519)
	z := carvedHead(t, k, Digest{1})
	h, err := CarveHead(append(slices.Clone(z), "rest"...))
	if err != nil || k.CheckHead(h) != nil {
		t.Fatal(err)
	}
	for n := range len(z) {
		if _, err := CarveHead(z[:n]); err == nil {
			t.Fatalf("a head of %d bytes of %d", n, len(z))
		}
	}
}

func carvedHead(t testing.TB, k *Keys, root Digest) []byte {
	t.Helper()
	z, err := k.Sign(&Head{
		Vault: k.ID(), Format: Format, Suite: k.Suite(), Pin: k.Pin(), Seq: 1, Root: root, NextSlot: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func carvedEntries(n int) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{
			Name: fmt.Sprintf("NAME%06d", i), Version: uint64(i%5 + 1), Seq: uint64(i + 1), Oldest: 1, Kind: Text, Sum: Sum([]byte{byte(i)}),
		}
	}
	return entries
}

// tree makes a tree of the entries, and its nodes as stored.
func tree(t testing.TB, entries []Entry) (root Digest, nodes []Node) {
	t.Helper()
	_, empty := EmptyTree()
	root, _ = EmptyTree()
	root, nodes, err := Change(root, func([]byte) ([]byte, error) { return empty.Single(), nil }, entries)
	if err != nil {
		t.Fatal(err)
	}
	return root, nodes
}

// Nodes that lie anywhere prove what the tree did, in single and in dual form,
// and what is missing is counted.
func TestFragments(t *testing.T) {
	for _, n := range []int{1, 32, 33, 1000, 5000} {
		entries := carvedEntries(n)
		root, nodes := tree(t, entries)
		var single, dual []byte
		for _, node := range nodes {
			single = append(append(single, "noise\x01\x00\x00\x02"...), node.Single()...)
			node.Old, node.Body = node.Body, nodes[0].Body
			dual = append(append(dual, "noise"...), node.Dual()...)
		}
		for what, b := range map[string][]byte{"single": single, "dual": dual} {
			f := NewFragments(64 << 20)
			f.Carve(b, len(b))
			got := map[string]Entry{}
			missing, err := f.Walk(root, func(e Entry) error { got[e.Name] = e; return nil })
			if err != nil || missing != 0 || len(got) != n {
				t.Errorf("%d names, %s: %d proven, %d missing, %v", n, what, len(got), missing, err)
			}
			for _, e := range entries {
				if got[e.Name] != e {
					t.Errorf("%d names, %s: %+v", n, what, got[e.Name])
					break
				}
			}
		}
	}
}

// Without one leaf its names are not proven; made anew of the entries they are,
// and with an entry that is another one they are not.
func TestFragmentsRebuild(t *testing.T) {
	entries := carvedEntries(1000)
	root, nodes := tree(t, entries)
	i := slices.IndexFunc(nodes, func(n Node) bool { return !isInner(n.Body) })
	below, err := appendItems(nil, 0, &[32]byte{}, nodes[i].Body)
	if err != nil {
		t.Fatal(err)
	}
	carve := func() *Fragments {
		f := NewFragments(64 << 20)
		for j, n := range nodes {
			if j != i {
				f.Carve(n.Single(), len(n.Single()))
			}
		}
		return f
	}
	walk := func(f *Fragments) (proven, missing int) {
		missing, err := f.Walk(root, func(Entry) error { proven++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return proven, missing
	}
	f := carve()
	if proven, missing := walk(f); proven != 1000-len(below) || missing != 1 {
		t.Fatalf("%d proven, %d missing", proven, missing)
	}
	wrong := slices.Clone(entries)
	for j := range wrong {
		if wrong[j].Name == string(below[0].raw.name()) {
			wrong[j].Sum = Digest{9}
		}
	}
	if err := f.Rebuild(wrong); err != nil {
		t.Fatal(err)
	}
	if proven, missing := walk(f); proven != 1000-len(below) || missing != 1 {
		t.Fatalf("with another entry: %d proven, %d missing", proven, missing)
	}
	if err := f.Rebuild(entries); err != nil {
		t.Fatal(err)
	}
	if proven, missing := walk(f); proven != 1000 || missing != 0 {
		t.Errorf("made anew: %d proven, %d missing", proven, missing)
	}
}

// What is kept has a limit, and a root that nobody knows proves nothing.
func TestFragmentsLimit(t *testing.T) {
	root, nodes := tree(t, carvedEntries(2000))
	f := NewFragments(20_000)
	for _, n := range nodes {
		f.Carve(n.Single(), len(n.Single()))
	}
	if !f.Full() || f.size > 20_000+maxBody+fragmentCost {
		t.Errorf("%d bytes kept", f.size)
	}
	if missing, err := f.Walk(Digest{1}, nil); missing != 1 || err != nil {
		t.Errorf("an unknown root: %d missing, %v", missing, err)
	}
	if empty, _ := EmptyTree(); empty == root {
		t.Fatal()
	} else if missing, err := f.Walk(empty, nil); missing != 0 || err != nil {
		t.Errorf("an empty tree: %d missing, %v", missing, err)
	}
}

// FuzzCarve: nothing in a file makes the carver fail, or believe.
func FuzzCarve(f *testing.F) {
	k := vectorKeysOf(f, X25519)
	record := carvedRecord(f, k, Header{Name: "A"}, 50)
	head := carvedHead(f, k, Digest{1})
	root, nodes := tree(f, carvedEntries(100))
	node, dual := nodes[0].Single(), Node{Body: nodes[0].Body, Old: nodes[1].Body}.Dual()
	p, err := NewPassphrase([]byte("phrase"), WithWorkFactor(1))
	if err != nil {
		f.Fatal(err)
	}
	id, err := NewIdentity(X25519)
	if err != nil {
		f.Fatal(err)
	}
	slot, err := MakeSlot(id, p)
	if err != nil {
		f.Fatal(err)
	}
	seeds := [][]byte{record, record[:len(record)-9], slot, head, node, nodes[1].Single(), dual, slices.Concat(record, head, node)}
	seed(f, seeds, func(b []byte) []byte { return b })
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := Carve(b); err == nil {
			if c.IsRecord() && (c.Size > MaxRecord || c.Header.Validate() != nil) || !c.IsRecord() && c.SizeHybrid > MaxSlotFile {
				t.Errorf("beyond the caps: %+v", c)
			}
		} else if errorClass(err) == nil {
			t.Errorf("an error of no class: %v", err)
		}
		if h, err := k.OpenHeader(b); err == nil && h.Name != "A" {
			t.Error("a header verifies that nobody sealed")
		}
		if h, err := CarveHead(b); err == nil && k.CheckHead(h) == nil && h.Root != (Digest{1}) {
			t.Error("a head verifies that nobody signed")
		}
		frag := NewFragments(1 << 20)
		frag.Carve(b, len(b))
		known := map[string]bool{}
		for _, e := range carvedEntries(100) {
			known[e.Name] = true
		}
		_, err := frag.Walk(root, func(e Entry) error {
			if !known[e.Name] {
				t.Error("an entry is proven that nobody made")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		frag.Leaves(func(e Entry) {
			if e.check() != nil {
				t.Errorf("an entry that cannot be: %+v", e)
			}
		})
	})
}
