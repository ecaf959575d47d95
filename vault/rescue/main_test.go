package rescue_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store/longtest"
)

// childEnv makes the test binary open a database with Badger alone: on some
// damage it takes its process down.
const childEnv = "TACIT_RESCUE_TEST_BADGER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(badgerChild(dir))
	}
	longtest.Choose()
	code := m.Run()
	for _, dir := range roots {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// badgerChild prints the digest of every value under s/ that Badger gives.
func badgerChild(dir string) int {
	db, err := badger.Open(badger.DefaultOptions(dir).WithMemTableSize(8 << 20).WithValueThreshold(64<<10 + 1).
		WithValueLogFileSize(4 << 20).WithLogger(nil))
	if err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	_ = db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte("s/")})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			_ = it.Item().Value(func(b []byte) error {
				sum := crypto.Sum(b)
				fmt.Println(hex.EncodeToString(sum[:]))
				return nil
			})
		}
		return nil
	})
	return 0 // without Close, which would write
}

// badgerAlone is how many of the newest records Badger gives back from a copy
// of the ruin, whole.
func (m *model) badgerAlone(t *testing.T, ruin string) string {
	dir := filepath.Join(t.TempDir(), "badger")
	if _, err := os.Stat(filepath.Join(ruin, "db")); err != nil {
		return "no database"
	}
	copyDir(t, filepath.Join(ruin, "db"), dir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	given := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		given[strings.TrimSpace(line)] = true
	}
	n := 0
	for _, rec := range m.newest {
		sum := crypto.Sum(rec.bytes)
		if !rec.gone && given[hex.EncodeToString(sum[:])] {
			n++
		}
	}
	switch {
	case strings.HasPrefix(out.String(), "error"):
		return fmt.Sprintf("%d (does not open)", n)
	case err != nil:
		return fmt.Sprintf("%d (crashes)", n)
	}
	return fmt.Sprint(n)
}
