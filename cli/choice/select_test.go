package choice

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// listed is a vault that can only be listed.
type listed struct {
	frame.OpenVault
	names []string
}

func (l listed) List(context.Context, vault.ListOptions) (infos []vault.Info, err error) {
	for _, name := range l.names {
		infos = append(infos, vault.Info{Name: name})
	}
	return infos, nil
}

// FuzzOnly: --only chooses the names that an obvious matcher chooses, and refuses
// what that cannot read, whatever names there are, if any.
func FuzzOnly(f *testing.F) {
	for _, glob := range []string{
		"", "*", "**", "?", "DB_*", "*_KEY", "A*B*C", "[a-z]", "[^a-z]*", "[A-Za-z0-9_-]", "[a-]", "[-a]", "[]", "[^]", "[]a]", "[z-a]", "[^^]",
		"[", "[a", "[a-", "[!a]", "[[*]", `[\]]`, `[\`, `\*`, `\`, `a\`, "a[", "*[", "é", "[é-ü]", "[\xff]", "\xff", "a/b", "[/]", "{A,B}", "A]", "-", "[a--]",
	} {
		f.Add(glob, "A a z DB_URL API_KEY AxByC - _ a- 0")
		f.Add(glob, "")
	}
	f.Fuzz(func(t *testing.T, glob, text string) {
		if len(glob) > 60 || len(text) > 400 {
			return
		}
		names := slices.DeleteFunc(strings.Fields(text), func(name string) bool { return vault.CheckName("list", name) != nil })
		slices.Sort(names)
		names = slices.Compact(names)

		got, err := MatchNames(t.Context(), listed{names: names}, []string{glob}, vault.ListOptions{})
		steps, ok := readGlob(glob)
		var want []string
		for _, name := range names {
			if ok && globMatches(steps, name) {
				want = append(want, name)
			}
		}
		var failed *failure.Failure
		switch errors.As(err, &failed); {
		case !ok:
			if failed == nil || failed.Exit != failure.ExitUsage {
				t.Fatalf("%q is no glob: %q, %v", glob, got, err)
			}
		case want == nil:
			if failed == nil || failed.Exit != failure.ExitNotFound {
				t.Fatalf("%q matches none of %q: %q, %v", glob, names, got, err)
			}
		case err != nil || !slices.Equal(got, want):
			t.Fatalf("%q of %q: %q, %v; want %q", glob, names, got, err, want)
		}
	})
}

// globStep is a character of a name, or, where it is nil, any number of them.
type globStep func(rune) bool

// readGlob takes a glob apart, by the grammar of path.Match.
func readGlob(glob string) (steps []globStep, ok bool) {
	for glob != "" {
		r, n := utf8.DecodeRuneInString(glob)
		rest := glob[n:]
		switch r {
		case '*':
			steps = append(steps, nil)
		case '?':
			steps = append(steps, func(rune) bool { return true })
		case '[':
			var class globStep
			if class, rest, ok = readClass(rest); !ok {
				return nil, false
			}
			steps = append(steps, class)
		case '\\':
			if rest == "" {
				return nil, false
			}
			r, n = utf8.DecodeRuneInString(rest)
			rest = rest[n:]
			fallthrough
		default:
			steps = append(steps, func(c rune) bool { return c == r })
		}
		glob = rest
	}
	return steps, true
}

// readClass reads a class behind its bracket: one range or more.
func readClass(in string) (class globStep, rest string, ok bool) {
	in, not := strings.CutPrefix(in, "^")
	var ranges [][2]rune
	for len(ranges) == 0 || !strings.HasPrefix(in, "]") {
		low, rest, ok := readBound(in)
		high := low
		if after, dash := strings.CutPrefix(rest, "-"); ok && dash {
			high, rest, ok = readBound(after)
		}
		if !ok {
			return nil, "", false
		}
		ranges, in = append(ranges, [2]rune{low, high}), rest
	}
	return func(c rune) bool {
		return not != slices.ContainsFunc(ranges, func(r [2]rune) bool { return r[0] <= c && c <= r[1] })
	}, in[1:], true
}

// readBound reads a character of a class, behind which there has to be more.
func readBound(in string) (r rune, rest string, ok bool) {
	in, escaped := strings.CutPrefix(in, `\`)
	r, n := utf8.DecodeRuneInString(in)
	if !escaped && (r == '-' || r == ']') || r == utf8.RuneError && n < 2 || n == len(in) {
		return 0, "", false
	}
	return r, in[n:], true
}

// globMatches tries every way in which the steps can be taken.
func globMatches(steps []globStep, name string) bool {
	// from[j] tells whether the steps so far can end before name[j].
	from := make([]bool, len(name)+1)
	from[0] = true
	for _, step := range steps {
		to := make([]bool, len(name)+1)
		for j := range from {
			switch {
			case step == nil:
				to[j] = from[j] || j > 0 && to[j-1]
			case j > 0:
				to[j] = from[j-1] && step(rune(name[j-1]))
			}
		}
		from = to
	}
	return from[len(name)]
}
