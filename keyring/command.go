package keyring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// drainTime is how long a command's output may stay open after its end, where
// it left something running that inherited it.
const drainTime = time.Second

// PassphraseCommand runs the command by /bin/sh -c (cmd /C on Windows) and
// takes what it prints for the passphrase, without one newline at the end
// (\n or \r\n). Its standard input is empty; what it writes to standard error
// goes to stderr. When ctx ends, the command is killed, on Unix with everything
// that it started and that stayed in its process group.
//
// A command that ends with another status than 0, or does not start, is an
// error wrapping [ErrCommand]; one that prints nothing or more than
// [MaxPassphrase] bytes, [ErrEmpty] or [ErrTooBig]. No error holds the
// command or what it printed.
func PassphraseCommand(ctx context.Context, command string, stderr io.Writer) ([]byte, error) {
	var out buffer
	defer out.wipe()
	cmd := shell(ctx, command)
	cmd.Stdout = &out
	cmd.Stderr = stderr
	cmd.WaitDelay = drainTime
	err := run(cmd)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ErrCommand, context.Cause(ctx))
	case errors.Is(err, exec.ErrWaitDelay):
		// It ended well; what it left running holds its output open.
	case out.n == len(out.data): // the error is that of a broken pipe, or none
	case errors.As(err, &exit):
		return nil, fmt.Errorf("%w ended with %s", ErrCommand, exit.ProcessState)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	return out.passphrase("output of the passphrase command")
}
