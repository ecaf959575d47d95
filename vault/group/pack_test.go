package group

import (
	"bytes"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

func TestPackIsCarriedByHand(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, 1)
	owner, writer, reader := f.nodes[0], f.nodes[1], f.nodes[2]
	owner.set("A", "a")
	owner.sync()
	writer.sync()
	writer.set("B", "b")
	var file bytes.Buffer
	if _, err := writer.g.Pack(t.Context(), &file, "", f.place()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		reports, err := Unpack(t.Context(), reader.v, bytes.NewReader(file.Bytes()))
		if err != nil || len(reports) != 1 {
			t.Fatal(reports, err)
		}
	}
	reader.holds(map[string]string{"A": "a", "B": "b"})
	// The owner needs no place: it makes a checkpoint for the file.
	owner.set("A", "a2")
	file.Reset()
	if _, err := owner.g.Pack(t.Context(), &file, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := Unpack(t.Context(), reader.v, &file); err != nil {
		t.Fatal(err)
	}
	reader.holds(map[string]string{"A": "a2", "B": "b"})
	f.round()
	f.same(map[string]string{"A": "a2", "B": "b"})
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 0, 0)
	for name, file := range map[string]string{
		"nothing":       "",
		"another file":  "tacit-bundle 1\n",
		"cut short":     "tacit-pack 1\n" + "\x00\x00\x00",
		"no key":        "tacit-pack 1\n" + "\x00\x00\x00\x01x\x00\x00\x00\x01x",
		"a long length": "tacit-pack 1\n" + "\xff\xff\xff\xff",
	} {
		_, err := Unpack(t.Context(), f.nodes[0].v, bytes.NewReader([]byte(file)))
		if vault.CodeOf(err) != vault.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
	}
}
