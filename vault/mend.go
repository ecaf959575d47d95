package vault

import (
	"context"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Leftovers are what lies in a vault beside its state, and in nobody's way.
type Leftovers struct {
	Unfinished bool     // a batch was begun and not finished
	Stray      int      // entries of the database that nothing lists
	Copies     []string // recovery copies of slots that are missing or differ
}

// Leftovers looks for what Mend removes and puts back. It needs no key. Where the
// index is damaged the code is IndexTampered: which entries are stray cannot be
// told then, and the rest is.
func (x *Examined) Leftovers(ctx context.Context) (l Leftovers, err error) {
	if !x.readable() {
		return l, nil
	}
	return leftovers(ctx, x.v)
}

func leftovers(ctx context.Context, v *Vault) (l Leftovers, err error) {
	err = v.current.view(ctx, "mend", func(s *snapshot) error {
		l.Copies = v.copies.bad(s.head.Slots)
		if l.Unfinished, err = s.batchUnderWay(); err != nil {
			return err
		}
		_, stray, err := s.unreached(ctx)
		l.Stray = len(stray)
		return err
	})
	return l, err
}

// Mend does at once what the next change would do first: it finishes an unclean
// stop, puts the copies of the slots back and, where Options.Keys has a key,
// sweeps away what the head does not reach. It opens the vault as any writer
// does, so that nothing of one that is not the right one is touched. It tells
// what it did. The codes are those of Open.
func Mend(ctx context.Context, dir string, o Options) (done []string, err error) {
	const op = "mend"
	o.Write = true
	v, err := Open(ctx, dir, o)
	if CodeOf(err) == WrongKey {
		o.Keys = nil
		v, err = Open(ctx, dir, o)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := v.Close(); err == nil {
			err = cerr
		}
	}()
	l, err := leftovers(ctx, v)
	if err != nil && !CodeOf(err).Tampering() { // the copies can be put back all the same
		return nil, err
	}
	if len(l.Copies) > 0 {
		if err := v.copies.write(ctx); err != nil {
			return done, fail(op, err)
		}
		done = append(done, "put the recovery copies of the key slots back")
	}
	if !v.Unlocked() || l.Stray == 0 && !l.Unfinished {
		return done, nil
	}
	v.writing <- struct{}{}
	defer func() { <-v.writing }()
	if err := v.commits.sweep(ctx); err != nil {
		return done, fail(op, err)
	}
	return append(done, fmt.Sprintf("removed what nothing lists: entries of the database, %d", l.Stray)), nil
}

// RecommendedLogN is scrypt's work factor for passphrases: what less has is weak.
const RecommendedLogN = crypto.RecommendedLogN
