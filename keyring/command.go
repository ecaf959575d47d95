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
// that it started. In the foreground of a terminal it is the shell alone that is
// killed: there the command shares this process's group, so that it can ask at
// the terminal, and Ctrl-C reaches all of it.
//
// A command that ends with another status than 0, or does not start, is an
// error wrapping [ErrCommand], and context.Canceled where Ctrl-C ended it; one
// that prints nothing or more than a passphrase may have, [ErrEmpty] or
// [ErrTooBig]. No error holds the command or what it printed.
func PassphraseCommand(ctx context.Context, command string, stderr io.Writer) ([]byte, error) {
	return output(ctx, shell(ctx, command, !inForeground()), stderr)
}

func output(ctx context.Context, cmd *exec.Cmd, stderr io.Writer) ([]byte, error) {
	var out buffer
	defer out.wipe()
	cmd.Stdout = &out
	cmd.Stderr = stderr
	cmd.WaitDelay = drainTime
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %w", ErrCommand, ctx.Err())
	case errors.Is(err, exec.ErrWaitDelay):
		// It ended well; what it left running holds its output open.
	case out.n == len(out.data): // the error is that of a broken pipe, or none
	case errors.As(err, &exit) && interrupted(exit.ProcessState):
		return nil, fmt.Errorf("%w: %w", ErrCommand, context.Canceled)
	case errors.As(err, &exit):
		return nil, fmt.Errorf("%w ended with %s", ErrCommand, exit.ProcessState)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	return out.passphrase("output of the passphrase command")
}
