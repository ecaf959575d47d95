//go:build unix && !linux

package keyring

import "golang.org/x/sys/unix"

// memories are the kinds of memory, the best first; nil bytes where there is
// none of that kind.
var memories = [...]func(size int) (bytes []byte, kind string, free func()){lockedMemory}

// lockedMemory is never swapped.
func lockedMemory(size int) ([]byte, string, func()) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, "", nil
	}
	free := func() { _ = unix.Munmap(b) }
	if unix.Mlock(b) != nil {
		free()
		return nil, "", nil
	}
	return b, "locked", free
}
