package vault

import (
	"fmt"
	"strconv"

	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A Holder is the process that has a vault open for writing.
type Holder struct {
	PID    int
	Socket string // where it can be asked, as its Options.Socket said; "" where it cannot

	lock storedir.LockHolder
	dir  string
}

// HolderOf tells who has the vault in dir open for writing. It is false where
// nobody has, or it is not known. It takes no lock and believes no record of a
// process that has ended; who asks the Socket has to check who is behind it.
func HolderOf(dir string) (Holder, bool) {
	h, ok := storedir.HolderOf(dir)
	return Holder{PID: h.PID, Socket: h.At, lock: h, dir: dir}, ok
}

// Vouched tells whether the system, too, says that the process has the vault's
// lock: the record of it can be written by whoever can write to the folder.
// known is false where the system does not tell.
func (h Holder) Vouched() (vouched, known bool) { return h.lock.Holds(h.dir) }

// ProcessBegan is when a process began, by the system's count: with its number
// it tells it from every later one. It is 0 where that is not known.
func ProcessBegan(pid int) uint64 { return storedir.ProcessBegan(pid) }

// LocksFile tells whether the system says that a process has a lock on a file
// that was taken with flock. known is false where the system does not tell.
func LocksFile(pid int, path string) (locks, known bool) { return storedir.LocksFile(pid, path) }

// busyWith says who has the vault, and what ends it, where that is known.
func (e *SecretError) busyWith(dir string) {
	e.Message = "another process is using the vault"
	e.Remedy = remedy.To(remedy.WaitLonger)
	h, ok := HolderOf(dir)
	switch {
	case !ok:
	case h.Socket != "":
		e.Message = fmt.Sprintf("an agent (pid %d) has the vault open", h.PID)
		e.Remedy = remedy.To(remedy.EndAgent, remedy.Process.Named(strconv.Itoa(h.PID)))
	default:
		e.Message = fmt.Sprintf("another process (pid %d) is using the vault", h.PID)
		e.Remedy = remedy.To(remedy.WaitOrKill, remedy.Process.Named(strconv.Itoa(h.PID)))
	}
}
