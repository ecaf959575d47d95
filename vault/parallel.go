package vault

import (
	"context"
	"runtime"
	"sync"
)

// parallel maps in to out on all cores, in order, and ends at the first error.
// Few items are not worth the goroutines.
func parallel[In, Out any](ctx context.Context, in []In, fn func(In) (Out, error)) ([]Out, error) {
	const few = 8
	out := make([]Out, len(in))
	workers := runtime.GOMAXPROCS(0)
	if len(in) < few {
		workers = 1
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // guards next and first
		next  int
		first error
	)
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = ctx.Err()
		}
		if first != nil || next == len(in) {
			return -1
		}
		next++
		return next - 1
	}
	work := func() {
		for i := take(); i >= 0; i = take() {
			var err error
			if out[i], err = fn(in[i]); err != nil {
				mu.Lock()
				if first == nil {
					first = err
				}
				mu.Unlock()
			}
		}
	}
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if first != nil {
		return nil, first
	}
	return out, nil
}
