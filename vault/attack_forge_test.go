package vault_test

import (
	"bytes"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault"
)

// forger is the stanza of a record that is true in every word, without the MAC
// that only the vault's identity can make.
type forger struct{ args []string }

func (f forger) Wrap([]byte) ([]*age.Stanza, error) {
	return []*age.Stanza{{Type: "tacit", Args: f.args, Body: make([]byte, 32)}}, nil
}

// A record sealed to the vault's own recipient, which an attacker could only
// have stolen: stock age opens it, and the binding gives it away.
func TestAttackForgeToOwnRecipient(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	key := f.only("s/B/")
	f.raw(func(w store.Writer) error {
		head, err := crypto.ParseHead(mustGet(t, w, []byte("z")))
		if err != nil {
			return err
		}
		identity, err := crypto.OpenSlot(t.Context(), f.key, head.Slots[0], mustGet(t, w, []byte("k/0000000001")))
		if err != nil {
			return err
		}
		own, err := age.ParseX25519Identity(identity.Reveal())
		if err != nil {
			return err
		}
		h, err := crypto.ParseRecord(mustGet(t, w, key))
		if err != nil {
			return err
		}
		const value = "canary of a forger"
		var forged bytes.Buffer
		out, err := age.Encrypt(&forged, own.Recipient(), forger{[]string{
			"v1", h.Name, "1", "4", h.Replica.String(), "text", "18", "1700000000", "-",
		}})
		if err != nil {
			return err
		}
		if _, err := out.Write([]byte(value)); err != nil {
			return err
		}
		if err := out.Close(); err != nil {
			return err
		}
		if got, err := crypto.ParseRecord(forged.Bytes()); err != nil || got.Version != h.Version || got.Seq != h.Seq {
			t.Fatalf("a bad forgery: %+v, %v; the record is %+v", got, err, h)
		}
		return w.Put(key, forged.Bytes())
	})
	f.attacked("B", vault.Forged)
}
