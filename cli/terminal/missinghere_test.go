package terminal

import (
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

// What a system lacks is said with its name and a way out, wherever the tests run.
func TestNoPageNamesTheSystem(t *testing.T) {
	t.Parallel()
	var f *failure.Failure
	if !errors.As(noPageOn("Windows"), &f) || !strings.HasPrefix(f.Message, "on Windows ") || f.Exit != failure.ExitOther {
		t.Fatalf("%+v", f)
	}
	paths := failure.GivenPaths{}
	if hint := paths.Tell(f.Hint); !strings.HasPrefix(hint, "tacit get NAME ") {
		t.Errorf("it says what to do: %q", hint)
	}
}
