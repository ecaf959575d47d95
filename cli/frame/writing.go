package frame

import (
	"context"
	"runtime/debug"

	urfave "github.com/urfave/cli/v2"
)

// oneChange is by how many percent the heap may grow while a vault is written: a change of
// one secret takes some 20 MiB, most of it the database's own, and ends before the first
// collection, which comes at 64. What writes many sets its own.
const oneChange = 1500

// Writing opens the vault for writing, and closes it before anything is
// printed: whoever reads the output may use the vault at once.
func (s *Session) Writing(ctx context.Context, fn func(OpenVault) error) error {
	debug.SetGCPercent(oneChange)
	v, err := s.Open(ctx, toWrite)
	if err != nil {
		return err
	}
	if err = unmade(s, fn(v)); err == nil {
		s.Wrote(v.Status())
	}
	if closeErr := v.Close(); err == nil && closeErr != nil {
		// What fn did is committed: only the release of the vault failed.
		s.Warn("%v", closeErr)
	}
	return err
}

// Unchanged is what is said of a value that is there already.
const Unchanged = "unchanged:"

func ForceVersionFlag(value *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "force-version", Usage: "make a new version even if the value is the same", Destination: value}
}
