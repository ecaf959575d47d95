package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// canaries are secrets that are looked for where they must not be: as they are,
// and in the forms that programs make of them without being asked.
type canaries struct {
	mu    sync.Mutex // guards forms
	forms map[string]string
}

func (c *canaries) add(label, secret string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.forms == nil {
		c.forms = map[string]string{}
	}
	// Of base64, what does not depend on what follows the secret.
	plain := base64.StdEncoding.EncodeToString([]byte(secret[:len(secret)/3*3]))
	for _, form := range []string{secret, plain, base64.URLEncoding.EncodeToString([]byte(secret[:len(secret)/3*3])), hex.EncodeToString([]byte(secret)), url.QueryEscape(secret)} {
		c.forms[form] = label
	}
}

// in is the label of a canary that b holds, "" if there is none.
func (c *canaries) in(b []byte) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for form, label := range c.forms {
		if bytes.Contains(b, []byte(form)) {
			return label
		}
	}
	return ""
}

// holds tells whether b holds the canary of a label.
func (c *canaries) holds(label string, b []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for form, of := range c.forms {
		if of == label && bytes.Contains(b, []byte(form)) {
			return true
		}
	}
	return false
}

// inFiles lists the files under the folders that were written since, and hold
// a canary.
func (c *canaries) inFiles(since time.Time, dirs ...string) (found []string, looked int) {
	for _, dir := range dirs {
		filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // it went meanwhile, or is nobody's
			}
			info, err := d.Info()
			// A file without a size is none: of /proc, which somebody may have mounted
			// below, some never end.
			if err != nil || info.ModTime().Before(since) || info.Size() == 0 || info.Size() > 256<<20 {
				return nil
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			looked++
			if label := c.in(b); label != "" {
				found = append(found, fmt.Sprintf("%s in %s", label, path))
			}
			return nil
		})
	}
	return found, looked
}

// processes are those that there are.
func processes() map[string]bool {
	there := map[string]bool{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if e.Name()[0] >= '0' && e.Name()[0] <= '9' {
			there[e.Name()] = true
		}
	}
	return there
}

// inProcesses lists the processes, besides the older ones, that have a canary in
// their arguments, or in their environment where that is not what they were
// started for.
func (c *canaries) inProcesses(older map[string]bool, meantFor func(arguments string) bool) (found []string, looked int) {
	for pid := range processes() {
		if older[pid] {
			continue
		}
		// The environment first: what becomes another program has the arguments
		// of that one by then. One that has ended by then has none any more.
		before, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		environ, _ := os.ReadFile(filepath.Join("/proc", pid, "environ"))
		arguments, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if err != nil {
			continue
		}
		if len(arguments) == 0 {
			arguments = before
		}
		looked++
		if label := c.in(arguments); label != "" {
			found = append(found, label+" in the arguments of a process")
		}
		shown := string(bytes.ReplaceAll(arguments, []byte{0}, []byte{' '}))
		if label := c.in(environ); label != "" && !meantFor(shown) {
			found = append(found, label+" in the environment of "+strings.TrimSpace(shown))
		}
	}
	return found, looked
}

// A watch looks at all processes that come, until it is stopped.
type watch struct {
	passes      atomic.Int64
	ended, done chan struct{}

	found  []string // once done
	looked int
}

func (c *canaries) watch(meantFor func(string) bool) *watch {
	w := &watch{ended: make(chan struct{}), done: make(chan struct{})}
	older := processes()
	go func() {
		defer close(w.done)
		for {
			found, looked := c.inProcesses(older, meantFor)
			w.found, w.looked = append(w.found, found...), w.looked+looked
			w.passes.Add(1)
			select {
			case <-w.ended:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	return w
}

// stop tells what was seen.
func (w *watch) stop() (found []string, looked int) {
	close(w.ended)
	<-w.done
	slices.Sort(w.found)
	return slices.Compact(w.found), w.looked
}

// The search finds what is planted, wherever it has to look.
func TestCanariesAreFound(t *testing.T) {
	var c canaries
	c.add("planted", "canary-"+randomText(t))
	secret := ""
	for form := range c.forms {
		if strings.HasPrefix(form, "canary-") {
			secret = form
		}
	}
	began, home := time.Now().Add(-time.Second), t.TempDir()
	shm, err := os.MkdirTemp("/dev/shm", "tacit-test-")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(shm)
	if found, _ := c.inFiles(began, home, shm); len(found) > 0 {
		t.Errorf("found before anything was planted: %q", found)
	}
	for path, text := range map[string]string{
		filepath.Join(home, ".bash_history"):  "echo " + secret + " | tacit set A\n",
		filepath.Join(home, "deep/er/log"):    "auth=" + base64.StdEncoding.EncodeToString([]byte(secret+"\n")),
		filepath.Join(shm, "left"):            "\x00" + secret,
		filepath.Join(home, ".cache/encoded"): hex.EncodeToString([]byte(secret)),
		filepath.Join(home, "innocent"):       secret[:len(secret)-1],
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found, _ := c.inFiles(began, home, shm); len(found) != 4 {
		t.Errorf("of 4 files that hold the secret, these were found: %q", found)
	}
	for name, cmd := range map[string]*exec.Cmd{
		"arguments":   exec.Command("sh", "-c", "sleep 1000; :", secret),
		"environment": {Path: "/bin/sleep", Args: []string{"sleep", "1000"}, Env: []string{"X=" + secret}},
	} {
		nobody := func(string) bool { return false }
		older, w := processes(), c.watch(nobody)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range moments {
			if found, _ := c.inProcesses(older, nobody); len(found) > 0 {
				break
			}
		}
		for pass := w.passes.Load(); w.passes.Load() < pass+2; {
			time.Sleep(time.Millisecond) // a whole look at what was planted
		}
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL) // with what sh has started
		cmd.Wait()
		if found, _ := w.stop(); len(found) == 0 || !strings.Contains(found[0], name) {
			t.Errorf("planted in the %s of a process, found: %q", name, found)
		}
	}
}
