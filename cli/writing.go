package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"
)

// writing opens the vault for writing, and closes it before anything is
// printed: whoever reads the output may use the vault at once.
func (s *session) writing(ctx context.Context, fn func(opened) error) error {
	v, err := s.open(ctx, writes)
	if err != nil {
		return err
	}
	if err = fn(v); err == nil {
		s.wrote(v.Status())
	}
	if closeErr := v.Close(); err == nil && closeErr != nil {
		// What fn did is committed: only the release of the vault failed.
		s.warn("%v", closeErr)
	}
	return err
}

// unchanged is what is said of a value that is there already.
const unchanged = "unchanged:"

func forceVersionFlag(value *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "force-version", Usage: "make a new version even if the value is the same", Destination: value}
}
