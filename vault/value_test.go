package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/crypto"
)

const canary = "canary-5f1d0a"

func TestJSONKeepsEverythingButWhiteSpace(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" \t\r\n1.50 ":                 "1.50",
		"1e999999":                     "1e999999",
		"-0":                           "-0",
		"12345678901234567890":         "12345678901234567890",
		`{ "b" : 1, "a" : [ 1 , 2 ] }`: `{"b":1,"a":[1,2]}`,
		`{"a":1, "a":2}`:               `{"a":1,"a":2}`,
		`"<&>\u003c\/ \ud800  x"`:      `"<&>\u003c\/ \ud800  x"`,
		"\"\u2028\u2029\"":             "\"\u2028\u2029\"",
		`{"": null , "t": true}`:       `{"":null,"t":true}`,
		strings.Repeat("[", 1000) + " " + strings.Repeat("]", 1000): strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		`"[[[{{{\"[["`: `"[[[{{{\"[["`,
	} {
		v, err := JSON([]byte(in))
		if err != nil {
			t.Errorf("JSON(%q): %v", in, err)
			continue
		}
		if got := string(v.Reveal()); got != want {
			t.Errorf("JSON(%q) = %q, want %q", in, got, want)
		}
		if v.Kind() != crypto.JSON || v.Validate() != nil {
			t.Errorf("JSON(%q): kind %v, %v", in, v.Kind(), v.Validate())
		}
	}
}

func TestJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", " ", "nope", "{", `{"a"}`, "[1,]", "01", "+1", "1 2", "1\x00", "\ufeff1", "NaN", "'a'", "\"a\nb\"",
		"\"\xff\"", "\"\xed\xa0\x80\"", `"\x41"`, `"\u12g4"`, canary, `{"` + canary + `" "` + canary + `"}`,
		strings.Repeat("[", 1001) + strings.Repeat("]", 1001), strings.Repeat("[", 1<<20),
	} {
		_, err := JSON([]byte(in))
		if !errors.Is(err, errInvalidValue) {
			t.Errorf("JSON(%.20q): %v", in, err)
			continue
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("the error holds the value: %v", err)
		}
	}
}

