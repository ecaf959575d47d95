//go:build !unix

package cli

import (
	"context"
	"errors"
)

// A vigil takes signals; there is nothing to take them for without a place in
// memory.
type vigil struct{}

func keepVigil(ctx context.Context) (context.Context, *vigil) { return ctx, &vigil{} }

func (*vigil) end() {}

func (s *session) edit(_ context.Context, _ *vigil, _ editor, _, _ string) error {
	return errors.ErrUnsupported
}
