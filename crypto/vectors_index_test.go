package crypto

import (
	"crypto/sha256"
	"testing"
)

// indexVector is a tree: what is put into the one before, and what has to be
// stored then.
type indexVector struct {
	Name    string        `json:"name"`
	Put     []entryVector `json:"put"`
	Root    hexBytes      `json:"root"`
	Changed []nodeVector  `json:"changed"`
}

type entryVector struct {
	Name    string   `json:"name"`
	Hash    hexBytes `json:"hash"`
	Version uint64   `json:"version"`
	Seq     uint64   `json:"seq"`
	Kind    string   `json:"kind"`
	Oldest  uint64   `json:"oldest"`
	Sum     hexBytes `json:"record"`
}

// nodeVector is a node: stored is its single form, dual that which the tree
// before reads as well.
type nodeVector struct {
	Key    hexBytes `json:"key"`
	Hash   hexBytes `json:"hash"`
	Stored hexBytes `json:"stored"`
	Dual   hexBytes `json:"dual"`
}

func TestIndexVectors(t *testing.T) {
	root, empty := EmptyTree()
	m := nodeMap{string(empty.Key): empty.Single()}
	made := []indexVector{{
		Name: "an empty tree", Put: []entryVector{}, Root: root[:],
		Changed: []nodeVector{vectorNode(empty)},
	}}
	for _, step := range []struct {
		name string
		put  []Entry
	}{
		{"one name", []Entry{entry("TOKEN", 0)}},
		{"a new version and a name of ours", []Entry{entry("TOKEN", 7), entry(".exposed", 1)}},
		{"up to 32 names", manyEntries(30)},
		{"the 33rd name", []Entry{entry("one-more", 3)}},
		{"names beside and below", manyEntries(40)[28:]},
	} {
		v := indexVector{Name: step.name}
		for _, e := range step.put {
			hash := sha256.Sum256([]byte(e.Name))
			v.Put = append(v.Put, entryVector{e.Name, hash[:], e.Version, e.Seq, e.Kind.String(), e.Oldest, e.Sum[:]})
		}
		next, nodes, err := Change(root, m.get, step.put)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes {
			v.Changed = append(v.Changed, vectorNode(n))
			m[string(n.Key)] = n.Single()
		}
		root, v.Root = next, next[:]
		made = append(made, v)
	}
	compareVectors(t, "index-changes.json", made)
}

func vectorNode(n Node) nodeVector {
	label := "tacit/1/leaf"
	if isInner(n.Body) {
		label = "tacit/1/inner"
	}
	sum := Hash(label, n.Key[1:2], n.Key[2:], n.Body)
	return nodeVector{n.Key, sum[:], n.Single(), n.Dual()}
}
