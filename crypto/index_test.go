package crypto

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// nodeMap is a database of index nodes.
type nodeMap map[string][]byte

func (m nodeMap) get(key []byte) ([]byte, error) { return m[string(key)], nil }

// newTree is an empty tree and its database.
func newTree() (Digest, nodeMap) {
	root, n := EmptyTree()
	return root, nodeMap{string(n.Key): n.Single()}
}

// put changes the tree and stores the nodes in their single form.
func (m nodeMap) put(t testing.TB, root Digest, entries ...Entry) Digest {
	t.Helper()
	root, nodes, err := Change(root, m.get, entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		m[string(n.Key)] = n.Single()
	}
	return root
}

// entry is an entry of name that depends on n.
func entry(name string, n uint64) Entry {
	return Entry{Name: name, Version: n + 1, Seq: n + 2, Oldest: n/2 + 1, Kind: Kind(n%4 + 1), Sum: Sum(Number(n))}
}

func manyEntries(n int) []Entry {
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = entry(fmt.Sprintf("NAME_%d", i), uint64(i))
	}
	return entries
}

// collect walks the tree.
func (m nodeMap) collect(t testing.TB, root Digest) map[string]Entry {
	t.Helper()
	got, last := map[string]Entry{}, [32]byte{}
	err := Walk(root, m.get, func(e Entry) error {
		hash := sha256.Sum256([]byte(e.Name))
		if bytes.Compare(last[:], hash[:]) >= 0 {
			t.Errorf("%s is not in the order of hashes", e.Name)
		}
		last, got[e.Name] = hash, e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestIndexModel changes a tree at random beside a map: what is found, what is
// not, and that the tree has the one root that its entries give it.
func TestIndexModel(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		root, m := newTree()
		model := map[string]Entry{}
		for range 40 {
			batch := map[string]Entry{}
			for range 1 + rng.IntN(1<<rng.IntN(9)) {
				name := fmt.Sprintf("n%d", rng.IntN(3000))
				if rng.IntN(20) == 0 {
					name = "." + name
				}
				batch[name] = entry(name, rng.Uint64N(1000))
			}
			root = m.put(t, root, slices.Collect(maps.Values(batch))...)
			maps.Copy(model, batch)
		}
		for i := range 3000 {
			name := fmt.Sprintf("n%d", i)
			got, ok, err := Lookup(root, m.get, name)
			want, exists := model[name]
			if err != nil || ok != exists || got != want {
				t.Fatalf("%s: got %v %v %v, want %v %v", name, got, ok, err, want, exists)
			}
		}
		if !maps.Equal(m.collect(t, root), model) {
			t.Fatal("the walk yields other entries")
		}
		again, fresh := newTree()
		if fresh.put(t, again, slices.Collect(maps.Values(model))...) != root {
			t.Fatal("the same entries, put at once, give another root")
		}
	}
}

// TestIndexDual stores changes in dual form, as a large batch does: both roots
// read their own state in full.
func TestIndexDual(t *testing.T) {
	for _, size := range []int{0, 1, 31, 32, 33, 500, 3000} {
		root, m := newTree()
		old := manyEntries(size)
		root = m.put(t, root, old...)
		var changed []Entry
		for i := range 400 {
			name := fmt.Sprintf("NAME_%d", i*7) // some are there, some not
			changed = append(changed, entry(name, uint64(100_000+i)))
		}
		next, nodes, err := Change(root, m.get, changed)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, n := range nodes {
			if seen[string(n.Key)] {
				t.Fatalf("node %x twice", n.Key)
			}
			seen[string(n.Key)] = true
			if stored, ok := m[string(n.Key)]; ok != (n.Old != nil) || ok && !bytes.Equal(n.Old, stored[1:]) {
				t.Fatalf("node %x: Old is not what was there", n.Key)
			}
			m[string(n.Key)] = n.Dual()
		}
		want := map[string]Entry{}
		for _, e := range old {
			want[e.Name] = e
		}
		if !maps.Equal(m.collect(t, root), want) {
			t.Fatalf("%d entries: the old root does not read as before", size)
		}
		for _, e := range changed {
			want[e.Name] = e
		}
		if !maps.Equal(m.collect(t, next), want) {
			t.Fatalf("%d entries: the new root does not read", size)
		}
		for _, e := range changed {
			if got, ok, err := Lookup(next, m.get, e.Name); err != nil || !ok || got != e {
				t.Fatalf("%s: %v %v %v", e.Name, got, ok, err)
			}
		}
		// The batch goes on in further transactions from the same old root.
		if again, _, err := Change(root, m.get, changed); err != nil || again != next {
			t.Fatalf("%d entries: Change over dual nodes: %v", size, err)
		}
	}
}

// TestChangeTouchesEachNodeOnce counts reads: a batch is one pass.
func TestChangeTouchesEachNodeOnce(t *testing.T) {
	root, m := newTree()
	root = m.put(t, root, manyEntries(20_000)...)
	reads := map[string]int{}
	count := func(key []byte) ([]byte, error) {
		reads[string(key)]++
		return m.get(key)
	}
	changed := manyEntries(5000)
	for i := range changed {
		changed[i].Version += 9
	}
	_, nodes, err := Change(root, count, changed)
	if err != nil {
		t.Fatal(err)
	}
	for key, n := range reads {
		if n != 1 {
			t.Errorf("node %x was read %d times", key, n)
		}
	}
	if len(nodes) != len(reads) {
		t.Errorf("%d nodes read, %d changed", len(reads), len(nodes))
	}
	if !slices.IsSortedFunc(nodes, func(a, b Node) int { return bytes.Compare(a.Key, b.Key) }) {
		t.Error("nodes are not in the order of their keys")
	}
}

func TestChangeOfNothing(t *testing.T) {
	root, m := newTree()
	root = m.put(t, root, manyEntries(100)...)
	for _, entries := range [][]Entry{nil, manyEntries(50)} {
		got, nodes, err := Change(root, m.get, entries)
		if err != nil || got != root || len(nodes) != 0 {
			t.Errorf("%d entries: %d nodes, %v", len(entries), len(nodes), err)
		}
	}
}

func TestChangeRefuses(t *testing.T) {
	good := entry("A", 1)
	with := func(change func(*Entry)) Entry {
		e := good
		change(&e)
		return e
	}
	for what, entries := range map[string][]Entry{
		"a name given twice":   {good, entry("B", 1), entry("A", 2)},
		"no name":              {with(func(e *Entry) { e.Name = "" })},
		"a bad name":           {with(func(e *Entry) { e.Name = "a b" })},
		"only a dot":           {with(func(e *Entry) { e.Name = "." })},
		"version 0":            {with(func(e *Entry) { e.Version, e.Oldest = 0, 0 })},
		"a version too large":  {with(func(e *Entry) { e.Version = MaxCount + 1 })},
		"seq 0":                {with(func(e *Entry) { e.Seq = 0 })},
		"oldest above version": {with(func(e *Entry) { e.Oldest = e.Version + 1 })},
		"kind 5":               {with(func(e *Entry) { e.Kind = 5 })},
	} {
		root, m := newTree()
		if _, _, err := Change(root, m.get, entries); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestIndexDamage damages each node in turn: no walk passes over it, no lookup
// below it says anything else than that it is damaged, and none tells lies.
func TestIndexDamage(t *testing.T) {
	entries := manyEntries(1500)
	root, m := newTree()
	root = m.put(t, root, entries...)
	damages := map[string]struct {
		change func([]byte) []byte
		want   error
	}{
		"removed":   {func([]byte) []byte { return nil }, ErrMissing},
		"bit":       {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, ErrForged},
		"cut":       {func(b []byte) []byte { return b[:len(b)-1] }, ErrForged},
		"empty":     {func([]byte) []byte { return []byte{} }, ErrMalformed},
		"form":      {func(b []byte) []byte { b[0] = 7; return b }, ErrMalformed},
		"dual, cut": {func([]byte) []byte { return []byte{storedDual, 0, 0, 0, 9, 1} }, ErrMalformed},
	}
	for key, stored := range m {
		for what, d := range damages {
			m[key] = d.change(bytes.Clone(stored))
			if m[key] == nil {
				delete(m, key)
			}
			err := Walk(root, m.get, func(Entry) error { return nil })
			var damage *NodeError
			if !errors.Is(err, d.want) || !errors.As(err, &damage) || string(damage.Key) != key {
				t.Fatalf("%x %s: walk: %v", key, what, err)
			}
			hit := 0
			for _, e := range entries[:300] {
				got, ok, err := Lookup(root, m.get, e.Name)
				hash := sha256.Sum256([]byte(e.Name))
				if below := bytes.Equal(NodeKey(int(key[1]), hash), []byte(key)); below {
					hit++
					if !errors.Is(err, d.want) || ok {
						t.Fatalf("%x %s: %s: %v %v", key, what, e.Name, ok, err)
					}
				} else if err != nil || got != e {
					t.Fatalf("%x %s: %s is elsewhere: %v", key, what, e.Name, err)
				}
			}
			if key[1] < 1 && hit == 0 {
				t.Fatalf("%x: nothing below", key)
			}
			m[key] = stored
		}
	}
}

// TestWalkPastDamage goes on beside two damaged nodes.
func TestWalkPastDamage(t *testing.T) {
	entries := manyEntries(1500)
	root, m := newTree()
	root = m.put(t, root, entries...)
	a, b := NodeKey(1, [32]byte{0x30}), NodeKey(2, [32]byte{0x7e})
	delete(m, string(a))
	m[string(b)][1] ^= 1
	want := 0
	for _, e := range entries {
		hash := sha256.Sum256([]byte(e.Name))
		if hash[0]>>4 != 3 && hash[0] != 0x7e {
			want++
		}
	}
	var keys [][]byte
	got := 0
	err := Walk(root, m.get, func(Entry) error { got++; return nil }, OnDamage(func(e *NodeError) error {
		keys = append(keys, e.Key)
		return nil
	}))
	if err != nil || got != want || len(keys) != 2 || !bytes.Equal(keys[0], a) || !bytes.Equal(keys[1], b) {
		t.Errorf("%d entries of %d, damage at %x, %v", got, want, keys, err)
	}
	stop := errors.New("stop")
	if err := Walk(root, m.get, func(Entry) error { return nil }, OnDamage(func(*NodeError) error { return stop })); err != stop {
		t.Errorf("the error of OnDamage: %v", err)
	}
	if err := Walk(root, m.get, func(Entry) error { return stop }); err != stop {
		t.Errorf("the error of fn: %v", err)
	}
	fail := func([]byte) ([]byte, error) { return nil, stop }
	if err := Walk(root, fail, nil, OnDamage(func(*NodeError) error { return nil })); !errors.Is(err, stop) {
		t.Errorf("the error of get: %v", err)
	}
}

// TestWalkShape builds trees that hash well and are not those of their entries.
func TestWalkShape(t *testing.T) {
	few := func() []item {
		items, err := sortedItems(manyEntries(20))
		if err != nil {
			t.Fatal(err)
		}
		return items
	}
	leafOf := func(items []item) []byte { return leafBody(slices.SortedFunc(slices.Values(items), byName)) }
	store := func(m nodeMap, depth int, prefix [32]byte, body []byte) Digest {
		m[string(NodeKey(depth, prefix))] = Node{Body: body}.Single()
		return nodeHash(depth, &prefix, body)
	}
	split := func(m nodeMap) Digest { // an inner node over 20 names
		var bitmap uint16
		var children [16]Digest
		for i, group := range byNibble(few(), 0) {
			bitmap |= 1 << i
			children[i] = store(m, 1, withNibble([32]byte{}, 0, i), leafOf(group))
		}
		return store(m, 0, [32]byte{}, appendInner(nil, bitmap, &children))
	}
	child := func(body []byte) func(nodeMap) Digest { // a child of the root, at nibble 0
		return func(m nodeMap) Digest {
			var children [16]Digest
			children[0] = store(m, 1, [32]byte{}, body)
			return store(m, 0, [32]byte{}, appendInner(nil, 1, &children))
		}
	}
	root := func(body []byte) func(nodeMap) Digest {
		return func(m nodeMap) Digest { return store(m, 0, [32]byte{}, body) }
	}
	big, err := sortedItems(manyEntries(33))
	if err != nil {
		t.Fatal(err)
	}
	reversed := leafOf(few())
	n := bodyHead + entryFixed + len("NAME_0")
	reversed = slices.Concat(reversed[:bodyHead], reversed[n:2*n-bodyHead], reversed[bodyHead:n], reversed[2*n-bodyHead:])
	for what, build := range map[string]func(nodeMap) Digest{
		"an inner node over few names": split,
		"a name in the wrong place":    child(leafOf(few())),
		"an empty leaf below the root": child([]byte{bodyLeaf, 0, 0}),
		"33 names in a leaf":           root(leafOf(big)),
		"an inner node of none":        root([]byte{bodyInner, 0, 0}),
		"a bitmap for more":            root([]byte{bodyInner, 0, 1}),
		"an unknown type":              root([]byte{3, 0, 0}),
		"no body":                      root([]byte{bodyLeaf}),
		"bytes left over":              root(append(leafOf(few()), 0)),
		"names not sorted":             root(reversed),
	} {
		m := nodeMap{}
		top := build(m)
		if err := Walk(top, m.get, func(Entry) error { return nil }); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestWalkNodes finds every node and nothing else.
func TestWalkNodes(t *testing.T) {
	root, m := newTree()
	root = m.put(t, root, manyEntries(2000)...)
	next, nodes, err := Change(root, m.get, manyEntries(2100)[1990:])
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(m)
	for _, n := range nodes {
		m[string(n.Key)] = n.Dual()
	}
	// A sweep after a batch that was not finished puts back what was there.
	got := nodeMap{}
	err = WalkNodes(root, m.get, func(key, stored, body []byte) error {
		if !bytes.Equal(stored, m[string(key)]) {
			t.Errorf("%x: other stored bytes", key)
		}
		got[string(key)] = Node{Body: body}.Single()
		return nil
	})
	if err != nil || !maps.EqualFunc(got, before, bytes.Equal) {
		t.Errorf("swept: %d nodes instead of %d, %v", len(got), len(before), err)
	}
	n := 0
	if err := WalkNodes(next, m.get, func(_, _, _ []byte) error { n++; return nil }); err != nil || n != len(m) {
		t.Errorf("%d nodes of %d, %v", n, len(m), err)
	}
}

// TestNodeHash holds the fast hash against the one that all others use.
func TestNodeHash(t *testing.T) {
	hash256 := sha256.Sum256([]byte("x"))
	for depth := range maxDepth + 1 {
		for label, body := range map[string][]byte{"tacit/1/leaf": {bodyLeaf, 0, 0}, "tacit/1/inner": {bodyInner, 1, 2}} {
			prefix := appendPrefix(nil, depth, &hash256)
			if nodeHash(depth, &hash256, body) != Hash(label, []byte{byte(depth)}, prefix, body) {
				t.Errorf("%s at depth %d", label, depth)
			}
			if want := append([]byte{'i', byte(depth)}, prefix...); !bytes.Equal(NodeKey(depth, hash256), want) {
				t.Errorf("key at depth %d", depth)
			}
		}
	}
}

// TestDeepLeaf puts many names of one hash prefix far down; real names that do
// so cannot be found, so the hashes are made up.
func TestDeepLeaf(t *testing.T) {
	var items []item
	for i := range 40 {
		items = append(items, item{hash: [32]byte{1, 2, 3}, raw: entry(fmt.Sprintf("N%d", i), 1).append(nil)})
	}
	slices.SortFunc(items, byHash)
	c := change{}
	body := c.body(0, items)
	if !isInner(body) || len(c.nodes) != maxDepth {
		t.Fatalf("%d nodes below the root", len(c.nodes))
	}
	l, err := readLeaf(maxDepth, c.nodes[0].Body)
	if err != nil || l.left != 40 {
		t.Errorf("the leaf at depth 64: %d names, %v", l.left, err)
	}
	if _, err := readLeaf(maxDepth-1, c.nodes[0].Body); !errors.Is(err, ErrMalformed) {
		t.Errorf("so many names above it: %v", err)
	}
}

func TestIsKeyAgrees(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", "a", ".a", "a.", "-", "_", "a b", "é", "[", "`", "\x00",
		string(bytes.Repeat([]byte("a"), 100)), string(bytes.Repeat([]byte("a"), 101)),
		"." + string(bytes.Repeat([]byte("a"), 99)), "." + string(bytes.Repeat([]byte("a"), 100)),
	} {
		if isKey([]byte(name)) != (CheckKey(name) == nil) {
			t.Errorf("%q", name)
		}
	}
}
