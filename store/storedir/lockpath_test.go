package storedir

import (
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestLockPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := LockPath(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockPath(path, 5*time.Millisecond); !errors.Is(err, ErrLocked) {
		t.Errorf("a second one: %v, want ErrLocked", err)
	}
	release()
	again, err := LockPath(path, 0)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	again()
}
