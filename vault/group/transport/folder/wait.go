package folder

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

const (
	// pollPause is how long a Wait rests between two looks, at least.
	pollPause = time.Second
	// pollShare is how many times as long as a look takes it rests, at least.
	pollShare = 50
)

// sight is what a look at the keys with some prefixes has seen.
type sight struct {
	seed     maphash.Seed
	prefixes []string
	sum      uint64
	any      bool // there was a look
}

// Wait implements transport.Transport. It looks again and again: no file system tells of
// every change, and some that are shared tell of none.
func (f *Folder) Wait(ctx context.Context, prefixes ...string) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	for _, p := range prefixes {
		if err := transport.CheckPrefix(p); err != nil {
			return err
		}
	}
	f.waiting.Lock()
	defer f.waiting.Unlock()
	for {
		began := time.Now()
		sum, err := f.sumUp(ctx, prefixes)
		if err != nil {
			return f.ended(err)
		}
		if !f.seen.any || f.seen.sum != sum || !slices.Equal(f.seen.prefixes, prefixes) {
			f.seen = sight{f.seen.seed, slices.Clone(prefixes), sum, true}
			return nil
		}
		timer := time.NewTimer(max(f.pause, pollShare*time.Since(began)))
		select {
		case <-timer.C:
		case <-f.done:
			timer.Stop()
			return transport.ErrClosed
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// sumUp sums up names, and sizes and times of files that can be replaced.
func (f *Folder) sumUp(ctx context.Context, prefixes []string) (uint64, error) {
	var h maphash.Hash
	h.SetSeed(f.seen.seed)
	for _, prefix := range prefixes {
		err := f.walk(ctx, ".", prefix, "", func(key string) {
			h.WriteString(key)
			h.WriteByte(0)
			if k, err := transport.Parse(key); err == nil && !k.Kind.Once() {
				if info, err := f.root.Lstat(file(key)); err == nil {
					fmt.Fprint(&h, info.Size(), info.ModTime().UnixNano())
				}
			}
		})
		if err != nil {
			return 0, err
		}
		h.WriteByte(1)
	}
	if err := f.none(); !errors.Is(err, transport.ErrNone) {
		return 0, err
	}
	return h.Sum64(), nil
}
