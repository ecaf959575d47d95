//go:build unix

package badgerstore

import "golang.org/x/sys/unix"

// letGoOfPages gives the pages of a mapped file back. They are read again where they
// are needed again.
func letGoOfPages(mapped []byte) {
	_ = unix.Madvise(mapped, unix.MADV_DONTNEED) // it is a hint
}
