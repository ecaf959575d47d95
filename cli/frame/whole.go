package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
)

// NotLinked is the error where a program would need what it is not linked with. The
// whole program then begins anew: nothing may have been read of standard input.
func NotLinked(what string) error { return fmt.Errorf("%s %w", what, keyring.ErrNotLinked) }

// ReadableAgain tells whether another program can read all of a file that the user
// named: no pipe, and no descriptor of this process, whose place in the file moves.
func ReadableAgain(path string) bool {
	if path == "" || path == "-" {
		return false
	}
	if _, ok := system.NamedDescriptor(path); ok {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// The whole program warns of the same things as this one. So what is said waits until
// this one is sure to end what it began.

// talk is where warnings, notes and errors go.
func (s *Session) talk() io.Writer {
	if s.held != nil {
		return s.held
	}
	return s.Err
}

// Settle says what has waited: no other program begins anew from here on.
func (s *Session) Settle() {
	if s.held != nil {
		_, _ = s.held.WriteTo(s.Err)
		s.held = nil
	}
}

// once is for what another program would not say again.
func once(s *Session, say func()) {
	held := s.held
	s.held = nil
	say()
	s.held = held
}

// A consumption is what was read, or typed, and can be read once. Another program gets
// it on standard input.
type consumption struct {
	bytes []byte
	gone  bool // it cannot be given there
}

// consume remembers a value, until the command ends.
func (s *Session) consume(raw []byte, gone bool) {
	if s.Whole != nil {
		s.consumed = &consumption{slices.Clone(raw), gone}
	}
}

// wipe forgets it; nil has nothing.
func (c *consumption) wipe() {
	if c != nil {
		clear(c.bytes)
	}
}

// unmade makes of an error that an agent did not get a change, because there is none any
// more, one that has the whole program make it.
func unmade(s *Session, err error) error {
	if s.Whole != nil && errors.Is(err, sockets.ErrNone) {
		return fmt.Errorf("%w: %w", NotLinked("a change"), err)
	}
	return err
}

// A counter counts what is written through it, in bytes.
type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

// lacks tells whether an error says that this program is linked with too little.
func lacks(err error) bool {
	return errors.Is(err, keyring.ErrNotLinked) || errors.Is(err, vault.ErrNotLinked)
}

// handOver executes the whole program in place of this one. It comes back only with an
// error.
func handOver(s *Session) error {
	if s.printed.n > 0 {
		return failure.Fault(vault.Internal, "the rest needs the whole program, and some of the output is written").Hinted("run tacit-core instead")
	}
	if s.consumed != nil && (s.consumed.gone || system.OnStandardInput(s.consumed.bytes) != nil) {
		return failure.Fault(vault.Busy, "the agent ended before the change was made").Hinted("do it again")
	}
	s.Results.Reset(s.printed)
	s.held = &bytes.Buffer{} // that one says it
	s.Unharden()             // limits and the umask are inherited
	return s.Whole()
}
