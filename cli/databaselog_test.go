package cli

import (
	"bytes"
	"encoding/json"
	"log"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// What Badger says when it ends the process becomes an error like any other,
// with the exit code of what it is about.
func TestLastWords(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]int{syscall.EIO: failure.ExitDisk, syscall.ENOSPC: failure.ExitDisk, syscall.EROFS: failure.ExitDisk} {
		var out bytes.Buffer
		code := -1
		logger := log.New(databaseLog{&out, nil, func(n int) { code = n }}, "", 0)
		logger.Printf("while opening file: \x1b[1mDISCARD\n err: %v\nwhile mmapping\ngithub.com/dgraph-io/badger/v4.Open\n\t/src/db.go:1", errno)
		lines := strings.Split(out.String(), "\n")
		if code != want || len(lines) != 3 || !strings.HasPrefix(lines[0], "tacit: the database gave up: while opening file: ?[1mDISCARD: "+errno.Error()) ||
			strings.Contains(out.String(), "github.com") {
			t.Errorf("%v: exit %d, %q", errno, code, out.String())
		}
	}
}

// Under --json they are an object, as every other error is.
func TestLastWordsJSON(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--json", "get", "A"}, {"get", "A", "--json"}, {"ls", "--no-such-flag", "--json"}} {
		var out bytes.Buffer
		code := -1
		log.New(databaseLog{&out, args, func(n int) { code = n }}, "", 0).Printf("while writing\n err: %v\n", syscall.ENOSPC)
		var e struct{ Code, Message, Hint string }
		d := json.NewDecoder(&out)
		if err := d.Decode(&e); err != nil || d.More() {
			t.Fatalf("%v: %v, %q", args, err, out.String())
		}
		if code != failure.ExitDisk || e.Code != string(vault.NoSpace) || !strings.Contains(e.Message, "while writing") || !strings.HasPrefix(e.Hint, "tacit verify") {
			t.Errorf("%v: exit %d, %+v", args, code, e)
		}
	}
}
