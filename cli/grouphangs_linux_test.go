package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/failure"
)

// deadDisk mounts a file system that answers nothing, as one over a network that is cut:
// every system call on it waits, and no context ends that.
func deadDisk(t *testing.T, dir string, uid int) {
	t.Helper()
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		err = unix.Mount("dead", dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=%d,group_id=%d,allow_other", fd, uid, uid))
	}
	if err != nil {
		t.Skipf("NOT tested: a file system that hangs cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		_ = unix.Close(fd) // who waits gets an error
		_ = unix.Unmount(dir, unix.MNT_DETACH)
	})
}

// awaitDead waits until a process hangs in such a file system.
func awaitDead(t *testing.T, pid int) {
	t.Helper()
	for range moments {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		for _, task := range tasks {
			stat, _ := os.ReadFile(filepath.Join(task, "stat"))
			in, _ := os.ReadFile(filepath.Join(task, "wchan")) // "0" where the system does not say
			where := string(in)
			if strings.Contains(string(stat), ") D ") && (where == "0" || strings.Contains(where, "fuse") || strings.Contains(where, "request_wait")) {
				return
			}
		}
	}
	t.Fatal("it does not come to the file system that hangs")
}

// While a group's folder hangs, sync --watch, whose key an agent has lent, ends soon after
// the agent has locked: while it waits for news, and in the middle of a sync. An interrupt
// ends it, too.
func TestFolderHangs(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"waiting", "syncing", "interrupted"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			p := newPerson(t)
			t.Cleanup(func() { p.cmd("tacit", "lock", "--all").Run() })
			p.write("phrase", "correct horse battery staple")
			p.run("tacit", "init", "--passphrase-file", "phrase")
			p.run("tacit", "unlock", "--passphrase-file", "phrase")
			p.write("value", "v")
			p.run("tacit", "set", "A", "--file", "value")
			place := filepath.Join(p.home, "place")
			p.run("tacit", "group", "create", "web", "--all", "--yes", "--at", place, "--label", "me", "--no-recovery")
			if when == "syncing" {
				deadDisk(t, place, p.uid)
			}
			watch := p.cmd("tacit", "sync", "--watch", "--json")
			var said bytes.Buffer
			watch.Stderr = &said
			out, err := watch.StdoutPipe()
			if err == nil {
				p.run("tacit", "set", "B", "--file", "value")
				err = watch.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = watch.Process.Kill() })
			if when != "syncing" {
				if _, err := out.Read(make([]byte, 1)); err != nil { // B is out
					t.Fatal(err)
				}
				deadDisk(t, place, p.uid)
			}
			awaitDead(t, watch.Process.Pid)
			time.Sleep(time.Second) // others have the vault by now, mostly
			began := time.Now()
			if when == "interrupted" {
				_ = watch.Process.Signal(os.Interrupt)
			} else {
				p.run("tacit", "lock")
			}
			late := time.AfterFunc(hang, func() { _ = watch.Process.Kill() }) // by itself the folder hangs for ever
			err = watch.Wait()
			late.Stop()
			t.Logf("it ended after %v: %v", time.Since(began), err)
			code, want := watch.ProcessState.ExitCode(), failure.ExitNoKey
			if when == "interrupted" {
				want = 0
			} else if !strings.Contains(said.String(), "the agent that lent the vault’s key has locked") {
				t.Errorf("it is not said why: %s", &said)
			}
			if code != want {
				t.Errorf("exit code %d, must be %d: %s", code, want, &said)
			}
		})
	}
}
