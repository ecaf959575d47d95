//go:build amd64 || arm64 || riscv64

package keyring

import "golang.org/x/sys/unix"

// memfdSecret is memory that the kernel itself has no mapping of: no other
// process can read it, through /proc or otherwise.
func memfdSecret(size int) ([]byte, string, func()) {
	fd, err := unix.MemfdSecret(unix.O_CLOEXEC)
	if err != nil {
		return nil, "", nil
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, "", nil
	}
	b, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, "", nil
	}
	return b, "memfd_secret", func() { _ = unix.Munmap(b) }
}
