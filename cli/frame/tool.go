package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

const (
	toolDrain   = time.Second // how long a tool's output may stay open after its end
	maxToolTalk = 4 << 10     // bytes kept of what it says on standard error
)

// Tool is a program of the user's that opens what only it can open. It asks for
// passphrases by itself, at the terminal or by a window of its own.
type Tool struct {
	Name string
	Args []string
	Env  []string // besides this process's
	dir  string
	Most int // bytes of its output

	Without string // the way out where it is not installed; may be ""
	// Known makes a failure of what it said on standard error and its exit status
	// where they are known to mean something, else nil; may be nil.
	Known func(said string, status int) *failure.Failure
}

// Run gives the tool its input and returns its output, which the caller owns. It
// shares this process's group, so that it may ask at the terminal; when ctx ends
// it is killed. On an error nothing is returned, and what the tool said is the
// error's detail.
func (t Tool) Run(ctx context.Context, s *Session, stdin io.Reader, doing string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.Name, t.Args...)
	out, said := &limited{most: t.Most}, &limited{most: maxToolTalk, drop: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, out, said
	cmd.Env = append(s.Environ(), t.Env...)
	cmd.Dir = t.dir
	cmd.WaitDelay = toolDrain
	err := cmd.Run()
	var f *failure.Failure
	switch {
	case ctx.Err() != nil:
		f = failure.Explain(ctx.Err())
	case out.full:
		f = failure.Fault(vault.InvalidValue, "%s: %s gave more than %d MiB", doing, t.Name, t.Most>>20)
	case errors.Is(err, exec.ErrNotFound):
		f = &failure.Failure{Code: "failed", Exit: failure.ExitOther, Message: fmt.Sprintf("%s: %s is needed, and is not installed", doing, t.Name)}
		f.Advised(t.Without)
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return out.buf.Bytes(), nil
	default:
		if t.Known != nil {
			f = t.Known(said.buf.String(), cmd.ProcessState.ExitCode())
		}
		if f == nil {
			f = &failure.Failure{Code: "failed", Exit: failure.ExitOther, Message: fmt.Sprintf("%s: %s: %v", doing, t.Name, err), Detail: oneLine(said.buf.String())}
		}
	}
	clear(out.buf.Bytes())
	if f.Exit != failure.ExitInterrupted && f.Words() == "" {
		f.Hint = "nothing was stored"
	}
	return nil, f
}

// oneLine is what a tool said, on one line.
func oneLine(said string) string { return strings.Join(strings.Fields(said), " ") }

// limited takes so much and no more: what is beyond is an error, or dropped. It
// is no bytes.Buffer itself: of that, io.Copy would use ReadFrom, which knows no
// limit.
type limited struct {
	buf  bytes.Buffer
	most int
	drop bool
	full bool
}

func (l *limited) Write(p []byte) (int, error) {
	room := l.most - l.buf.Len()
	if len(p) <= room {
		return l.buf.Write(p)
	}
	if l.full = true; !l.drop {
		return 0, io.ErrShortWrite
	}
	l.buf.Write(p[:room])
	return len(p), nil
}

// TerminalName is the terminal's path, for tools that are asked to prompt there
// while their standard input is a file; "" where there is none.
func TerminalName(ctx context.Context, s *Session) string {
	if !terminal.IsTerminal(s.In) {
		return ""
	}
	cmd := exec.CommandContext(ctx, "tty")
	cmd.Stdin = s.In
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
