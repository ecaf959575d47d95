package frame

import (
	"bytes"
	"context"
	"testing"

	"github.com/tacit-vault/tacit/cli/cmdline"
)

// What was kept of a value for another program does not outlive the command.
func TestConsumedIsForgotten(t *testing.T) {
	app := New()
	app.Out, app.Err = &bytes.Buffer{}, &bytes.Buffer{}
	app.Whole = func() error { return nil }
	var kept []byte
	app.Commands = func(s *Session) []*cmdline.Command {
		return []*cmdline.Command{{Name: "take", Run: func(_ context.Context, _ []string) error {
			s.consume([]byte("canary"), false)
			kept = s.consumed.bytes
			return nil
		}}}
	}
	if code := app.Run(t.Context(), []string{"take"}); code != 0 {
		t.Fatal(code)
	}
	if len(kept) == 0 || bytes.ContainsFunc(kept, func(r rune) bool { return r != 0 }) {
		t.Errorf("%q", kept)
	}
}
