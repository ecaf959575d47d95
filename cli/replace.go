package cli

import (
	"context"
	"os"

	"github.com/tacit-vault/tacit/vault"
)

// mayReplace asks before a file that holds something is written over, and refuses
// where nobody can be asked. What is no file is written to, and nothing is lost.
func (s *session) mayReplace(ctx context.Context, op, path string) error {
	if _, ok := namedDescriptor(path); ok {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil // an error is for the writing to say
	}
	tty, ok := s.terminal()
	if !ok {
		return fault(vault.Exists, "%s %s: it is there already", op, path).hinted("name another file, or replace it with --force")
	}
	defer tty.Close()
	if err := s.lookFirst(ctx); err != nil {
		return err
	}
	return confirmOn(ctx, tty, "yes", "%s is there already. Replace it? [y/N] ", printable(path))
}
