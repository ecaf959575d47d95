package system

// depth is how deep the stack of a command that opens a vault becomes, in bytes.
const depth = 14 << 10

// DeepenStack gives the goroutine at once the stack that a command needs. By itself it
// grows from 8 KiB by doubling, deep in the calls, and each time all frames on it have to
// be moved: that took a thirtieth of a read.
//
//go:noinline
func DeepenStack() {
	var room [depth]byte
	use(&room)
}

//go:noinline
func use(room *[depth]byte) { room[0] = 1 }
