package vault_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// rotated is a vault that was rotated once, what it held before, and another
// machine that has seen it only before that.
type rotated struct {
	*fixture
	other  *fixture
	link   []byte            // key of the link
	before map[string][]byte // every record and slot, by key
	yonder string            // a copy of the folder from before
}

func rotatedFixture(t *testing.T) rotated {
	f := attackFixture(t)
	r := rotated{fixture: f, other: f.machine("other"), yonder: filepath.Join(t.TempDir(), "before")}
	r.other.with(func(*vault.Vault) {}, readOnly)
	r.before = f.records(append(f.keys("s/"), f.keys("k/")...))
	copyDir(t, f.dir, r.yonder)
	f.with(func(v *vault.Vault) { rotate(t, v, vault.RotateOptions{}) })
	for _, key := range f.keys("l/") {
		if filepath.Base(key) == "link" {
			r.link = []byte(key)
		}
	}
	if r.link == nil {
		t.Fatal("no link")
	}
	return r
}

// Whatever becomes of the link, a machine that needs it takes no other vault
// for its own; one that saw the rotation does not need it.
func TestAttackLink(t *testing.T) {
	t.Parallel()
	long(t)
	r := rotatedFixture(t)
	good := r.rawGet(string(r.link))
	old := r.oldSlotsOf(t)
	for name, bad := range map[string]func() []byte{
		"gone":  func() []byte { return nil },
		"short": func() []byte { return good[:len(good)-1] },
		"by a stranger": func() []byte {
			l, err := crypto.ParseLink(good)
			if err != nil {
				t.Fatal(err)
			}
			if l, err = strangersKeys(t, l.Vault).SignLink(l); err != nil {
				t.Fatal(err)
			}
			return l.Marshal()
		},
		"to another commit": func() []byte {
			l, err := crypto.ParseLink(good)
			if err != nil {
				t.Fatal(err)
			}
			l.Prev[0] ^= 1
			keys, err := old.Unlock(l.Vault)
			if err != nil {
				t.Fatal(err)
			}
			if l, err = keys.SignLink(l); err != nil {
				t.Fatal(err)
			}
			return l.Marshal()
		},
	} {
		r.raw(func(w store.Writer) error {
			if b := bad(); b != nil {
				return w.Put(r.link, b)
			}
			return w.Delete(r.link)
		})
		for _, way := range []func(*vault.Options){readOnly, locked} {
			_, err := r.other.tryOpen(way)
			if code := vault.CodeOf(err); code != vault.Substituted && code != vault.HeadForged {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.with(func(v *vault.Vault) { get(t, v, "A") }, readOnly)
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x10
		if i%7 != 0 {
			continue
		}
		r.raw(func(w store.Writer) error { return w.Put(r.link, bad) })
		if _, err := r.other.tryOpen(readOnly); !vault.CodeOf(err).Tampering() {
			t.Errorf("bit of byte %d: %v", i, err)
		}
		r.with(func(v *vault.Vault) {
			rep, err := v.Verify(t.Context(), vault.VerifyOptions{})
			if err != nil || len(rep.Findings) == 0 {
				t.Errorf("verify, byte %d: %+v, %v", i, rep, err)
			}
		}, readOnly)
	}
	r.raw(func(w store.Writer) error { return w.Put(r.link, good) })
	r.other.with(func(v *vault.Vault) { verifies(t, v) })
}

// A link that a stranger has put beside the true one keeps no machine from
// following that, and verify names it.
func TestAttackPlantedLink(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	other := f.machine("other")
	var seen vault.Status
	other.with(func(v *vault.Vault) { seen = v.Status() }, readOnly)
	f.with(func(v *vault.Vault) {
		for range 3 {
			set(t, v, "A", "canary newer")
		}
		rotate(t, v, vault.RotateOptions{})
		set(t, v, "A", "canary newest")
	})
	keys := strangersKeys(t, f.parsedID(seen))
	pin, err := crypto.ParsePin(seen.Pin)
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{seen.Seq + 2, seen.Seq + 5} { // before and after the rotation
		link, err := keys.SignLink(crypto.Link{Seq: seq, New: pin})
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Appendf(nil, "l/%010d/link", seq)
		f.raw(func(w store.Writer) error { return w.Put(key, link.Marshal()) })
		f.with(func(v *vault.Vault) {
			rep, err := v.Verify(t.Context(), vault.VerifyOptions{})
			if err != nil || len(rep.Findings) == 0 {
				t.Errorf("a link at commit %d: %+v, %v", seq, rep, err)
			}
		}, readOnly)
		g := other.machine("seen before the rotation")
		copyDir(t, other.state, g.state)
		g.with(func(v *vault.Vault) {
			if got := get(t, v, "A"); got != "canary newest" {
				t.Errorf("A is %s", got)
			}
		}, readOnly)
		f.raw(func(w store.Writer) error { return w.Delete(key) })
	}
	other.with(func(v *vault.Vault) { verifies(t, v) }, readOnly)
}

// strangersKeys are keys for a vault that are not its own.
func strangersKeys(t *testing.T, id crypto.ID) *crypto.Keys {
	t.Helper()
	stranger, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := stranger.Unlock(id)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// oldSlotsOf is the identity from before the rotation.
func (r rotated) oldSlotsOf(t *testing.T) *crypto.Identity {
	t.Helper()
	file := r.before["k/0000000001"]
	id, err := crypto.OpenSlot(t.Context(), r.key, crypto.Slot{ID: 1, Label: "identity", Kind: crypto.KindAge, Sum: crypto.Sum(file)}, file)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// What was before a rotation is refused after it, piece by piece and whole.
func TestAttackReplayRotated(t *testing.T) {
	t.Parallel()
	r := rotatedFixture(t)
	now := r.only("s/B/")
	for key, record := range r.before {
		if key[:4] == "s/B/" {
			fresh := r.rawGet(string(now))
			r.raw(func(w store.Writer) error { return w.Put(now, record) })
			r.attacked("B", vault.Replayed)
			r.raw(func(w store.Writer) error { return w.Put(now, fresh) })
			// Beside the new one, it is never read.
			r.raw(func(w store.Writer) error { return w.Put([]byte(key), record) })
			r.with(func(v *vault.Vault) {
				if got := get(t, v, "B"); got != "canary b" {
					t.Errorf("B is %s", got)
				}
				rep, err := v.Verify(t.Context(), vault.VerifyOptions{})
				if err != nil || len(rep.Findings) != 1 || rep.Findings[0].Code != vault.Resurrected {
					t.Errorf("%+v, %v", rep, err)
				}
			}, readOnly)
			r.raw(func(w store.Writer) error { return w.Delete([]byte(key)) })
		}
	}
	slot := r.only("k/")
	good := r.rawGet(string(slot))
	r.raw(func(w store.Writer) error { return w.Put(slot, r.before["k/0000000001"]) })
	r.attacked("A", vault.SlotTampered)
	r.raw(func(w store.Writer) error { return w.Put(slot, good) })
	copyDir(t, r.yonder, r.dir)
	r.attacked("A", vault.Substituted)
}

// Who held a key before the rotation rotates a copy from before it, as the
// vault's own would: a machine that has seen the true one is not misled.
func TestAttackRotateApart(t *testing.T) {
	t.Parallel()
	r := rotatedFixture(t)
	copyDir(t, r.yonder, r.dir)
	holder := r.machine("holder")
	holder.with(func(v *vault.Vault) {
		rotate(t, v, vault.RotateOptions{})
		for range 5 {
			set(t, v, "A", "canary of the holder")
		}
	})
	r.attacked("A", vault.Substituted)
}
