package torture

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A file system may forget what was not synced, and in any order; ext4 and XFS
// forget less than they may. So the order in which the program syncs is looked
// at, too: what it says to the kernel has to be enough anywhere.
func TestSyncOrder(t *testing.T) {
	m := newMachine(t)
	seedSecrets(20)(m)
	for _, d := range []deed{
		{args: []string{"init", filepath.Join(m.home, "another"), "--identity", m.spare()}},
		{args: []string{"set", "K"}, stdin: "v"},
		importOf("I", 1500, "i"),
		{args: []string{"rotate"}},
		{args: []string{"rm", "--purge", "--yes", "K"}},
		{args: []string{"key", "add", "age", m.recipient(m.identity()), "--label", "second"}},
		{args: []string{"get", "S1"}}, // recovers
		{args: []string{"set", "K"}, stdin: "v"},
	} {
		if d.args[0] == "get" {
			m.stopUncleanly()
		}
		w := &syncWatch{written: map[string]bool{}, renamed: map[string]string{}, ahead: map[string]bool{}, apart: m.files}
		cmd := m.command(d.args...)
		cmd.Stdin = strings.NewReader(d.stdin)
		tr := &tracer{seen: w.see}
		if err := tr.run(cmd); err != nil || tr.code() != 0 {
			t.Fatalf("tacit %v: exit %d, %v", d.args, tr.code(), err)
		}
		for folder, name := range w.renamed {
			w.find("%s was not synced after the last rename in it, of %s", folder, name)
		}
		if commits := d.args[0] != "init" && d.args[0] != "get"; (w.taken > 0) != commits {
			w.find("%d times what was written ahead took its place", w.taken)
		}
		for _, f := range w.findings {
			t.Errorf("tacit %s: %s", d.args[0], f)
		}
		t.Logf("tacit %s: %d renames, %d syncs", d.args[0], w.renames, w.syncs)
	}
}

// A syncWatch sees the system calls of a process that is to be durable.
//
//   - A file is synced between its last write and its renaming.
//
//   - A folder is synced after a rename in it, before anything in or below it
//     is removed, and before the end.
//
//   - What the machine remembers next is synced before the database is, and takes
//     its place after that.
//
// In the folder apart, the machine's memory, none of it holds for what is a mere
// convenience (used).
type syncWatch struct {
	written  map[string]bool   // files with writes that were not synced
	renamed  map[string]string // folders with renames that were not synced: of what
	apart    string
	ahead    map[string]bool // what was written ahead and synced: whether the database was synced since
	renames  int
	taken    int // what was written ahead
	syncs    int
	findings []string
}

func (w *syncWatch) find(format string, a ...any) {
	if len(w.findings) < 3 { // more of them say no more
		w.findings = append(w.findings, fmt.Sprintf(format, a...))
	}
}

func (w *syncWatch) see(pid int, call *syscallInfo) {
	switch a := call.args; call.nr {
	case unix.SYS_WRITE, unix.SYS_PWRITE64:
		if path := fdPath(pid, a[0]); !syncsItself(pid, a[0]) && !strings.HasPrefix(path, w.apart+"/used/") {
			w.written[path] = true
		}
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		path := fdPath(pid, a[0])
		delete(w.written, path)
		delete(w.renamed, path)
		w.syncs++
		if strings.HasSuffix(path, ".next") {
			w.ahead[path] = false
		}
	case unix.SYS_MSYNC:
		for path := range w.ahead {
			w.ahead[path] = true
		}
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		w.rename(pathAt(pid, a[0], a[1]), pathAt(pid, a[2], a[3]))
	case unix.SYS_UNLINKAT:
		path := pathAt(pid, a[0], a[1])
		for folder, name := range w.renamed {
			if strings.HasPrefix(path, folder+"/") {
				w.find("%s is removed, and %s not synced since the renaming of %s", path, folder, name)
			}
		}
	}
}

func (w *syncWatch) rename(from, to string) {
	w.renames++
	if w.written[from] {
		w.find("%s is renamed and was not synced", from)
		delete(w.written, from)
	}
	if strings.HasSuffix(from, ".next") {
		if since, synced := w.ahead[from]; !synced || !since {
			w.find("%s takes its place, synced before: %v, the database since then: %v", from, synced, since)
		}
		w.taken++
		delete(w.ahead, from)
	}
	if !strings.HasPrefix(to, w.apart+"/used/") {
		w.renamed[filepath.Dir(to)] = filepath.Base(from)
	}
}

// fdPath is the path of an open file.
func fdPath(pid int, fd uint64) string {
	path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, int32(fd)))
	return path
}

// syncsItself tells whether each write to an open file is synced.
func syncsItself(pid int, fd uint64) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, int32(fd)))
	_, after, _ := strings.Cut(string(b), "flags:")
	line, _, _ := strings.Cut(after, "\n")
	flags, _ := strconv.ParseUint(strings.TrimSpace(line), 8, 64)
	return flags&unix.O_DSYNC != 0
}

// pathAt is the path that a system call is given, at a folder.
func pathAt(pid int, folder, at uint64) string {
	name := textAt(pid, at)
	if held, ok := strings.CutPrefix(name, "/proc/self/fd/"); ok {
		fd, below, _ := strings.Cut(held, "/")
		n, _ := strconv.ParseUint(fd, 10, 32)
		return filepath.Join(fdPath(pid, n), below)
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	dir, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if int32(folder) != unix.AT_FDCWD {
		dir = fdPath(pid, folder)
	}
	return filepath.Join(dir, name)
}

// textAt is the text at an address of a process.
func textAt(pid int, at uint64) string {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return ""
	}
	defer mem.Close()
	b := make([]byte, unix.PathMax)
	n, _ := mem.ReadAt(b, int64(at))
	text, _, _ := bytes.Cut(b[:n], []byte{0})
	return string(text)
}
