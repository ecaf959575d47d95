package group

import (
	"bytes"
	"context"
	"os"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// maxSecretInput is more than any code or phrase is long.
const maxSecretInput = 64 << 10

// secretInput reads what must not stand on a command line: from a file, - for standard
// input; else from a hidden prompt; else from standard input. White space around it is
// dropped. The caller wipes it.
func secretInput(ctx context.Context, s *frame.Session, question, file, what string) ([]byte, error) {
	if file == "" && terminal.IsTerminal(s.In) {
		tty, ok := s.Terminal()
		if !ok {
			return nil, failure.Usage("%s is needed, and nobody may be asked for it", what).Hinted("give it on standard input")
		}
		defer tty.Close()
		s.Settle()
		typed, err := terminal.AskHidden(ctx, tty, question)
		return bytes.TrimSpace(typed), err
	}
	in := s.In
	if file != "" && file != "-" {
		f, err := terminal.OpenFile(ctx, file, os.O_RDONLY)
		if err != nil {
			return nil, failure.FileError("reading", file, err)
		}
		defer f.Close()
		in = f
	}
	read, err := terminal.ReadUpTo(ctx, in, maxSecretInput+1)
	switch trimmed := bytes.TrimSpace(read); {
	case err != nil:
		clear(read)
		return nil, failure.Explain(failure.UnwrapPath(err)).Prefixed("reading " + what)
	case len(read) > maxSecretInput:
		clear(read)
		return nil, failure.Fault(vault.InvalidValue, "%s is longer than %d KiB: that is something else", what, maxSecretInput>>10)
	case len(trimmed) == 0 && file != "" && file != "-":
		return nil, failure.Usage("%s is needed, and %s is empty", what, failure.Printable(file)).Hinted("name the file that has it, or - for standard input")
	case len(trimmed) == 0:
		return nil, failure.Usage("%s is needed, and there is none", what).Hinted("give it on standard input")
	default:
		return trimmed, nil
	}
}
