package cli

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
)

// newCanary is a value that is in no file yet.
func newCanary(what string) string { return "CANARY-" + what + "-" + rand.Text() }

// editing is a tacit edit that runs on a terminal of its own.
type editing struct {
	*exec.Cmd
	t    *testing.T
	ours *os.File

	mu   sync.Mutex // guards seen
	seen bytes.Buffer
}

// startEditing runs tacit edit with the editor.
func startEditing(t *testing.T, home, editor string, args ...string) *editing {
	t.Helper()
	ours, theirs := openPTY(t)
	if err := unix.IoctlSetWinsize(int(theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 120}); err != nil {
		t.Fatal(err)
	}
	e := &editing{Cmd: tacit(t, home, append([]string{"edit"}, args...)...), t: t, ours: ours}
	e.Env = append(e.Env, "TERM=xterm", "EDITOR="+editor, "LANG=C.UTF-8", "SHELL=/bin/sh")
	e.Stdin, e.Stdout, e.Stderr = theirs, theirs, theirs
	e.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Process.Kill(); _ = e.Wait() })
	theirs.Close()
	go func() {
		for buf := make([]byte, 4096); ; {
			n, err := ours.Read(buf)
			e.mu.Lock()
			e.seen.Write(buf[:n])
			e.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return e
}

func (e *editing) screen() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen.String()
}

// await waits until something appears on the screen.
func (e *editing) await(text string) {
	e.t.Helper()
	for range moments {
		if strings.Contains(e.screen(), text) {
			return
		}
	}
	e.t.Fatalf("%q did not appear in %q", text, e.screen())
}

func (e *editing) keys(typed string) {
	e.t.Helper()
	if _, err := e.ours.WriteString(typed); err != nil {
		e.t.Fatal(err)
	}
}

// code waits for the end.
func (e *editing) code() int {
	e.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- e.Wait() }()
	select {
	case err := <-ended:
		return exitCodeOf(err)
	case <-time.After(hang):
		e.t.Fatalf("it does not end: %q", e.screen())
		return 0
	}
}

