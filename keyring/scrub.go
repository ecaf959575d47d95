package keyring

import (
	"runtime"
	"runtime/debug"
)

// Scrub wipes what this process has let go of: what is no longer in use, and
// lies in memory until something else needs the room. Secrets get there through
// libraries that copy them, or keep them in strings, which nobody can wipe. It
// takes about a tenth of a second, and is no proof: it does not reach what is
// still referred to, the stacks of goroutines, and the odd bytes behind the last
// object of a page that was used for something else before. Of registers it does
// what ScrubThread does, and overwrites the stacks for signals of all threads.
//
// The runtime gives memory out zeroed. So a collection finds what is free, free
// pages go back to the system, and what is free between objects in use is given
// out once, for each size that there is.
func Scrub() {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	debug.FreeOSMemory() // collects again, what pools kept through the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	free := min(int(m.HeapInuse-m.HeapAlloc), mostScrubbed) // between objects, over all sizes
	for size, taken := 8, 0; size <= largestSmall; size = sizeAbove(size) {
		n := free/size + 1
		plain, pointing := make([][]byte, n), make([][]*byte, n)
		for i := range n {
			plain[i] = make([]byte, size)
			pointing[i] = make([]*byte, pointersIn(size))
		}
		runtime.KeepAlive(plain)
		runtime.KeepAlive(pointing)
		if taken += 2 * n * size; taken > mostScrubbed {
			runtime.GC()
			taken = 0
		}
	}
	debug.FreeOSMemory()
	toAllThreads()
	ScrubThread()
}

const (
	largestSmall = 32 << 10 // bytes; what is larger has pages of its own
	mostScrubbed = 8 << 20  // bytes: more is not free between objects here, nor taken at a time
)

// sizeAbove is the next size of memory that the runtime gives out: it rounds up.
func sizeAbove(size int) int {
	return cap(append([]byte(nil), make([]byte, size+1)...))
}

// pointersIn is how many pointers take memory of this size. Beyond 512 bytes the
// runtime keeps a word for itself.
func pointersIn(size int) int {
	if size > 512 {
		size -= 8
	}
	return size / 8
}
