package transfer

import (
	"context"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// read reads the file of any tool; which of a name that is there twice
// counts is the user's to say.
func (t *twiceFlags) read(ctx context.Context, s *frame.Session, from source, _ transfer.Naming) (transfer.Result, error) {
	how := transfer.DotenvReader{Foreign: true}
	switch {
	case t.first && t.last:
		return transfer.Result{}, failure.Usage("--first and --last: give one of them")
	case t.first:
		how.Twice = transfer.TwiceFirst
	case t.last:
		how.Twice = transfer.TwiceLast
	}
	return from.stream(ctx, s, how.Read)
}
