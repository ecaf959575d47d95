package transfer

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

func view(t *testing.T, file string) *Settings {
	t.Helper()
	var raw []byte
	if file != "" {
		raw = []byte(file)
	}
	s, err := ParseSettings(raw)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSettingsText: the file's other members are kept, its secrets are not.
func TestSettingsText(t *testing.T) {
	s := view(t, `{"a":1.50,"secrets":[{"key":"","value":""},{"key":"B","value":"plain","x":1}],"whitelist":["w"]}`)
	if len(s.Named()) != 1 || s.Named()[0] != "B" {
		t.Errorf("named %q", s.Named())
	}
	got, err := s.Text(items(t, "B", "12345678901234567890", "A", `"v"`))
	want := `{
    "a": 1.50,
    "secrets": [
        {
            "key": "A",
            "value": "v"
        },
        {
            "key": "B",
            "value": 12345678901234567890
        }
    ],
    "whitelist": [
        "w"
    ]
}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// TestSettingsChanges: what a program makes of the file is taken for the changes
// that it meant, value by value.
func TestSettingsChanges(t *testing.T) {
	const digits = `{"id":12345678901234567890,"n":1,"2":[1.50,{"z":-0}],"1":"é"}`
	shown := items(t, "A", `"old"`, "D", "12345678901234567890.50", "O", digits, "BYTES", `{"$base64":"AAE="}`)
	element := func(key, value string) string { return `{"key":"` + key + `","value":` + value + `}` }
	file := func(elements ...string) string {
		return `{"secrets":[` + strings.Join(elements, ",") + `],"whitelist":["*.liveperson.com"]}`
	}
	a, d := element("A", `"old"`), element("D", "12345678901234567000")
	o, b := element("O", `{"1":"\u00e9","2":[1.5,{"z":0}],"id":12345678901234567000,"n":1}`), element("BYTES", `{"$base64":"AAE="}`)
	for _, c := range []struct {
		name, written string
		want          []string // name, value …
	}{
		{"nothing", file(a, d, o, b), nil},
		{"another order", file(b, d, a, o, element("", `""`)), nil},
		{"a string", file(element("A", `"new"`), d, o, b), []string{"A", `"new"`}},
		{"another type", file(element("A", `["new"]`), d, o, b), []string{"A", `["new"]`}},
		{"a number", file(a, element("D", "12345678901234570000"), o, b), []string{"D", "12345678901234570000"}},
		{
			"part of an object", file(a, d, element("O", `{"1":"e","2":[1.5,{"z":0},2],"id":12345678901234567000,"n":2,"m":{}}`), b),
			[]string{"O", `{"1":"e","2":[1.50,{"z":-0},2],"id":12345678901234567890,"n":2,"m":{}}`},
		},
		{"another order in it", file(a, d, element("O", `{"1":"é","2":[1.5,{"z":0}],"n":1,"id":12345678901234567000}`), b), []string{"O", `{"1":"é","2":[1.50,{"z":-0}],"n":1,"id":12345678901234567890}`}},
		{"bytes", file(a, d, o, element("BYTES", `{"$base64":"AA=="}`)), []string{"BYTES", `{"$base64":"AA=="}`}},
		{"the first of two", file(a, d, o, b, element("A", `"shadowed"`)), nil},
		{"a lone surrogate", file(element("A", `"\ud800"`), d, o, b), []string{"A", `"\ud800"`}},
	} {
		got, err := view(t, "").Changes(shown, []byte(c.written))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var flat []string
		for _, item := range got {
			flat = append(flat, item.Name, string(item.Value.JSONValue()))
			if item.Name == "BYTES" && item.Value.Kind() != crypto.Bytes {
				t.Errorf("%s: bytes became %s", c.name, item.Value.Kind())
			}
		}
		if strings.Join(flat, "|") != strings.Join(c.want, "|") {
			t.Errorf("%s: %q, want %q", c.name, flat, c.want)
		}
	}
}

func TestSettingsRefuses(t *testing.T) {
	shown := items(t, "A", `"`+canary+`"`)
	for _, c := range []struct {
		written string
		want    error
	}{
		{`{"secrets":[],"whitelist":["*.liveperson.com"]}`, ErrRefused},
		{`{"secrets":[{"key":"A","value":1},{"key":"` + strings.Repeat("k", 101) + `","value":"` + canary + `"}],"whitelist":["*.liveperson.com"]}`, ErrRefused},
		{`{"secrets":[{"key":"A","value":1,"note":2}],"whitelist":["*.liveperson.com"]}`, ErrRefused},
		{`{"secrets":[{"key":"A","value":1}],"whitelist":["` + canary + `"]}`, ErrRefused},
		{`{"secrets":[{"key":"A","value":1}]}`, ErrRefused},
		{`{"secrets":[{"key":"A"}],"whitelist":["*.liveperson.com"]}`, ErrSyntax},
		{`{"secrets":[{"key":"A","value":"` + canary, ErrSyntax},
		{"", ErrSyntax},
	} {
		got, err := view(t, "").Changes(shown, []byte(c.written))
		if !errors.Is(err, c.want) || got != nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%.60s: %v, %d changes", c.written, err, len(got))
		}
	}
	if _, err := ParseSettings([]byte(canary)); !errors.Is(err, ErrSyntax) || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
}

// TestInJavaScript: two texts have one form if, and only if, they are one to
// JavaScript. The pairs were tried with Node.
func TestInJavaScript(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1.50", "1.5", true},
		{"1e2", "100", true},
		{"-0", "0", true},
		{"1e999", "null", true},
		{"12345678901234567890", "12345678901234567000", true},
		{"9007199254740992", "9007199254740994", false},
		{`"\u00e9\/\n"`, `"é/\u000A"`, true},
		{`"\ud83d\ude00"`, `"😀"`, true},
		{`"\ud800"`, `"\ufffd"`, false},
		{`"\ud800"`, `"\ud801"`, false},
		{`"1"`, "1", false},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`{"b":0,"1":1}`, `{"1":1,"b":0}`, true},
		{`{"b":0,"01":1}`, `{"01":1,"b":0}`, false},
		{`{"10":0,"9":0}`, `{"9":0,"10":0}`, true},
		{`{"4294967295":0,"1":0}`, `{"1":0,"4294967295":0}`, true},
		{`{"4294967295":0,"a":0}`, `{"a":0,"4294967295":0}`, false},
		{`{"a":0,"b":0}`, `{"b":0,"a":0}`, false},
		{`[ 1, {} ]`, `[1,{}]`, true},
		{`[1,[]]`, `[1,{}]`, false},
		{`{"\u0061":1}`, `{"a":1}`, true},
		{`{"\u0061":1,"a":2}`, `{"a":2}`, true},
		{"true", "false", false},
	} {
		if same := string(inJavaScript([]byte(c.a))) == string(inJavaScript([]byte(c.b))); same != c.same {
			t.Errorf("%s and %s: same is %v", c.a, c.b, same)
		}
	}
}

