package rescue_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/rescue"
)

// A vault that has lost a file of its database does not open any more. Its secrets are
// found by their bytes, proven, and written to a new vault.
func Example() {
	ctx := context.Background()
	top, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(top)
	dir, state := filepath.Join(top, "vault"), filepath.Join(top, "state")
	// The work factor is lowered only so that the example is quick.
	key, err := crypto.NewPassphrase([]byte("correct horse battery staple"), crypto.WithWorkFactor(10))
	if err != nil {
		log.Fatal(err)
	}
	slots := []vault.NewSlot{{Label: "passphrase", Lock: key}}
	v, err := vault.Create(ctx, dir, vault.CreateOptions{Slots: slots, State: state})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := v.Set(ctx, "API_KEY", vault.Text("s3cret")); err != nil {
		log.Fatal(err)
	}
	v.Close()
	if err := os.Remove(filepath.Join(dir, "db", "MANIFEST")); err != nil {
		log.Fatal(err)
	}

	r, err := rescue.Scan(ctx, dir, rescue.Options{State: state})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	if err := r.Unlock(ctx, key); err != nil {
		log.Fatal(err)
	}
	report, err := r.Collect(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Count(rescue.Certain), "certain,", report.Count(rescue.Missing), "missing")
	_, err = r.Write(ctx, filepath.Join(top, "new"), vault.CreateOptions{Slots: slots, State: state}, nil)
	fmt.Println(err)
	// Output:
	// 1 certain, 0 missing
	// <nil>
}
