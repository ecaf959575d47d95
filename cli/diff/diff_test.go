package diff

import (
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

func secret(version uint64, value vault.Value) vault.Secret {
	return vault.Secret{Info: vault.Info{Name: "A", Version: version, Kind: value.Kind().String(), Size: int64(len(value.Reveal()))}, Value: value}
}

func jsonValue(t *testing.T, text string) vault.Value {
	t.Helper()
	v, err := vault.JSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func keysOf(c comparison) string {
	var words []string
	for _, k := range c.keys {
		words = append(words, string(k.sign)+k.key)
	}
	return strings.Join(words, " ")
}

// Keys are named of JSON objects and of lines of assignments, and of nothing that may be a
// secret itself.
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		from, to vault.Value
		want     string
	}{
		{jsonValue(t, `{"a":1,"b":{"x":1},"c":3}`), jsonValue(t, `{"a":1,"b":{"x":2},"d":4}`), "~b -c +d"},
		{jsonValue(t, `[1]`), jsonValue(t, `{"a":1}`), ""},
		{vault.Text("A=1\nB=2\n"), vault.Text("# x\nexport A=1\nC=\n"), "-B +C"},
		{vault.Text("QUJD="), vault.Text("QUJE="), ""},
		{vault.Text("A=1\nsecret\n"), vault.Text("A=2\nsecret\n"), ""},
		{vault.Text("A=1\nA=2\n"), vault.Text("A=1\nB=3\n"), ""},
		{vault.Text("A=1\nB/+=\n"), vault.Text("A=1\nB/x=\n"), ""},
		{vault.Text("A=1\nB=2"), jsonValue(t, `{"A":1}`), ""},
	} {
		got := compare(secret(1, c.from), secret(2, c.to))
		if keysOf(got) != c.want || got.same() {
			t.Errorf("%q to %q: %q, same %v", c.from.Reveal(), c.to.Reveal(), keysOf(got), got.same())
		}
	}
	if got := compare(secret(1, vault.Text("x")), secret(2, vault.Text("x"))); !got.same() {
		t.Error("equal values differ")
	}
}

// With the values, what both have is there once; and the buffer never grows.
func TestValues(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"a\nb\nc\n", "a\nB\nc\n", "  a\n- b\n+ B\n  c\n"},
		{"old", "new", "- old\n+ new\n"},
		{"a\n", "a\nb\n", "  a\n+ b\n"},
		{"a\na\n", "a\n", "  a\n- a\n"},
		{"x\nsame", "y\nsame", "- x\n+ y\n  same\n"},
		{"same", "same", "  same\n"},
		{"", "x", "+ x\n"},
		{"ax", "bx", "- ax\n+ bx\n"},
	} {
		from, to := secret(1, vault.Text(c.from)), secret(2, vault.Text(c.to))
		text := compare(from, to).withValues(from, to)
		_, got, _ := strings.Cut(string(text), "  expires  same\n")
		if got != c.want {
			t.Errorf("%q to %q: %q", c.from, c.to, got)
		}
	}
}

// Whatever the values are, the buffer with them has the size that it was made with, and
// each line of the newer one is in it.
func FuzzValues(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\n")
	f.Add("A=1\nB=2", "A=1\nB=3")
	f.Add("\xff\n", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		from, to := secret(1, vault.Bytes([]byte(a))), secret(2, vault.Bytes([]byte(b)))
		c := compare(from, to)
		if c.same() != (a == b) {
			t.Errorf("same is %v", c.same())
		}
		lines := 2 + strings.Count(a, "\n") + strings.Count(b, "\n")
		most := len(a) + len(b) + 4*lines
		for _, line := range c.lines(func(time.Time) string { return "-" }) {
			most += len(line) + 1
		}
		text := c.withValues(from, to)
		if len(text) > most {
			t.Errorf("%d bytes, and room for %d", len(text), most)
		}
		for line := range strings.Lines(b) {
			if line = strings.TrimSuffix(line, "\n"); !strings.Contains(string(text), " "+line+"\n") {
				t.Errorf("%q is not in %q", line, text)
			}
		}
	})
}
