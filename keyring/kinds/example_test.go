package kinds_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/kinds"
)

// An SSH key opens slots only in a program that is linked with its kind.
func ExampleAll() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "id_ed25519")
	exampleKey(path)

	_, err = keyring.IdentityFile(path, keyring.FileOptions{})
	fmt.Println(errors.Is(err, keyring.ErrNotLinked))

	all := kinds.All()
	ssh, err := keyring.IdentityFile(path, keyring.FileOptions{Kinds: all})
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []keyring.Key{all.TPMKey(keyring.TPMOptions{}), all.OSKey(), ssh} {
		fmt.Println(filepath.Base(key.Name()))
	}
	// Output:
	// true
	// TPM
	// system's keyring
	// id_ed25519
}

// exampleKey makes an SSH private key, as ssh-keygen does.
func exampleKey(path string) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		log.Fatal(err)
	}
}