// nowhere fails where a value lies in a file under the folders, or in one of
// /tmp or /dev/shm that is new.
func nowhere(t *testing.T, since time.Time, home string, values ...string) {
	t.Helper()
	look := func(dir string, deepest int) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil // gone, or others'
			}
			info, err := d.Info()
			if err != nil {
				return nil
			}
			if d.IsDir() && strings.Count(strings.TrimPrefix(path, dir), "/") > deepest {
				return fs.SkipDir
			}
			if !d.Type().IsRegular() || info.ModTime().Before(since) || info.Size() > 64<<20 {
				return nil
			}
			b, _ := os.ReadFile(path)
			for _, v := range values {
				if bytes.Contains(b, []byte(v)) {
					t.Errorf("a value lies in %s", path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look(home, 100)
	look("/dev/shm", 3)
	look("/tmp", 1)
}

// inProcesses fails where a value is on the command line or in the environment
// of any process.
func inProcesses(t *testing.T, values ...string) {
	t.Helper()
	for _, file := range []string{"cmdline", "environ"} {
		paths, _ := filepath.Glob("/proc/[0-9]*/" + file)
		for _, path := range paths {
			b, _ := os.ReadFile(path)
			for _, v := range values {
				if bytes.Contains(b, []byte(v)) {
					t.Errorf("a value is in %s", path)
				}
			}
		}
	}
}

// hostileSettings make editors keep all that they can, outside of the folder.
func hostileSettings(t *testing.T, home string) {
	t.Helper()
	for _, dir := range []string{"keep", ".config/micro", ".config/nvim"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	vimrc := "set nocompatible backup writebackup swapfile undofile\nset backupdir=~/keep directory=~/keep undodir=~/keep\nset viminfo='100,<50,s10,h,n~/keep/info\n"
	for name, text := range map[string]string{
		".vimrc":                      vimrc,
		".config/nvim/init.vim":       strings.ReplaceAll(vimrc, "viminfo", "shada"),
		".nanorc":                     "set backup\nset backupdir \"" + home + "/keep\"\nset historylog\nset positionlog\n",
		".emacs":                      `(setq make-backup-files t backup-directory-alist '((".*" . "~/keep")) auto-save-file-name-transforms '((".*" "~/keep/" t)) inhibit-startup-screen t auto-save-interval 20) (savehist-mode 1)`,
		".config/micro/settings.json": `{"savehistory": true, "saveundo": true, "savecursor": true, "permbackup": true, "backup": true}`,
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Editors that people have change a value, and what they would keep of it they
// do not keep.
func TestRealEditors(t *testing.T) {
	for name, keys := range map[string]string{
		"vim":   "ggyydGi%s\x1b:w\ryyu\x12/CANARY\r:wq\r",
		"nvim":  "ggyydGi%s\x1b:w\ryyu\x12/CANARY\r:wq\r",
		"nano":  "\x0b%s\x0f\r\x18",
		"emacs": "\x18h\x17%s\x18\x13\x18\x03",
		"micro": "\x01%s\x13\x11",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skip(err)
			}
			t.Parallel()
			since := time.Now().Add(-time.Second)
			home, old, new := t.TempDir(), newCanary("OLD"), newCanary("NEW")
			hostileSettings(t, home)
			mustRun(t, tacit(t, home, "init"))
			set := tacit(t, home, "set", "A")
			set.Stdin = strings.NewReader(old)
			mustRun(t, set)
			editor := name
			if name == "emacs" {
				editor = "emacs -nw"
			}
			e := startEditing(t, home, editor, "A")
			e.await(old)
			inProcesses(t, old, new)
			if name == "emacs" || name == "micro" {
				time.Sleep(500 * time.Millisecond) // they draw before they listen
			}
			before, after, _ := strings.Cut(keys, "%s")
			e.keys(before + new + after)
			if code := e.code(); code != failure.ExitOK {
				t.Fatalf("exit code %d: %q", code, e.screen())
			}
			if got := mustRun(t, tacit(t, home, "get", "A")); got != new {
				t.Errorf("the value is %q, want %q", got, new)
			}
			nowhere(t, since, home, old, new)
		})
	}
}

// waiter is an editor that writes what it is given and waits, deaf to a request
// to end.
func waiter(t *testing.T, home, value string) (editor, ready string) {
	t.Helper()
	ready = filepath.Join(home, "ready")
	script := fmt.Sprintf("trap '' TERM HUP INT\nprintf %%s%%s %s %s >\"$1\"\necho $$ >\"$2\"\nexec sleep 1000\n", value[:8], value[8:])
	path := filepath.Join(home, "waiter")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	return "sh -c 'sh " + path + " \"$1\" " + ready + "' -", ready
}

func awaitFile(t *testing.T, path string) {
	t.Helper()
	for range moments {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return
		}
	}
	t.Fatalf("%s did not appear", path)
}

// ours lists the folders of an edit that hold a value.
func foldersWith(value string) (found []string) {
	paths, _ := filepath.Glob("/dev/shm/" + system.EditFolder + "*/*")
	for _, path := range paths {
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(value)) {
			found = append(found, filepath.Dir(path))
		}
	}
	return found
}

// Whatever ends tacit or its editor, nothing is changed and nothing stays; of a
// tacit that is killed, what is in memory goes with the next one.
func TestEndOfEdit(t *testing.T) {
	if system.MemoryPlace(func(string) string { return "" }) != "/dev/shm" {
		t.Skip("no /dev/shm")
	}
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		editor bool // the signal is the editor's
		code   int
	}{
		{"SIGTERM", unix.SIGTERM, false, failure.ExitInterrupted},
		{"SIGHUP", unix.SIGHUP, false, failure.ExitInterrupted},
		{"editor killed", unix.SIGKILL, true, failure.ExitOther},
		{"killed", unix.SIGKILL, false, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			since := time.Now().Add(-time.Second)
			home, old, typed := t.TempDir(), newCanary("OLD"), newCanary("TYPED")
			mustRun(t, tacit(t, home, "init"))
			set := tacit(t, home, "set", "A")
			set.Stdin = strings.NewReader(old)
			mustRun(t, set)
			editor, ready := waiter(t, home, typed)
			e := startEditing(t, home, editor, "A")
			awaitFile(t, ready)
			if len(foldersWith(typed)) != 1 {
				t.Error("the file is not where it is looked for")
			}
			inProcesses(t, old, typed)
			pid := e.Process.Pid
			if c.editor {
				b, err := os.ReadFile(ready)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := fmt.Sscan(string(b), &pid); err != nil {
					t.Fatal(err)
				}
			}
			if err := unix.Kill(pid, c.signal); err != nil {
				t.Fatal(err)
			}
			if code := e.code(); code != c.code {
				t.Errorf("exit code %d, want %d: %q", code, c.code, e.screen())
			}
			endWaiter(ready)
			if got := mustRun(t, tacit(t, home, "get", "A")); got != old {
				t.Errorf("the value is %q", got)
			}
			for range moments { // until the system has let go of what the editor held
				if c.code != -1 || len(foldersWith(typed)) == 0 {
					break
				}
				next := tacit(t, home, "edit", "A")
				next.Env = append(next.Env, "EDITOR=true")
				mustRun(t, next)
			}
			if left := foldersWith(typed); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
			os.Remove(filepath.Join(home, "waiter"))
			nowhere(t, since, home, old, typed)
		})
	}
}

