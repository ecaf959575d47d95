package transfer

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// readDotenv reads the file of any tool; which of a name that is there twice
// counts is the user's to say.
func readDotenv(ctx context.Context, s *frame.Session, o importOptions, from source) (transfer.Result, error) {
	how := transfer.DotenvReader{Foreign: true}
	switch {
	case o.first && o.last:
		return transfer.Result{}, failure.Usage("--first and --last: give one of them")
	case o.first:
		how.Twice = transfer.TwiceFirst
	case o.last:
		how.Twice = transfer.TwiceLast
	}
	return from.stream(ctx, s, how.Read)
}
