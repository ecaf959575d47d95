package keyring

// HeapMemory is the kind of memory that is like everything else.
const HeapMemory = "heap"

// A Memory is a piece of memory for a secret that is kept for long.
type Memory struct {
	Bytes []byte
	// Kind tells how well it is kept: "memfd_secret", which no other process can
	// read, root's included; "locked", which never reaches a disk or a core dump;
	// [HeapMemory].
	Kind string
	free func()
}

// NewMemory gets the best memory that there is for so many bytes. It always
// succeeds: what a limit of the system denies, a lesser kind replaces.
func NewMemory(size int) *Memory {
	for _, get := range memories {
		if bytes, kind, free := get(size); bytes != nil {
			return &Memory{bytes[:size], kind, free}
		}
	}
	return &Memory{make([]byte, size), HeapMemory, func() {}}
}

// Free wipes the memory and gives it back. Nothing may use it afterwards.
func (m *Memory) Free() {
	clear(m.Bytes)
	m.Bytes = nil
	m.free()
	m.free = func() {}
}
