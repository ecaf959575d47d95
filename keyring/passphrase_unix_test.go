//go:build unix

package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPassphraseFD(t *testing.T) {
	for _, c := range passphraseCases {
		t.Run(c.name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			fd, err := syscall.Dup(int(r.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				io.WriteString(w, c.in) // fails where the reader has had enough
				w.Close()
			}()
			got, err := PassphraseFD(fd)
			if !errors.Is(err, c.err) || string(got) != c.want {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			quiet(t, err)
			if _, err := syscall.Seek(fd, 0, io.SeekCurrent); !errors.Is(err, syscall.EBADF) {
				t.Errorf("still open: %v", err)
			}
		})
	}
}

func TestPassphraseFDRefuses(t *testing.T) {
	folder, err := syscall.Open(t.TempDir(), syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(folder)
	for _, fd := range []int{-1, 1, 2, 4000, folder} {
		if _, err := PassphraseFD(fd); !errors.Is(err, ErrSource) {
			t.Errorf("descriptor %d: %v", fd, err)
		}
	}
}

// TestPassphraseFDLeavesTheRuntimeAlone asks for each low descriptor that is
// open without a file type, as the runtime's own are.
func TestPassphraseFDLeavesTheRuntimeAlone(t *testing.T) {
	r, w, err := os.Pipe() // makes the runtime start its poller
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	found := 0
	for fd := 3; fd < 64; fd++ {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) != nil || st.Mode&syscall.S_IFMT != 0 {
			continue
		}
		found++
		if _, err := PassphraseFD(fd); !errors.Is(err, ErrSource) {
			t.Errorf("descriptor %d: %v", fd, err)
		}
	}
	if found == 0 {
		t.Skip("the runtime has no such descriptors here")
	}
}

func TestPassphraseFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	go os.WriteFile(path, []byte("x\n"), 0)
	if p, err := PassphraseFile(path); err != nil || string(p) != "x" {
		t.Errorf("%q, %v", p, err)
	}
}

func TestPassphraseCommand(t *testing.T) {
	for _, c := range passphraseCases {
		t.Run(c.name, func(t *testing.T) {
			got, err := PassphraseCommand(t.Context(), "cat '"+write(t, c.in)+"'", io.Discard)
			if !errors.Is(err, c.err) || string(got) != c.want {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			quiet(t, err)
		})
	}
}

func TestPassphraseCommandFails(t *testing.T) {
	for _, command := range []string{
		"echo " + canary + "; exit 3", "echo " + canary + " | false", "kill -9 $$ # " + canary, "./no-such-" + canary, "if " + canary,
	} {
		p, err := PassphraseCommand(t.Context(), command, io.Discard)
		if !errors.Is(err, ErrCommand) || p != nil {
			t.Errorf("%s: %q, %v", command, p, err)
		}
		quiet(t, err)
	}
}

func TestPassphraseCommandInterrupted(t *testing.T) {
	// Started in the background by a script, this process ignores the signal, and what it
	// starts would, too.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, os.Interrupt)
	defer signal.Stop(heard)
	for _, command := range []string{"kill -INT $$", "exit 130"} {
		_, err := PassphraseCommand(t.Context(), command, io.Discard)
		if !errors.Is(err, ErrCommand) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestPassphraseCommandStreams(t *testing.T) {
	var stderr strings.Builder
	p, err := PassphraseCommand(t.Context(), "echo note >&2; cat; echo x", &stderr)
	if err != nil || string(p) != "x" || stderr.String() != "note\n" {
		t.Errorf("%q, %v, %q on stderr", p, err, stderr.String())
	}
}

// TestPassphraseCommandIsKilled looks for the grandchild after the context's end.
func TestPassphraseCommandIsKilled(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			if b, _ := os.ReadFile(pidFile); strings.HasSuffix(string(b), "\n") {
				cancel()
			}
		}
	}()
	start := time.Now()
	command := fmt.Sprintf("(sleep 1000 & echo $! >'%s'; wait) & wait; : %s", pidFile, canary)
	_, err := output(ctx, shell(ctx, command, true), io.Discard)
	if !errors.Is(err, context.Canceled) || time.Since(start) > 3*time.Minute {
		t.Fatalf("%v after %v", err, time.Since(start))
	}
	quiet(t, err)
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	for range 18_000 {
		if gone(pid) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// gone counts a zombie that nobody waits for (in a container) as gone.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// TestPassphraseCommandLeavesADaemon: what a command leaves running may hold
// its output open; that is no reason to wait for it.
func TestPassphraseCommandLeavesADaemon(t *testing.T) {
	start := time.Now()
	var daemon strings.Builder
	p, err := PassphraseCommand(t.Context(), "echo x; sleep 1000 & echo $! >&2", &daemon)
	if err != nil || string(p) != "x" || time.Since(start) > 3*time.Minute {
		t.Errorf("%q, %v after %v", p, err, time.Since(start))
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(daemon.String())); err == nil && pid > 1 {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}