// FuzzKeepDigits: a value with its digits kept is, to JavaScript, the value that
// was written, and no panic comes of any JSON.
func FuzzKeepDigits(f *testing.F) {
	seeds := [][2]string{
		{`{"a":1.50,"b":[1,2]}`, `{"b":[1],"a":1.5}`},
		{"1", "2"},
		{`"\ud800\""`, `{}`},
		{`[[1.0]]`, `[[1],1]`},
		{`{"1":1.0,"1":2.0,"a":-0}`, `{"a":0,"1":2}`},
	}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, was, now string) {
		for _, text := range []string{was, now} {
			if !json.Valid([]byte(text)) || checkText([]byte(text)) != nil {
				return
			}
			if _, err := newScanner([]byte(text)); err != nil {
				return
			}
		}
		got := keepDigits([]byte(was), []byte(now))
		if !json.Valid(got) {
			t.Fatalf("%s and %s: %s is no JSON", was, now, got)
		}
		if string(inJavaScript(got)) != string(inJavaScript([]byte(now))) {
			t.Fatalf("%s and %s became %s", was, now, got)
		}
		if once := inJavaScript([]byte(now)); string(inJavaScript(once)) != string(once) && !json.Valid(once) {
			t.Fatalf("%s: the form %s is none", now, once)
		}
	})
}
