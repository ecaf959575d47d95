package cli

import (
	"context"
	"io"
	"os"
)

// What waits for another program, as a pipe does, cannot be interrupted by
// itself. Here it is left behind, with what it uses, until the process ends.

// orInterrupted runs do, and returns before it does where the context ends.
func orInterrupted[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := do()
		done <- outcome{result, err}
	}()
	select {
	case got := <-done:
		return got.result, got.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// openFile is os.OpenFile of what may be a pipe that has no other end yet.
func openFile(ctx context.Context, path string, flag int) (*os.File, error) {
	return orInterrupted(ctx, func() (*os.File, error) { return os.OpenFile(path, flag, 0) })
}

// patientReader reads until the context ends. After that r is not to be used.
type patientReader struct {
	ctx context.Context
	r   io.Reader
}

func (p patientReader) Read(b []byte) (int, error) {
	return orInterrupted(p.ctx, func() (int, error) { return p.r.Read(b) })
}

// patientWriter writes until the context ends. After that w is not to be used.
type patientWriter struct {
	ctx context.Context
	w   io.Writer
}

func (p patientWriter) Write(b []byte) (int, error) {
	return orInterrupted(p.ctx, func() (int, error) { return p.w.Write(b) })
}

// readUpTo reads all of r, up to so many bytes. It can be interrupted while it
// waits.
func readUpTo(ctx context.Context, r io.Reader, most int64) ([]byte, error) {
	return orInterrupted(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(r, most)) })
}
