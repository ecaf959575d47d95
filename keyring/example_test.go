package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// A vault is opened by the key that an identity file holds.
func Example() {
	ctx := context.Background()
	dir, path, state := exampleVault(ctx)
	defer os.RemoveAll(filepath.Dir(dir))

	key, err := keyring.IdentityFile(path, keyring.FileOptions{})
	if err != nil {
		log.Fatal(err)
	}
	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{key}, Wait: 10 * time.Second, State: state})
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	secret, err := v.Read(ctx, "API_KEY")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(secret.Version, string(secret.Value.Reveal()))

	_, err = v.Read(ctx, "NONE")
	fmt.Println(errors.Is(err, vault.NotFound))
	// Output:
	// 1 s3cret
	// true
}

// exampleVault makes an identity file, and a vault with one secret that it opens, as
// tacit init and tacit set do.
func exampleVault(ctx context.Context) (dir, path, state string) {
	top, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	dir, path, state = filepath.Join(top, "vault"), filepath.Join(top, "identity.txt"), filepath.Join(top, "state")
	recipient, err := keyring.CreateIdentityFile(path, false)
	if err != nil {
		log.Fatal(err)
	}
	lock, err := keyring.Recipient(recipient)
	if err != nil {
		log.Fatal(err)
	}
	v, err := vault.Create(ctx, dir, vault.CreateOptions{Slots: []vault.NewSlot{{Label: "identity", Lock: lock}}, State: state})
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Set(ctx, "API_KEY", vault.Text("s3cret")); err != nil {
		log.Fatal(err)
	}
	return dir, path, state
}
