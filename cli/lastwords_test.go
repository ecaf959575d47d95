package cli

import (
	"bytes"
	"log"
	"strings"
	"syscall"
	"testing"
)

// What Badger says when it ends the process becomes an error like any other,
// with the exit code of what it is about.
func TestLastWords(t *testing.T) {
	for errno, want := range map[syscall.Errno]int{syscall.EIO: exitOther, syscall.ENOSPC: exitDisk, syscall.EROFS: exitDisk} {
		var out bytes.Buffer
		code := -1
		logger := log.New(lastWords{&out, func(n int) { code = n }}, "", 0)
		logger.Printf("while opening file: \x1b[1mDISCARD\n err: %v\nwhile mmapping\ngithub.com/dgraph-io/badger/v4.Open\n\t/src/db.go:1", errno)
		lines := strings.Split(out.String(), "\n")
		if code != want || len(lines) != 3 || !strings.HasPrefix(lines[0], "tacit: the database gave up: while opening file: ?[1mDISCARD: "+errno.Error()) ||
			strings.Contains(out.String(), "github.com") {
			t.Errorf("%v: exit %d, %q", errno, code, out.String())
		}
	}
}
