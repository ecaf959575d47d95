//go:build unix

package rescue_test

import (
	"syscall"
	"testing"
)

func mkfifo(t *testing.T, path string) { fatal(t, syscall.Mkfifo(path, 0o600)) }
