package frame

import (
	"errors"
	"fmt"
	"io"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// NotLinked is the error where a program would need what it is not linked with. The
// whole program then begins anew: nothing may have been read of standard input.
func NotLinked(what string) error { return fmt.Errorf("%s %w", what, keyring.ErrNotLinked) }

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
func (s *Session) handOver() error {
	switch {
	case s.hasMet: // it may have read the value already
		return failure.Fault(vault.Busy, "the agent ended before the change was made").Hinted("do it again")
	case s.printed.n > 0:
		return failure.Fault(vault.Internal, "the rest needs the whole program, and some of the output is written").Hinted("run tacit-core instead")
	}
	s.Results.Reset(s.printed)
	s.Unharden() // limits and the umask are inherited
	return s.Whole()
}
