package keyring

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestScrub lets go of secrets of every size, between others that stay, and
// looks for them in the memory of this process.
func TestScrub(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	debug.FreeOSMemory()
	kept := letGo()
	before := hits(t, scrubbed)
	Scrub()
	if after := hits(t, scrubbed); before < 100_000 || after > before/1000 {
		t.Errorf("it was there %d times, and is %d times", before, after)
	}
	runtime.KeepAlive(kept)
}

// The secret is 8 bytes, which are nowhere as such but in what the test makes: a mask
// makes them of these.
const masked = "\x91\x83\x35\x0f\x77\x3c\x22\xe9"

// scrubbed is the mask of the secret of TestScrub.
const scrubbed byte = 0x5a

// Nothing is collected in between: a page that is used again for objects of
// another size keeps what lies behind the last of them, which Scrub does not reach.
func letGo() (kept [][]byte) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for size := 8; size < 100_000; size = size*9/8 + 1 {
		for range 50 {
			b := make([]byte, size)
			for i := range b[:len(b)/8*8] {
				b[i] = masked[i%8] ^ scrubbed
			}
			pointing := make([]*byte, size/8) // beside it, in spans of another kind
			pointing[0] = new(byte)
			kept = append(kept, make([]byte, size/16))
		}
	}
	return kept
}

// hits is how often the secret is in what this process may write to. The buffer
// that it looks with is not in the runtime's memory.
func hits(t *testing.T, mask byte) (n int) {
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
			n += count(buf[:got], mask)
		}
	}
	return n
}

func count(b []byte, mask byte) (n int) {
next:
	for i := 0; i+len(masked) <= len(b); i += len(masked) { // the runtime aligns
		for j := range len(masked) {
			if b[i+j] != masked[j]^mask {
				continue next
			}
		}
		n++
	}
	return n
}
