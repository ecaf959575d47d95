package storedir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/store"
)

// A LockHolder is a process that has a store to itself, as it has written of itself
// into the lock file. Who finds the store busy learns from it whom to ask.
//
// The record is a hint and no lock: it is not synced, a failure to write it is
// none, and what a dead process has left is not believed.
type LockHolder struct {
	PID int    `json:"pid"`
	At  string `json:"at,omitempty"` // its Options.Holder

	Began uint64 `json:"began,omitempty"` // by the system's count; 0 where it does not tell
	Boot  string `json:"boot,omitempty"`  // of which start of the machine
}

const (
	// maxHolder is the longest record, in bytes: a path and some numbers.
	maxHolder = 8 << 10
	// holderAt is where it stands in the lock file, behind the state of the log.
	holderAt = stateSize
)

// Sign says in the lock file who has the store. The caller has the exclusive
// lock.
func (l *Lock) Sign(at string) {
	if info, err := l.file.Stat(); err != nil || !OneName(info) {
		return // another name of somebody's file
	}
	pid := os.Getpid()
	b, err := json.Marshal(LockHolder{PID: pid, At: at, Began: ProcessBegan(pid), Boot: bootID()})
	if err != nil || len(b) >= maxHolder {
		return
	}
	// A longer record of another's may follow: the end of the line ends this one.
	_, err = l.file.WriteAt(append(b, '\n'), holderAt)
	l.signed = err == nil
}

// unsign takes back what sign has said.
func (l *Lock) unsign() {
	if l.signed {
		_ = l.file.Truncate(holderAt)
		l.signed = false
	}
}

// HolderOf tells which process has the store in the folder dir to itself. It is
// false where none has, or none is known. It takes no lock.
func HolderOf(dir string) (h LockHolder, ok bool) {
	f, err := OpenNoFollow(filepath.Join(dir, LockName), os.O_RDONLY)
	if err != nil {
		return h, false
	}
	defer f.Close()
	b := make([]byte, maxHolder)
	n, err := f.ReadAt(b, holderAt)
	if err != nil && !errors.Is(err, io.EOF) {
		return h, false
	}
	h, err = parseHolder(b[:n])
	return h, err == nil && h.alive()
}

// parseHolder reads a record: one line, JSON.
func parseHolder(b []byte) (h LockHolder, err error) {
	line, _, ended := bytes.Cut(b, []byte("\n"))
	if !ended || json.Unmarshal(line, &h) != nil {
		return LockHolder{}, fmt.Errorf("%w: no holder", store.ErrCorrupt)
	}
	if h.PID <= 0 || h.At != "" && !filepath.IsAbs(h.At) {
		return LockHolder{}, fmt.Errorf("%w: no holder", store.ErrCorrupt)
	}
	return h, nil
}

// alive tells whether the very process that wrote the record runs: not another
// one that has its number now, and not one of another machine.
func (h LockHolder) alive() bool {
	return h.Boot == bootID() && h.Began == ProcessBegan(h.PID) && processRuns(h.PID)
}

// Holds tells whether the system says that the process has a lock on the lock
// file in the folder dir; known is false where the system does not tell.
func (h LockHolder) Holds(dir string) (holds, known bool) {
	return LocksFile(h.PID, filepath.Join(dir, LockName))
}
