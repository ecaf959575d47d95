package cryptotest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// NewMasked is a text that the test has nowhere else, and a part of it for TimesInMemory.
func NewMasked() (secret, part []byte) {
	secret = slices.Grow([]byte(nil), 200)[:200] // not on a stack, which may be moved
	_, _ = rand.Read(secret)
	for i := range secret {
		secret[i] = 'a' + secret[i]%26
	}
	secret[50] = '-' // no base64
	part = bytes.Clone(secret[100:140])
	part[0] ^= 1
	return secret, part
}

// LeastOf is the least of what three counts are, or the first that is zero. A signal that
// comes amid a copy has the kernel keep the registers on the thread's stack for signals: a
// copy that the next time is not there. What code leaves is there each time.
func LeastOf(count func() int) (least int) {
	least = count()
	for range 2 {
		if least > 0 {
			least = min(least, count())
		}
	}
	return least
}

// TimesInMemory is how often a text, whose first byte has another last bit, is in what
// this process may write to. The buffer that it looks with is not in the runtime's memory.
func TimesInMemory(t testing.TB, text []byte) (n int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skip(err)
	}
	defer mem.Close()
	buf, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(buf)
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil {
			t.Fatal(err)
		}
		for ; strings.HasPrefix(mode, "rw") && from < to; from += uint64(len(buf)) {
			got, _ := mem.ReadAt(buf[:min(to-from, uint64(len(buf)))], int64(from))
			for rest := buf[:got]; ; n++ {
				at := bytes.Index(rest, text[1:])
				if at < 0 {
					break
				}
				if at == 0 || rest[at-1] != text[0]^1 {
					n--
				}
				rest = rest[at+1:]
			}
			clear(buf)
		}
	}
	return n
}