// endWaiter ends the editor that was started by a process that is gone.
func endWaiter(ready string) {
	var pid int
	if b, err := os.ReadFile(ready); err == nil {
		if _, err := fmt.Sscan(string(b), &pid); err == nil && pid > 1 {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// On a terminal, what cannot be stored can be edited again, and an interrupt that
// is meant for the editor does not end what comes after it.
func TestEditAgain(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	set := tacit(t, home, "set", "A", "--as", "json")
	set.Stdin = strings.NewReader(`{"a": 1}`)
	mustRun(t, set)
	script := filepath.Join(home, "ed.sh")
	text := `n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) >n
case $n in
0) echo '[1' >"$1";;
1) echo '[1]' >"$1"; echo '[2]' | tacit set A --as json; trap 'echo go' INT; echo ready; until read line; do :; done;;
2) grep -q '^\[1\]$' "$1" && echo '[1,3]' >"$1";;
esac
exit 0`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := startEditing(t, home, "sh ed.sh", "A")
	e.await("line 2: ")
	e.await("d: drop what you typed")
	e.keys("e\n")
	e.await("ready")
	e.keys("\x03") // the terminal sends SIGINT to both
	e.await("go")
	e.keys("\n")
	e.await("somebody changed it")
	e.await("k: keep")
	e.keys("e\n")
	if code := e.code(); code != failure.ExitOK {
		t.Fatalf("exit code %d: %q", code, e.screen())
	}
	if got := mustRun(t, tacit(t, home, "get", "A")); got != "[1,3]" {
		t.Errorf("the value is %q", got)
	}
}

// Many secrets are stored once that is confirmed.
func TestEditConfirm(t *testing.T) {
	for answer, want := range map[string]struct {
		code  int
		value string
	}{"y\n": {failure.ExitOK, "new"}, "n\n": {failure.ExitOther, "old"}, "\n": {failure.ExitOther, "old"}, "\x03": {failure.ExitInterrupted, "old"}} {
		home := t.TempDir()
		mustRun(t, tacit(t, home, "init"))
		set := tacit(t, home, "set", "A")
		set.Stdin = strings.NewReader("old")
		mustRun(t, set)
		e := startEditing(t, home, "sed -i s/old/new/", "--all")
		e.await("changed  A")
		e.await("n: no")
		if answer == "\x03" {
			time.Sleep(time.Second)
		}
		e.keys(answer)
		if code := e.code(); code != want.code {
			t.Errorf("%q: exit code %d: %q", answer, code, e.screen())
		}
		if got := mustRun(t, tacit(t, home, "get", "A")); got != want.value {
			t.Errorf("%q: the value is %q", answer, got)
		}
	}
}

// The files that run gives a command stay as long as the command does, even where
// tacit itself is killed; then the next one removes them.
func TestFilesOfKilledRun(t *testing.T) {
	t.Parallel()
	home, value := t.TempDir(), newCanary("VALUE")
	mustRun(t, tacit(t, home, "init"))
	set := tacit(t, home, "set", "A")
	set.Stdin = strings.NewReader(value)
	mustRun(t, set)
	ready := filepath.Join(home, "ready")
	cmd := tacit(t, home, "run", "--files", "--", "sh", "-c", `echo "$$ $A" >ready; exec sleep 1000`)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer endWaiter(ready)
	awaitFile(t, ready)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	var pid int
	var path string
	b, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(b), &pid, &path); err != nil {
		t.Fatal(err)
	}
	next := func() { mustRun(t, tacit(t, home, "run", "--files", "--", "true")) }
	next()
	if got, err := os.ReadFile(path); err != nil || string(got) != value {
		t.Errorf("the command's file is gone while it runs: %v", err)
	}
	endWaiter(ready)
	for range moments { // until the system has let go of what it held
		next()
		if _, err := os.Stat(path); err != nil {
			return
		}
	}
	t.Error("the file stays")
}
