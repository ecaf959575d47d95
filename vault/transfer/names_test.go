package transfer

import (
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "A_b-9": "A_b-9", "Mail/Zoë & me (old)": "Mail_Zoe_me_old", "a.b": "a_b", " a ": "a",
		"/.hidden": "hidden", "a__b": "a__b", "_a_": "_a_", "-x": "-x", "a/_b": "a__b", "日本": "", "日本1": "1",
		"e\u0301a": "ea", "\xff": "", "a\xffb": "a_b", "a\x00b\nc": "a_b_c", "ﬁ": "", "A`$(x)": "A_x",
	} {
		if got := Plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func named(names ...string) (r Result) {
	for i, n := range names {
		r.Items = append(r.Items, Item{Name: n, Value: vault.Text(n), Line: i + 1})
	}
	return r
}

func TestNaming(t *testing.T) {
	for _, c := range []struct {
		naming Naming
		in     []string
		want   string // names, or of an error what it has to hold
		err    error
	}{
		{Naming{}, []string{"a/b", "c"}, "a_b c", nil},
		{Naming{Prefix: "P_"}, []string{"a/b", "c"}, "P_a_b P_c", nil},
		{Naming{Prefix: "P_", Map: map[string]string{"a/b": "Q"}}, []string{"a/b", "c"}, "Q P_c", nil},
		{Naming{Map: map[string]string{"a/b": ""}}, []string{"a/b", "a_b"}, "a_b", nil},
		{Naming{Map: map[string]string{"日本": "Japan"}}, []string{"日本"}, "Japan", nil},
		{Naming{}, []string{"a/b", "x", "a.b"}, `line 3: "a.b" becomes a_b, and so does "a/b" in line 1`, ErrDuplicate},
		{Naming{}, []string{"a", "a"}, `"a" is there twice, first in line 1`, ErrDuplicate},
		{Naming{Map: map[string]string{"x": "a"}}, []string{"a", "x"}, `"x" becomes a, and so does "a"`, ErrDuplicate},
		{Naming{}, []string{"", "日本"}, `""`, ErrName},
		{Naming{}, []string{"日", "本", "a", "é", "-", "½", "１", "…", "“", "”"}, "ENTRY_1 ENTRY_2 a e - ENTRY_3 ENTRY_4 ENTRY_5 ENTRY_6 ENTRY_7", nil},
		{Naming{}, []string{"Mail/пароль", "Mail/ключ", "Mail"}, "Mail_2 Mail_3 Mail", nil},
		{Naming{}, []string{"ключ", "ENTRY_1", "пин"}, "ENTRY_2 ENTRY_1 ENTRY_3", nil},
		{Naming{}, []string{"ключ", "ключ"}, "is there twice", ErrDuplicate},
		{Naming{}, []string{"a\x00", "", "b\nc"}, `"a?", "", "b?c"`, ErrName},
		{Naming{}, []string{"a\x00b"}, `"a?b"`, ErrName},
		{Naming{Prefix: "P_"}, []string{"日本"}, "P_ENTRY_1", nil},
		{Naming{Prefix: "P"}, []string{strings.Repeat("x", 100)}, "xxx", ErrName},
		{Naming{Map: map[string]string{"a": "b c"}}, []string{"a"}, `"a"`, ErrName},
		{Naming{Map: map[string]string{"z": "b", "y": "c"}}, []string{"a"}, `nothing in it is called "y"`, ErrUnused},
	} {
		got, renamed, err := c.naming.Apply(named(c.in...))
		if !errors.Is(err, c.err) {
			t.Errorf("%v of %q: %v", c.naming, c.in, err)
			continue
		}
		if err != nil {
			if !strings.Contains(err.Error(), c.want) || len(got.Items) > 0 {
				t.Errorf("%v of %q: %v, want %q", c.naming, c.in, err, c.want)
			}
			continue
		}
		var names []string
		changed := 0
		for _, i := range got.Items {
			names = append(names, i.Name)
			if string(i.Value.Reveal()) != i.From {
				t.Errorf("%s is called %s and came from %s", i.Value.Reveal(), i.Name, i.From)
			}
			if i.Name != i.From {
				changed++
			}
		}
		if strings.Join(names, " ") != c.want || changed != len(renamed) || len(got.Items)+len(got.Skipped) != len(c.in) {
			t.Errorf("%v of %q: %q, %v, %v, want %q", c.naming, c.in, names, renamed, got.Skipped, c.want)
		}
	}
}

// FuzzNaming: whatever the names, each becomes one that a secret can have, or
// it is told.
func FuzzNaming(f *testing.F) {
	seeds := []string{"a/b\nc", "é\n日本\n_", "a b\na_b", "\xff\x00"}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		names := strings.Split(text, "\n")
		got, _, err := Naming{Prefix: "P-"}.Apply(named(names...))
		if err != nil {
			isOurs(t, err)
			return
		}
		seen := map[string]bool{}
		for i, item := range got.Items {
			if crypto.CheckName(item.Name) != nil || seen[item.Name] || item.From != names[i] {
				t.Fatalf("%q became %q", names[i], item.Name)
			}
			seen[item.Name] = true
		}
		if len(got.Items) != len(names) {
			t.Fatalf("%d of %d", len(got.Items), len(names))
		}
	})
}
