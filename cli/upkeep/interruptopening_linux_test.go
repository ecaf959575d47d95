package upkeep

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// What waits for the other end of a pipe to be opened can be interrupted.
func TestInterruptOfOpening(t *testing.T) {
	s := &frame.Session{App: &frame.App{}}
	for name, open := range map[string]func(context.Context, string) error{
		"backup": func(ctx context.Context, pipe string) error { _, err := disk.OpenDestination(ctx, pipe); return err },
		"since": func(ctx context.Context, pipe string) error {
			_, err := backupOptions{since: pipe}.base(ctx)
			return err
		},
		"restore": func(ctx context.Context, pipe string) error {
			_, _, err := backupSources(ctx, s, []string{pipe})
			return err
		},
	} {
		pipe := filepath.Join(t.TempDir(), "pipe") // of its own: one who waits is met by no other
		if err := unix.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- open(ctx, pipe) }()
		cancel()
		if err := <-ended; failure.Explain(err).Exit != failure.ExitInterrupted {
			t.Errorf("%s: %v", name, err)
		}
		// Both ends, for what was left behind.
		if f, err := os.OpenFile(pipe, os.O_RDWR, 0); err == nil {
			f.Close()
		}
	}
}
