//go:build unix

package cli

import (
	"context"
	"errors"
	"syscall"
)

// start becomes the command: nothing stands between it and its terminal, its
// signals and whoever waits for its exit status. It returns only if that fails.
func (s *session) start(_ context.Context, path string, argv, env []string) error {
	s.Unharden()
	return syscall.Exec(path, argv, env)
}

func isTooBig(err error) bool { return errors.Is(err, syscall.E2BIG) }
