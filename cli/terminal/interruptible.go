package terminal

import (
	"context"
	"io"
	"os"
)

// What waits for another program, as a pipe does, cannot be interrupted by
// itself. Here it is left behind, with what it uses, until the process ends.

// OrInterrupted runs do, and returns before it does where the context ends.
func OrInterrupted[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := do()
		done <- outcome{result: result, err: err}
	}()
	select {
	case got := <-done:
		return got.result, got.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// OpenFile is os.OpenFile of what may be a pipe that has no other end yet.
func OpenFile(ctx context.Context, path string, flag int) (*os.File, error) {
	return OrInterrupted(ctx, func() (*os.File, error) { return os.OpenFile(path, flag, 0) })
}

// PatientReader reads until the context ends. After that r is not to be used.
type PatientReader struct {
	Ctx context.Context
	R   io.Reader
}

func (p PatientReader) Read(b []byte) (int, error) {
	return OrInterrupted(p.Ctx, func() (int, error) { return p.R.Read(b) })
}

// PatientWriter writes until the context ends. After that w is not to be used.
type PatientWriter struct {
	Ctx context.Context
	W   io.Writer
}

func (p PatientWriter) Write(b []byte) (int, error) {
	return OrInterrupted(p.Ctx, func() (int, error) { return p.W.Write(b) })
}

// ReadUpTo reads all of r, up to so many bytes. It can be interrupted while it
// waits.
func ReadUpTo(ctx context.Context, r io.Reader, most int64) ([]byte, error) {
	return OrInterrupted(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(r, most)) })
}
