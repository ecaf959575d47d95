package group_test

import (
	"errors"
	"path"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

func TestInScope(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		patterns, name string
		want           bool
	}{
		{"*", "A", true},
		{"DB_*", "DB_PASSWORD", true},
		{"DB_*", "DB_", true},
		{"DB_*", "XDB_", false},
		{"DB_* API_KEY", "API_KEY", true},
		{"*_KEY", "API_KEY", true},
		{"*_KEY", "API_KEYS", false},
		{"A*B*C", "AxBxBC", true},
		{"A*B*C", "AxCxB", false},
		{"", "A", false},
	} {
		if got := group.InScope(strings.Fields(c.patterns), c.name); got != c.want {
			t.Errorf("%q takes %s in: %v", c.patterns, c.name, got)
		}
	}
}

func TestCheckPattern(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"*", "A", "DB_*", strings.Repeat("x", 100)} {
		if err := group.CheckPattern(p); err != nil {
			t.Error(p, err)
		}
	}
	for _, p := range []string{"", "A.B", "[a]", "a b", "ä", strings.Repeat("*", 101)} {
		if err := group.CheckPattern(p); !errors.Is(err, vault.InvalidName) {
			t.Errorf("%q: %v", p, err)
		}
	}
}

// A star is all that is special: path.Match knows it too.
func FuzzInScope(f *testing.F) {
	for _, p := range []string{"*", "A*B", "**", "A"} {
		f.Add(p, "AxB")
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if group.CheckPattern(pattern) != nil || vault.CheckName("", name) != nil {
			return
		}
		want, err := path.Match(pattern, name)
		if got := group.InScope([]string{pattern}, name); err != nil || got != want {
			t.Errorf("%q, %q: %v, %v", pattern, name, got, err)
		}
	})
}
