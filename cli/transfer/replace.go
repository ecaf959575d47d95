package transfer

import (
	"context"
	"os"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// mayReplace asks before a file that holds something is written over, and refuses
// where nobody can be asked. What is no file is written to, and nothing is lost.
func mayReplace(ctx context.Context, s *frame.Session, op, path string) error {
	if _, ok := system.NamedDescriptor(path); ok {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil // an error is for the writing to say
	}
	tty, ok := s.Terminal()
	if !ok {
		return failure.Fault(vault.Exists, "%s %s: it is there already", op, path).Hinted("name another file, or replace it with --force")
	}
	defer tty.Close()
	if err := s.LookFirst(ctx); err != nil {
		return err
	}
	return terminal.ConfirmOn(ctx, tty, "yes", "%s is there already. Replace it? [y/N] ", failure.Printable(path))
}
