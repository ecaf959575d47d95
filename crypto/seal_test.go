package crypto

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

var suites = []Suite{X25519, Hybrid}

// newKeys draws an identity and unlocks it for a vault of its own.
func newKeys(t testing.TB, suite Suite) (*Identity, *Keys) {
	t.Helper()
	i, err := NewIdentity(suite)
	if err != nil {
		t.Fatal(err)
	}
	k, err := i.Unlock(NewID())
	if err != nil {
		t.Fatal(err)
	}
	return i, k
}

func ageIdentity(t testing.TB, i *Identity) age.Identity {
	t.Helper()
	ids, err := age.ParseIdentities(strings.NewReader(i.Reveal() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return ids[0]
}

func ageOpen(t testing.TB, file []byte, ids ...age.Identity) []byte {
	t.Helper()
	r, err := age.Decrypt(bytes.NewReader(file), ids...)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func testHeader(size int) Header {
	return Header{
		Name: "API_KEY", Version: 3, Seq: 17, Replica: Replica{1, 2, 3, 4, 5, 6, 7, 8},
		Kind: Text, Size: int64(size), Updated: 1767225600, Prev: Sum([]byte("before")),
		Attrs: []Attr{{"note", "a b/€\n"}, {"url", ""}},
	}
}

func equalHeaders(a, b Header) bool {
	return slices.Equal(a.args(), b.args())
}

func TestSealOpen(t *testing.T) {
	for _, suite := range suites {
		i, k := newKeys(t, suite)
		for _, size := range []int{0, 1, 100, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 3*chunkSize + 5} {
			plaintext := bytes.Repeat([]byte{0xa5}, size)
			h := testHeader(size)
			record, err := k.Seal(h, plaintext)
			if err != nil {
				t.Fatal(suite, size, err)
			}
			got, opened, err := k.Open(record)
			if err != nil {
				t.Fatal(suite, size, err)
			}
			if !equalHeaders(got, h) || !bytes.Equal(opened, plaintext) {
				t.Error(suite, size, "Open gives something else than what was sealed")
			}
			parsed, err := ParseRecord(record)
			if err != nil || !equalHeaders(parsed, h) {
				t.Error(suite, size, "ParseRecord:", err)
			}
			if !bytes.Equal(ageOpen(t, record, ageIdentity(t, i)), plaintext) {
				t.Error(suite, size, "age gives something else than what was sealed")
			}
		}
	}
}

func TestScalarIsTheIdentitys(t *testing.T) {
	_, k := newKeys(t, X25519)
	if k.scalar.Curve() != ecdh.X25519() || !bytes.Equal(k.scalar.PublicKey().Bytes(), k.point) {
		t.Error("the scalar does not fit the recipient")
	}
}

// Every change of any byte of a record has to be noticed.
func TestOpenNoticesEveryByte(t *testing.T) {
	for _, suite := range suites {
		_, k := newKeys(t, suite)
		record, err := k.Seal(testHeader(5), []byte("value"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range record {
			if suite == Hybrid && testing.Short() && i > 100 && i < 1500 {
				continue
			}
			bad := bytes.Clone(record)
			bad[i] ^= 1
			if _, plaintext, err := k.Open(bad); err == nil || plaintext != nil {
				t.Fatalf("%s: byte %d changed, and it opens", suite, i)
			}
		}
		for n := range len(record) {
			if _, plaintext, err := k.Open(record[:n]); err == nil || plaintext != nil {
				t.Fatalf("%s: cut to %d bytes, and it opens", suite, n)
			}
		}
	}
}

func TestOpenOtherVault(t *testing.T) {
	for _, suite := range suites {
		i, k := newKeys(t, suite)
		record, err := k.Seal(testHeader(5), []byte("value"))
		if err != nil {
			t.Fatal(err)
		}
		same, err := i.Unlock(NewID())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := same.Open(record); !errors.Is(err, ErrNotBound) {
			t.Errorf("%s, the identity in another vault: %v", suite, err)
		}
		for _, other := range suites {
			_, k := newKeys(t, other)
			if _, _, err := k.Open(record); !errors.Is(err, ErrNotBound) {
				t.Errorf("%s opened with another identity, %s: %v", suite, other, err)
			}
		}
	}
}

func TestWipe(t *testing.T) {
	_, k := newKeys(t, X25519)
	h := testHeader(5)
	record, err := k.Seal(h, []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	k.Wipe()
	k.Wipe()
	if _, err := k.Seal(h, []byte("value")); !errors.Is(err, ErrWiped) {
		t.Errorf("Seal: %v", err)
	}
	if _, _, err := k.Open(record); !errors.Is(err, ErrWiped) {
		t.Errorf("Open: %v", err)
	}
	if _, err := k.BackupKey(); !errors.Is(err, ErrWiped) {
		t.Errorf("BackupKey: %v", err)
	}
}
