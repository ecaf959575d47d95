//go:build !unix

package edit

import (
	"context"
	"errors"

	"github.com/tacit-vault/tacit/cli/frame"
)

// A vigil takes signals; there is nothing to take them for without a place in
// memory.
type vigil struct{}

func keepVigil(ctx context.Context) (context.Context, *vigil) { return ctx, &vigil{} }

func (*vigil) end() {}

func runEditor(_ context.Context, s *frame.Session, _ *vigil, _ editor, _, _ string) error {
	return errors.ErrUnsupported
}
