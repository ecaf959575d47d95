package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
)

// Keys are used by many at once, and wiped under them: each call works, or says
// ErrWiped; none works with zeroed keys.
func TestKeysConcurrently(t *testing.T) {
	for _, suite := range suites {
		i, k := newKeys(t, suite)
		check, err := i.Unlock(k.ID())
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		started := make(chan struct{}, 4)
		for n := range 4 {
			wg.Go(func() {
				value := fmt.Appendf(nil, "value %d", n)
				for round := 0; ; round++ {
					h := testHeader(len(value))
					record, err := k.Seal(h, value)
					if errors.Is(err, ErrWiped) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					if _, plaintext, err := check.Open(record); err != nil || string(plaintext) != string(value) {
						t.Errorf("sealed with other keys: %v", err)
						return
					}
					if _, _, err := k.Open(record); err != nil && !errors.Is(err, ErrWiped) {
						t.Error(err)
						return
					}
					if round == 0 {
						started <- struct{}{}
					}
				}
			})
		}
		for range 4 {
			<-started
		}
		k.Wipe()
		wg.Wait()
	}
}

func TestWipeZeroes(t *testing.T) {
	for _, suite := range suites {
		i, k := newKeys(t, suite)
		sign, point, canonical := k.signing(), k.point, i.canonical
		k.Wipe()
		i.Wipe()
		for name, b := range map[string][]byte{
			"prk": k.prk[:], "seed": k.seed[:], "bind": k.bind[:], "head": k.head[:], "sign": sign, "point": point, "identity": canonical,
		} {
			for _, c := range b {
				if c != 0 {
					t.Errorf("%s: %s is still there", suite, name)
					break
				}
			}
		}
		if k.scalar != nil || k.hybrid != nil || k.recipient != nil {
			t.Errorf("%s: age's keys are still there", suite)
		}
	}
}

// An identity that lies in other memory works as before, and Wipe zeroes it
// there before it is given back.
func TestIdentityMoves(t *testing.T) {
	id, err := NewIdentity(X25519)
	if err != nil {
		t.Fatal(err)
	}
	want := id.Reveal()
	memory := make([]byte, 4096)
	freed := false
	id.MoveTo(memory, func() {
		freed = bytes.Equal(memory, make([]byte, 4096))
	})
	clone := id.Clone()
	if id.Reveal() != want || clone.Reveal() != want || id.Len() != len(want) || !bytes.HasPrefix(memory, []byte(want)) {
		t.Error("the identity is another, or lies elsewhere")
	}
	id.Wipe()
	if !freed || id.Reveal() != "" {
		t.Error("it was not wiped before its memory was given back")
	}
	if _, err := id.Unlock(NewID()); !errors.Is(err, ErrWiped) {
		t.Errorf("a wiped identity: %v", err)
	}
	if clone.Reveal() != want {
		t.Error("the clone went with it")
	}
	id.Wipe()
}
