package cli

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/vault"
)

// masked writes the parts through a masker, one write each.
func masked(t testing.TB, m *masks, parts ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := &masker{to: &out, masks: m}
	for _, p := range parts {
		if n, err := w.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func masksOf(values ...vault.Value) *masks {
	var list []variable
	for _, v := range values {
		list = append(list, variable{name: "V", secret: "V", value: v})
	}
	return newMasks(list)
}

func TestMask(t *testing.T) {
	object, err := vault.JSON([]byte(`{"user":"someone","pass":["p\u0061ssword",1],"n":2}`))
	if err != nil {
		t.Fatal(err)
	}
	m := masksOf(vault.Text("hunter22"), vault.Text("hunter22-longer"), vault.Text("22-xyz"), vault.Text("abc"),
		vault.Text("first line\nsecond line\n"), object, vault.Bytes([]byte{0xff, 0, 1, 2, 3}))
	for _, c := range []struct{ in, want string }{
		{"nothing", "nothing"},
		{"a hunter22 b", "a ***** b"},
		{"hunter22-longer!", "*****!"},
		{"hunter22-long", "*****-long"},
		{"hunter22-xyz", "*****"}, // one begins in the other
		{"abc", "abc"},            // too short
		{"> first line", "> *****"},
		{"second line\n", "*****\n"},
		{"password of someone", "***** of *****"},
		{"user", "user"}, // the name of a member is no secret
		{"\xff\x00\x01\x02\x03", "*****"},
		{"/wABAgM=", "*****"},
		{"hunter2", "hunter2"},
		{"hunterhunter22", "hunter*****"},
	} {
		if got := masked(t, m, c.in); got != c.want {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
		if got := masked(t, m, strings.Split(c.in, "")...); got != c.want {
			t.Errorf("%q, byte for byte, became %q, want %q", c.in, got, c.want)
		}
	}
}

// However the output is cut into writes, what comes out is the same, and holds
// no value.
func TestMaskAnyCut(t *testing.T) {
	alphabet := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 0, 40, -1)
	rapid.Check(t, func(rt *rapid.T) {
		var values []vault.Value
		for _, s := range rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("ab")), maskShort, 9, -1), 1, 4).Draw(rt, "values") {
			values = append(values, vault.Text(s))
		}
		m := masksOf(values...)
		parts := rapid.SliceOfN(alphabet, 1, 5).Draw(rt, "parts")
		got := masked(t, m, parts...)
		if whole := masked(t, m, strings.Join(parts, "")); got != whole {
			rt.Fatalf("%q in parts, %q whole", got, whole)
		}
		for _, v := range values {
			if bytes.Contains([]byte(got), v.Reveal()) {
				rt.Fatalf("%q holds %q", got, v.Reveal())
			}
		}
	})
}

// A prompt without a newline is not held back.
func TestMaskPrompt(t *testing.T) {
	var out bytes.Buffer
	w := &masker{to: &out, masks: masksOf(vault.Text("hunter22"))}
	if _, err := w.Write([]byte("Password: ")); err != nil || out.String() != "Password: " {
		t.Errorf("%q, %v", out.String(), err)
	}
}
