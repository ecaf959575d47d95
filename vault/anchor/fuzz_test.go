package anchor

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// FuzzParseVault: what is read is what was written, or refused as unreadable.
func FuzzParseVault(f *testing.F) {
	v := vaultMemory{pin: testPin, highest: point(9)}
	f.Add(v.marshal())
	v.places = []place{
		{"0011223344556677", "/a b/ü", point(3), crypto.Replica{1}, false},
		{"0011223344556677", "/b", point(9), crypto.Replica{}, true},
		{"8011223344556677", `C:\x`, point(1), crypto.Replica{2}, false},
	}
	f.Add(v.marshal())
	v.places[1].own, v.first = false, true
	f.Add(v.marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := parseVault(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(v.marshal(), b) {
			t.Fatal("written otherwise")
		}
		for i, p := range v.places {
			if at, ok := v.find(p.machine, p.path); !ok || at != i {
				t.Fatalf("%v is not found", p)
			}
		}
	})
}

func FuzzParsePath(f *testing.F) {
	for _, path := range []string{"/a", "/ü %\n", `C:\x`} {
		f.Add((&pathMemory{path: path, vault: testID, first: true}).marshal())
		f.Add((&pathMemory{path: path, vault: testID}).marshal())
		f.Add((&pathMemory{path: path, vault: testID, at: point(3)}).marshal())
		f.Add((&pathMemory{path: path, vault: testID, at: point(3), after: point(2)}).marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePath(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(p.marshal(), b) {
			t.Fatal("written otherwise")
		}
	})
}

func FuzzParseProject(f *testing.F) {
	for _, p := range []project{
		{folder: "/a", attached: []Attachment{{Vault: "/v"}}},
		{folder: "/ü %\n", same: "1f-17ab", attached: []Attachment{{Vault: `C:\x`}, {Env: "dev", Vault: "/v"}, {Env: "prod", Vault: "/v"}}},
	} {
		f.Add(p.marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseProject(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(p.marshal(), b) {
			t.Fatal("written otherwise")
		}
		for i, a := range p.attached {
			if at, ok := p.find(a.Env); !ok || at != i || a.Env != "" && !IsEnv(a.Env) || a.Folder != p.folder {
				t.Fatalf("%v is not found", a)
			}
		}
	})
}

func FuzzParseMoved(f *testing.F) {
	f.Add((&moved{"/a"}).marshal())
	f.Add((&moved{"/ü %\n"}).marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMoved(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(m.marshal(), b) {
			t.Fatal("written otherwise")
		}
	})
}

func FuzzParseMachine(f *testing.F) {
	f.Add(marshalMachine("0011223344556677"))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := parseMachine(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(marshalMachine(id), b) {
			t.Fatal("written otherwise")
		}
	})
}

func FuzzParseAnnouncement(f *testing.F) {
	for _, path := range []string{"/a", "/ü %\n", `C:\x`} {
		f.Add((&announcement{path, Announced{testID, testPin, point(9)}}).marshal())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAnnouncement(b)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(a.marshal(), b) {
			t.Fatal("written otherwise")
		}
	})
}

func FuzzParseExpect(f *testing.F) {
	f.Add(testPin.String())
	f.Add(testPin.String() + ":12")
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := ParseExpect(s); err == nil && (e.Seq > maxSeq || s[:64] != e.Pin.String()) {
			t.Fatal(e)
		} else if err != nil && !errors.Is(err, crypto.ErrMalformed) {
			t.Fatal(err)
		}
	})
}

// What is read of a file of uses is what would be written of it.
func FuzzParseUsed(f *testing.F) {
	f.Add([]byte("1 1700000000\n2 0\n"))
	f.Add([]byte("1 1700000000\nno line\n1 1800000000\n3 -1\n4294967296 5\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		used := parseUsed(b)
		if !maps.Equal(parseUsed(marshalUsed(used)), used) {
			t.Fatalf("%v", used)
		}
		if len(used) > bytes.Count(b, []byte("\n"))+1 {
			t.Fatalf("%d uses in %q", len(used), b)
		}
	})
}
