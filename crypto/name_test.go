package crypto

import (
	"errors"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		name       string
		user, ours bool
	}{
		{"a", true, true},
		{"A_b-9", true, true},
		{"-", true, true},
		{"--x", true, true},
		{strings.Repeat("n", 100), true, true},
		{strings.Repeat("n", 101), false, false},
		{"", false, false},
		{".", false, false},
		{"..", false, false},
		{".a", false, true},
		{"." + strings.Repeat("n", 99), false, true},
		{"." + strings.Repeat("n", 100), false, false},
		{"a.b", false, false},
		{"a/b", false, false},
		{"a b", false, false},
		{"a\x00", false, false},
		{"a\n", false, false},
		{"[", false, false},
		{"^", false, false},
		{"`", false, false},
		{"é", false, false},
		{"А", false, false}, // Cyrillic
		{"a\xff", false, false},
	} {
		for _, check := range []struct {
			f    func(string) error
			want bool
		}{{CheckName, c.user}, {CheckKey, c.ours}} {
			if err := check.f(c.name); (err == nil) != check.want || err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("%q: %v", c.name, err)
			}
		}
	}
}
