package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// exampleKey is a passphrase; the work factor is lowered so that the example is quick.
func exampleKey() *crypto.Passphrase {
	key, err := crypto.NewPassphrase([]byte("correct horse battery staple"), crypto.WithWorkFactor(10))
	if err != nil {
		log.Fatal(err)
	}
	return key
}

// exampleFolder holds a vault with one secret, which exampleKey opens.
func exampleFolder(ctx context.Context) (dir, state string, done func()) {
	top, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	dir, state = filepath.Join(top, "vault"), filepath.Join(top, "state")
	v, err := vault.Create(ctx, dir, vault.CreateOptions{
		Slots: []vault.NewSlot{{Label: "passphrase", Lock: exampleKey()}}, State: state,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Set(ctx, "API_KEY", vault.Text("s3cret")); err != nil {
		log.Fatal(err)
	}
	return dir, state, func() { os.RemoveAll(top) }
}

// A wrong key is an error with a code. Without any key the vault opens too, and lists
// names.
func ExampleOpen() {
	ctx := context.Background()
	dir, state, done := exampleFolder(ctx)
	defer done()

	other, err := crypto.NewPassphrase([]byte("hunter2"), crypto.WithWorkFactor(10))
	if err != nil {
		log.Fatal(err)
	}
	_, err = vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{other}, State: state})
	fmt.Println(errors.Is(err, vault.WrongKey))

	v, err := vault.Open(ctx, dir, vault.Options{State: state})
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	secrets, err := v.List(ctx, vault.ListOptions{})
	fmt.Println(len(secrets), secrets[0].Name, err)
	_, err = v.Read(ctx, "API_KEY")
	fmt.Println(errors.Is(err, vault.Locked))
	// Output:
	// true
	// 1 API_KEY <nil>
	// true
}

// The current version, and an older one.
func ExampleVault_Read() {
	ctx := context.Background()
	v, done := exampleVault(ctx)
	defer done()
	for _, value := range []string{"old", "new"} {
		if _, err := v.Set(ctx, "TOKEN", vault.Text(value)); err != nil {
			log.Fatal(err)
		}
	}
	secret, err := v.Read(ctx, "TOKEN")
	if err != nil {
		log.Fatal(err)
	}
	defer secret.Value.Wipe()
	older, err := v.ReadVersion(ctx, "TOKEN", 1)
	if err != nil {
		log.Fatal(err)
	}
	defer older.Value.Wipe()
	fmt.Printf("%d %s, %d %s\n", secret.Version, secret.Value.Reveal(), older.Version, older.Value.Reveal())
	// Output: 2 new, 1 old
}

// An update of what has to be there already.
func ExampleVault_Set() {
	ctx := context.Background()
	v, done := exampleVault(ctx)
	defer done()
	_, err := v.Set(ctx, "TOKEN", vault.Text("a"), vault.IfPresent())
	fmt.Println(errors.Is(err, vault.NotFound))
	if _, err := v.Set(ctx, "TOKEN", vault.Text("a"), vault.Label("env", "prod")); err != nil {
		log.Fatal(err)
	}
	info, err := v.Set(ctx, "TOKEN", vault.Text("b"), vault.IfPresent())
	fmt.Println(info.Version, info.Labels["env"], err)
	// Output:
	// true
	// 2 prod <nil>
}

// A backup, and what comes back from it at another place.
func ExampleVault_Backup() {
	ctx := context.Background()
	dir, state, done := exampleFolder(ctx)
	defer done()

	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{exampleKey()}, State: state})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := v.Backup(ctx, &file, vault.BackupOptions{}); err != nil {
		log.Fatal(err)
	}
	v.Close()

	// Every byte is proven before anything is written.
	b, err := vault.OpenBackup([]vault.BackupSource{{Name: "vault.bak", Reader: &file}}, vault.Options{State: state})
	if err != nil {
		log.Fatal(err)
	}
	defer b.Close()
	if err := b.Unlock(ctx, exampleKey()); err != nil {
		log.Fatal(err)
	}
	status, err := b.Restore(ctx, dir+"-2", vault.RestoreOptions{})
	fmt.Println(status.Names, err)
	// Output: 1 <nil>
}