// TestJSONErrorsQuoteNothing: encoding/json's own text quotes a character.
func TestJSONErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	_, err := JSON([]byte("[1, Ω]"))
	if err == nil || strings.ContainsAny(err.Error(), "ΩÎ'") {
		t.Errorf("%v", err)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	mustJSON := func(s string) Value {
		v, err := JSON([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		v    Value
		want int
	}{
		{Text(""), 0},
		{Text(strings.Repeat("a", 10_001)), 10_001},
		{Text(strings.Repeat("€", 10_000)), 10_000},
		{Text(strings.Repeat("😀", 5_001)), 10_002},
		{Text("\ufffda"), 2},
		{mustJSON(`"😀"`), 4},
		{mustJSON(`{ "a" : 1 }`), 7},
		{mustJSON(`"\ud83d\ude00"`), 14},
		{Bytes(nil), 0},
		{Bytes([]byte{1}), 4},
		{Bytes(make([]byte, 7500)), 10_000},
		{Value{}, 0},
	} {
		if got := c.v.Units(); got != c.want {
			t.Errorf("%d units, want %d", got, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, v := range []Value{Text(""), Text("x\x00y"), Bytes(nil), Bytes([]byte{0xff})} {
		if err := v.Validate(); err != nil {
			t.Errorf("%v: %v", v.Kind(), err)
		}
	}
	if err := Text("a\xff").Validate(); !errors.Is(err, errNotUTF8) {
		t.Errorf("text that is not UTF-8: %v", err)
	}
	if err := (Value{}).Validate(); !errors.Is(err, errInvalidValue) {
		t.Errorf("zero value: %v", err)
	}
	if err := newValue(crypto.Gone, nil).Validate(); !errors.Is(err, errInvalidValue) {
		t.Errorf("gone: %v", err)
	}
}

func TestFromJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in        string
		withBytes bool
		kind      crypto.Kind
		want      string
	}{
		{`"x"`, true, crypto.Text, "x"},
		{` "a\n\u00e9\ud83d\ude00<" `, true, crypto.Text, "a\né😀<"},
		{`""`, true, crypto.Text, ""},
		{`"\\ud800"`, true, crypto.Text, `\ud800`},
		{`"\ud800"`, true, crypto.JSON, `"\ud800"`},
		{`"\udc00\ud800"`, true, crypto.JSON, `"\udc00\ud800"`},
		{`"\ud83d\ude00\ud83dx"`, true, crypto.JSON, `"\ud83d\ude00\ud83dx"`},
		{`"\uD83Dn\uDE00"`, true, crypto.JSON, `"\uD83Dn\uDE00"`},
		{`"\u0000"`, true, crypto.Text, "\x00"},
		{`1.50`, true, crypto.JSON, "1.50"},
		{`null`, true, crypto.JSON, "null"},
		{`{"$base64":"AAE="}`, true, crypto.Bytes, "\x00\x01"},
		{`{ "$base64" : "" }`, true, crypto.Bytes, ""},
		{`{"$base64":"AAE="}`, false, crypto.JSON, `{"$base64":"AAE="}`},
		{`{"$base64":"AAE=","x":1}`, true, crypto.JSON, `{"$base64":"AAE=","x":1}`},
		{`{"$base64":"A","$base64":"A"}`, true, crypto.JSON, `{"$base64":"A","$base64":"A"}`},
		{`{"$base64":5}`, true, crypto.JSON, `{"$base64":5}`},
		{`{"$base64":["AAE="]}`, true, crypto.JSON, `{"$base64":["AAE="]}`},
	} {
		v, err := FromJSON([]byte(c.in), c.withBytes)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if v.Kind() != c.kind || string(v.Reveal()) != c.want {
			t.Errorf("%s: %v %q, want %v %q", c.in, v.Kind(), v.Reveal(), c.kind, c.want)
		}
	}
	for _, in := range []string{`{"$base64":"` + canary + `"}`, `{"$base64":"AAF="}`, `{"$base64":"AA"}`, `"`, ``} {
		_, err := FromJSON([]byte(in), true)
		if !errors.Is(err, errInvalidValue) || strings.Contains(fmt.Sprint(err), canary) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestJSONValueLeavesCharactersAlone(t *testing.T) {
	t.Parallel()
	if got := string(Text(`a<b>&"\`).JSONValue()); got != `"a<b>&\"\\"` {
		t.Error(got)
	}
	if got := string(Bytes([]byte{0, 1}).JSONValue()); got != `{"$base64":"AAE="}` {
		t.Error(got)
	}
	if got := string(Bytes(nil).JSONValue()); got != `{"$base64":""}` {
		t.Error(got)
	}
}

// TestRedacted prints values in every way that could betray them, also where
// fmt does not ask for methods.
func TestRedacted(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for _, v := range []Value{Text(canary), Bytes([]byte(canary)), newValue(crypto.JSON, []byte(`"`+canary+`"`))} {
		type hidden struct{ v Value }
		type shown struct{ V Value }
		type deep struct{ h *hidden }
		things := []any{
			v, &v,
			[]Value{v},
			map[string]Value{"k": v},
			map[Value]int{v: 1},
			hidden{v},
			&hidden{v},
			shown{v},
			deep{&hidden{v}},
			[]hidden{{v}},
			&deep{&hidden{v}},
		}
		var out strings.Builder
		for _, x := range things {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%t"} {
				fmt.Fprintf(&out, verb, x)
			}
			fmt.Fprintln(&out, x)
			if b, err := json.Marshal(x); err == nil {
				out.Write(b)
			}
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", x)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", x)
		}
		all := out.String() + log.String()
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary)), fmt.Sprintf("%#v", []byte(canary))} {
			if i := strings.Index(all, form); i >= 0 {
				t.Fatalf("a value shows as %s", all[max(0, i-40):i+len(form)])
			}
		}
		if !strings.Contains(all, redacted) {
			t.Error("nothing says that it is redacted")
		}
	}
}

func TestWipe(t *testing.T) {
	t.Parallel()
	v := Text(canary)
	b, copied := v.Reveal(), v
	v.Wipe()
	v.Wipe()
	if bytes.Contains(b[:cap(b)], []byte("canary")) || len(copied.Reveal()) != 0 {
		t.Error("the value is still there")
	}
	(Value{}).Wipe()
}

func TestBytesAreCopied(t *testing.T) {
	t.Parallel()
	b := []byte("abc")
	v := Bytes(b)
	b[0] = 'x'
	if string(v.Reveal()) != "abc" {
		t.Error("the caller's slice is the value's")
	}
}

// FuzzFromJSON: whatever is taken is given back, and compacting never changes
// what a JSON reader sees.
func FuzzFromJSON(f *testing.F) {
	seeds := []string{
		`"x"`, `"\"\\\/\b\f\n\r\t\u0000\u2028\u20ac\ud83d\ude00\u007f <&>"`, `"\ud800\ud83d\ude00"`, `{"$base64":"AAE="}`, `{"a":[1.50,{"b":null}],"a":"<"}`, "\"\u2028\"", ` [ ] `, `1e999999`, `"\\"`, "\xff",
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := FromJSON(raw, true)
		if err != nil {
			if !errors.Is(err, errInvalidValue) {
				t.Fatalf("no sentinel: %v", err)
			}
			return
		}
		if err := v.Validate(); err != nil {
			t.Fatal(err)
		}
		if v.Kind() != crypto.Bytes && v.Units() != len(utf16.Encode([]rune(string(v.Reveal())))) {
			t.Fatalf("%d units", v.Units())
		}
		if !utf8.Valid(v.JSONValue()) {
			t.Fatal("JSONValue is not UTF-8")
		}
		again, err := FromJSON(v.JSONValue(), true)
		if err != nil || again.Kind() != v.Kind() || !bytes.Equal(again.Reveal(), v.Reveal()) {
			t.Fatalf("comes back as %v %q, %v", again.Kind(), again.Reveal(), err)
		}
		if v.Kind() == crypto.Text {
			var text string
			if err := json.Unmarshal(raw, &text); err != nil || text != string(v.Reveal()) {
				t.Fatalf("%q is %q for encoding/json, %v", v.Reveal(), text, err)
			}
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(text); err != nil || strings.TrimSuffix(b.String(), "\n") != string(v.JSONValue()) {
				t.Fatalf("%s is %s for encoding/json, %v", v.JSONValue(), b.String(), err)
			}
		}
		if v.Kind() == crypto.JSON {
			if strings.ContainsAny(string(raw), "\ufffd") {
				return
			}
			var a, b any
			da, db := json.NewDecoder(bytes.NewReader(raw)), json.NewDecoder(bytes.NewReader(v.Reveal()))
			da.UseNumber()
			db.UseNumber()
			if da.Decode(&a) != nil || db.Decode(&b) != nil || fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("%q became %q", raw, v.Reveal())
			}
		}
	})
}
