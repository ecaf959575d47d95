package longtest

import "os"

// shared is where Linux keeps files in memory.
const shared = "/dev/shm"

// InMemory makes the tests' temporary folders in memory, if the system has a place for
// that and TMPDIR names no other. It is for packages whose tests are not about the disk,
// but would spend most of their time waiting for one.
func InMemory() {
	if os.Getenv("TMPDIR") != "" {
		return
	}
	dir, err := os.MkdirTemp(shared, "tacit-test-")
	if err != nil {
		return
	}
	os.Remove(dir)
	os.Setenv("TMPDIR", shared)
}
