package run

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
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
		{`{"p":"first line\nsecond line\n"}`, `{"p":"*****"}`},
		{"hunter22hunter22", "*****"},
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

// Base64 hides nothing: in either alphabet, padded or not, wherever the value
// stands in what is encoded, wrapped at any width, cut into any writes.
func TestMaskBase64(t *testing.T) {
	values := []string{"hunter22", "hunter2", "hunter", "a\xff\xfe\xfb\xff>>>???", strings.Repeat("long?>", 900)}
	for _, value := range values {
		m := masksOf(vault.Bytes([]byte(value)))
		for before := range 7 {
			for after := range 4 {
				plain := []byte(strings.Repeat("x", before) + value + strings.Repeat("\n", after))
				if len(value) > 100 && (before > 2 || after > 1 || testing.Short() && before+after > 0) {
					continue // it takes long
				}
				for _, coding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
					for _, width := range []int{0, 64, 76, 5, 3} {
						if len(value) > 100 && width != 0 && width != 76 {
							continue
						}
						for _, end := range []string{"\n", "\r\n", "\n  ", `\n`} {
							text := wrapped(coding.EncodeToString(plain), width, end)
							got := masked(t, m, "value: "+text+" end")
							left := strings.TrimSuffix(strings.TrimPrefix(got, "value: "), " end")
							if most := 4*before/3 + 4*after/3 + 8; !strings.Contains(left, "*****") || len(strings.NewReplacer("\r", "", "\n", "", " ", "", `\n`, "", "*", "").Replace(left)) > most {
								t.Fatalf("%d bytes, %d before, %d after, wrapped at %d: %q", len(value), before, after, width, got)
							}
							if width == 76 && len(value) < 20 {
								if again := masked(t, m, strings.Split("value: "+text+" end", "")...); again != got {
									t.Fatalf("byte for byte %q, at once %q", again, got)
								}
							}
						}
					}
				}
			}
		}
	}
}

func wrapped(s string, width int, end string) string {
	if width == 0 {
		return s
	}
	var b strings.Builder
	for chunk := range slices.Chunk([]byte(s), width) {
		b.Write(chunk)
		b.WriteString(end)
	}
	return b.String()
}

// However JSON escapes a value, it is hidden.
func TestMaskEscaped(t *testing.T) {
	const value = "p\"a\\s/s<w>&\té𝄞\u2028x\n"
	m := masksOf(vault.Text(value))
	goes, _ := json.Marshal(value)
	for _, escaped := range []string{
		string(goes), `"p\"a\\s/s<w>&\té𝄞` + "\u2028" + `x\n"`, `"p\"a\\s\/s<w>&\t\u00e9\ud834\udd1e\u2028x\n"`, `"\u0070\u0022\u0061\u005C\u0073\u002f\u0073\u003C\u0077\u003E\u0026\u0009\u00E9\uD834\uDD1E\u2028\u0078\u000a"`,
	} {
		for _, parts := range [][]string{{escaped}, strings.Split(escaped, "")} {
			if got := masked(t, m, parts...); got != `"*****"` {
				t.Errorf("%s becomes %s", escaped, got)
			}
		}
	}
	object, err := vault.JSON([]byte(`{"pin":1234,"id":567,"amount":98.7654,"deep":[{"n":-12345}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := masked(t, masksOf(object), "1234 567 98.7654 -12345"); got != "***** 567 ***** *****" {
		t.Errorf("numbers: %q", got)
	}
}

// Nothing is held back without end, nor more than the longest mask can be long.
func TestMaskHoldsLittle(t *testing.T) {
	rounds := 2000
	if testing.Short() {
		rounds = 150 // of each unit, what is written is longer than two pieces
	}
	m := masksOf(vault.Text("abab"), vault.Text("hunter22"), vault.Text(strings.Repeat("a", 1<<20)), vault.Bytes(bytes.Repeat([]byte{0}, 5000)))
	for _, unit := range []string{"ab", "a", "A", "A\n", "A\n ", "\\u0061", "aaab"} {
		var out bytes.Buffer
		w := &masker{to: &out, masks: m}
		for range rounds {
			if _, err := w.Write([]byte(strings.Repeat(unit, 20))); err != nil {
				t.Fatal(err)
			}
			if len(w.pending) > 6*maskPiece { // a piece, each character of it an escape
				t.Fatalf("%q: %d bytes are held back", unit, len(w.pending))
			}
		}
		if out.Len() == 0 && unit != "A\n " {
			t.Errorf("%q: nothing comes out of %d bytes", unit, rounds*20*len(unit))
		}
		w.Close()
	}
}

// A command that waits is seen: what was held back comes out, a few bytes as they
// are, more of them hidden; what follows is held against them all the same.
func TestMaskRelease(t *testing.T) {
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{"Continue? h", "ello"}, "Continue? hello"},
		{[]string{"hun", "ter22!"}, "hun*****!"},
		{[]string{"hunter", "22!"}, "*****!"},
		{[]string{"hunter", "s!"}, "*****s!"},
		{[]string{"h", "u", "n", "t", "e", "r", "2", "2", "!"}, "hun*****!"},
	} {
		var out bytes.Buffer
		w := &masker{to: &out, masks: masksOf(vault.Text("hunter22"))}
		for _, part := range c.parts {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
			w.release()
			if w.shown != len(w.pending) {
				t.Errorf("%q: %q is held back", c.parts, w.pending[w.shown:])
			}
		}
		if err := w.Close(); err != nil || out.String() != c.want {
			t.Errorf("%q becomes %q, want %q", c.parts, out.String(), c.want)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	m := masksOf(vault.Text("hunter22-and-more"), vault.Text("ghp_0123456789abcdefghij"), vault.Text("another secret"), vault.Bytes([]byte("0123456789abcdef0123456789abcdef")))
	text := []byte(strings.Repeat("time=2025-01-01T00:00:00Z level=info msg=\"a line of a log, as there are many\" id=42\n", 400))
	b.SetBytes(int64(len(text)))
	w := &masker{to: io.Discard, masks: m}
	for b.Loop() {
		w.Write(text)
	}
	w.Close()
}
