//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxSession is how long a note of a session counts: the number of an older one may
// be another session's by now.
const maxSession = 12 * time.Hour

// askedMark is what the name of such a note has in it: an empty file beside the
// agents' sockets, with the number of the session at its end.
const askedMark = ".asked-"

// AskedBefore notes that a passphrase was asked for in this session, and tells
// whether it is the second time. Where nothing can be noted, it never is.
func AskedBefore(socket string) bool {
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	dir := filepath.Dir(socket)
	if os.MkdirAll(dir, 0o700) != nil {
		return false
	}
	forgetSessions(dir)
	path := fmt.Sprintf("%s%s%d", socket, askedMark, session)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		f.Close()
		return false
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 0 {
		return false
	}
	return os.WriteFile(path, []byte("told\n"), 0o600) == nil
}

// forgetSessions removes the notes of sessions that are over, as far as their age
// tells.
func forgetSessions(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if strings.Contains(e.Name(), askedMark) && err == nil && time.Since(info.ModTime()) > maxSession {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
