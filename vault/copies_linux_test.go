package vault

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is done with values leaves no copy of them in memory, once those were wiped that
// somebody was given.
func TestNoCopies(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))           // it would wipe some
	secret := slices.Grow([]byte(nil), 200)[:200]              // not on a stack, which may be moved
	for i, x := 0, uint32(os.Getpid()); i < len(secret); i++ { // the test has it nowhere else
		x = x*1664525 + 1013904223
		secret[i] = 'a' + byte(x>>24)%26
	}
	secret[50] = '-' // no base64
	give := func(v Value, err error) {
		if err != nil {
			t.Error(err)
		}
		for range 2 {
			raw := v.JSONValue()
			for _, withBytes := range []bool{false, true} {
				again, err := FromJSON(raw, withBytes)
				if err != nil {
					t.Error(err)
				}
				again.Wipe()
			}
			clear(raw)
		}
		b := AppendMember(make([]byte, 0, 2000), true, "a", v)
		clear(b)
		v.Clone().Wipe()
		v.Wipe()
	}
	escaped := bytes.ReplaceAll(secret, []byte("a"), []byte("\n"))
	quoted := slices.Concat([]byte{'"'}, secret, []byte{'"'})
	give(TextOf(secret), nil)
	give(TextOf(escaped), nil)
	give(Bytes(secret), nil)
	give(JSON(quoted))
	for _, wrong := range [][]byte{slices.Concat(quoted, []byte("x")), slices.Concat([]byte(`{"$base64":`), quoted, []byte("}"))} {
		if _, err := FromJSON(wrong, true); err == nil {
			t.Error("that is wrong, and was taken")
		}
		clear(wrong)
	}
	clear(quoted)
	part := bytes.Clone(secret[100:140])
	part[0] ^= 1
	clear(secret)
	clear(escaped)
	if n := timesInMemory(t, part); n != 0 {
		t.Errorf("there are %d copies", n)
	}
}

// timesInMemory is how often a text, whose first byte has another last bit, is in what
// this process may write to. The buffer that it looks with is not in the runtime's memory.
func timesInMemory(t *testing.T, text []byte) (n int) {
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
