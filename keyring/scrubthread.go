package keyring

// ScrubThread wipes what this thread has of secrets besides memory that it uses: copies
// are made through its registers, and when a signal comes, as the runtime sends them to
// who runs for long, the kernel puts the registers on the stack for signals, where they
// lie until the next one. It is for who has just wiped a secret, and has locked its
// goroutine to the thread before it was there. On systems other than Linux it wipes
// registers alone; of vector registers it reaches those that copying uses.
func ScrubThread() { overwriteRegisters(256) }

// overwriteRegisters copies so many bytes, which is through all registers at once. A
// number that the compiler knew would be copied otherwise.
//
//go:noinline
func overwriteRegisters(n int) {
	from, to := make([]byte, n), make([]byte, n)
	for i := range from {
		from[i] = 0x5a // no zeros: of registers that are empty nothing might be stored
	}
	signal := toThisThread()
	copy(to, from)
	signal()
}
