package vault_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// A vault with one way in: a passphrase.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	// The work factor is lowered only so that the example is quick.
	passphrase, err := crypto.NewPassphrase([]byte("correct horse battery staple"), crypto.WithWorkFactor(10))
	if err != nil {
		log.Fatal(err)
	}
	v, err := vault.Create(ctx, filepath.Join(dir, "vault"), vault.CreateOptions{
		Slots: []vault.NewSlot{{Label: "passphrase", Lock: passphrase}},
		State: filepath.Join(dir, "state"), // without it: this machine's own
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Set(ctx, "API_KEY", vault.Text("s3cret")); err != nil {
		log.Fatal(err)
	}
	v.Close()

	v, err = vault.Open(ctx, filepath.Join(dir, "vault"), vault.Options{
		Keys: []crypto.Key{passphrase}, Wait: 10 * time.Second, State: filepath.Join(dir, "state"),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	secret, err := v.Read(ctx, "API_KEY")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(secret.Value) // never by accident
	fmt.Printf("%s, version %d\n", secret.Value.Reveal(), secret.Version)

	_, err = v.Read(ctx, "OTHER")
	fmt.Println(errors.Is(err, vault.NotFound))
	// Output:
	// [redacted]
	// s3cret, version 1
	// true
}

// exampleVault makes a vault that is removed by done.
func exampleVault(ctx context.Context) (v *vault.Vault, done func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	id, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		log.Fatal(err)
	}
	key, err := crypto.Identities("identity", strings.NewReader(id.Reveal()))
	if err != nil {
		log.Fatal(err)
	}
	lock, err := crypto.Recipient(key.Recipients()[0])
	if err != nil {
		log.Fatal(err)
	}
	v, err = vault.Create(ctx, filepath.Join(dir, "vault"), vault.CreateOptions{
		Slots: []vault.NewSlot{{Label: "identity", Lock: lock}}, State: filepath.Join(dir, "state"),
	})
	if err != nil {
		log.Fatal(err)
	}
	return v, func() { v.Close(); os.RemoveAll(dir) }
}

// Two writers that both read version 1: the second is told.
func ExampleIfVersion() {
	ctx := context.Background()
	v, done := exampleVault(ctx)
	defer done()
	first, err := v.Set(ctx, "TOKEN", vault.Text("a"), vault.IfAbsent())
	if err != nil {
		log.Fatal(err)
	}
	_, err = v.Set(ctx, "TOKEN", vault.Text("b"), vault.IfVersion(first.Version))
	fmt.Println(err)
	_, err = v.Set(ctx, "TOKEN", vault.Text("c"), vault.IfVersion(first.Version))
	fmt.Println(errors.Is(err, vault.Conflict))
	// Output:
	// <nil>
	// true
}

// Several changes that happen together or not at all.
func ExampleVault_Apply() {
	ctx := context.Background()
	v, done := exampleVault(ctx)
	defer done()
	_, err := v.Apply(ctx, []vault.Change{
		{Name: "USER", Value: vault.Text("app")},
		{Name: "PASSWORD", Value: vault.Text("hunter2"), If: vault.Absent},
		{Name: "no such name", Value: vault.Text("x")},
	}, nil)
	fmt.Println(errors.Is(err, vault.InvalidName), v.Status().Names)
	// Output: true 0
}

// The client of LivePerson Functions, whose values are JSON.
func ExampleClient() {
	ctx := context.Background()
	v, done := exampleVault(ctx)
	defer done()
	if _, err := v.Set(ctx, "CONFIG", vault.Text("to be replaced")); err != nil {
		log.Fatal(err)
	}
	client := vault.NewClient(v)
	entry, err := client.UpdateSecret(ctx, vault.Entry{Key: "CONFIG", Value: json.RawMessage(`{"rate": 1.50}`)})
	fmt.Printf("%s %v\n", entry.Value, err)
	_, err = client.UpdateSecret(ctx, vault.Entry{Key: "MISSING", Value: json.RawMessage(`1`)})
	fmt.Println(errors.Is(err, vault.NotFound), len(client.GetUsedSecrets()))
	// Output:
	// {"rate":1.50} <nil>
	// true 1
}
