package storedir

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The lock file holds one line of 32 bytes: "open N" while a writer may have
// changes that lie only in Badger's log N and those after it, "closed" from
// the moment on when it begins to close. With it, a log that somebody deleted
// after a crash can be told from one that was not there. Anything else in the
// file says nothing.
const (
	stateSize = 32
	openState = "open "
)

// MarkOpen notes that the log of that number has to be there from now on. It
// need not survive a power loss: without it there is only less to check.
func (l *Lock) MarkOpen(log uint64) error {
	return l.writeState(openState + strconv.FormatUint(log, 10))
}

// MarkClosed notes, durably, that the logs are about to go.
func (l *Lock) MarkClosed() error {
	if err := l.writeState("closed"); err != nil {
		return err
	}
	return l.file.Sync()
}

func (l *Lock) writeState(s string) error {
	if info, err := l.file.Stat(); err != nil || !OneName(info) {
		return OtherNameError(LockName)
	}
	_, err := l.file.WriteAt(fmt.Appendf(nil, "%-*s\n", stateSize-1, s), 0)
	return err
}

// OpenLog returns the number of the log that has to be there, if any has.
func (l *Lock) OpenLog() (log uint64, ok bool) {
	b := make([]byte, stateSize)
	n, err := l.file.ReadAt(b, 0)
	if err != nil && err != io.EOF || n != stateSize {
		return 0, false
	}
	text, ok := strings.CutPrefix(strings.TrimSpace(string(b)), openState)
	if !ok {
		return 0, false
	}
	log, err = strconv.ParseUint(text, 10, 31)
	return log, err == nil
}
