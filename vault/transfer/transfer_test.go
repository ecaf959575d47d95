package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const canary = "canary-77ab01"

var readers = map[string]func(io.Reader) (Result, error){
	"json":       func(r io.Reader) (Result, error) { return ReadJSON(r, false) },
	"flat":       func(r io.Reader) (Result, error) { return ReadJSON(r, true) },
	"dotenv":     ReadDotenv,
	"foreignenv": DotenvReader{Foreign: true}.Read,
	"yaml":       func(r io.Reader) (Result, error) { return ReadYAML(r, false) },
	"flatyaml":   func(r io.Reader) (Result, error) { return ReadYAML(r, true) },
	"toml":       func(r io.Reader) (Result, error) { return ReadTOML(r, false) },
	"flattoml":   func(r io.Reader) (Result, error) { return ReadTOML(r, true) },
	"liveperson": ReadLivePerson,
}

// show is a result as text, values quoted.
func show(r Result) string {
	var b strings.Builder
	for _, i := range r.Items {
		fmt.Fprintf(&b, "%d %s %s %q\n", i.Line, i.Name, i.Value.Kind(), i.Value.Reveal())
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "skipped %q: %s\n", s.Name, s.Reason)
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range []struct{ file, reader, suffix string }{
		{"members.json", "json", ""},
		{"nested.json", "json", ""},
		{"nested.json", "flat", ".flat"},
		{"all.env", "dotenv", ""},
		{"windows.env", "dotenv", ""},
		{"template.settings.json", "liveperson", ""},
		{"full.settings.json", "liveperson", ""},
		{"all.yaml", "yaml", ""},
		{"all.yaml", "flatyaml", ".flat"},
		{"all.toml", "toml", ""},
		{"all.toml", "flattoml", ".flat"},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		result, err := readers[c.reader](iotest.HalfReader(bytes.NewReader(data)))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		golden(t, c.file+c.suffix, show(result))
	}
}

// bad holds for each reader what it has to refuse, as what, and what the error
// has to name.
var bad = []struct {
	reader, in string
	want       error
	names      string
}{
	{"json", "", ErrSyntax, "line 1"},
	{"json", "[]", ErrSyntax, "object"},
	{"json", `"` + canary + `"`, ErrSyntax, "object"},
	{"json", "{\n\"A\": " + canary + "}", ErrSyntax, "line 2: not JSON, from column 6"},
	{"json", `{"A":1}{}`, ErrSyntax, "column 8"},
	{"json", "{\"A\":\n\"" + canary + "\xff\"}", ErrSyntax, "line 2"},
	{"json", "\xff\xfe{\x00}", ErrSyntax, "UTF-16"},
	{"json", "{\x00}\x00", ErrSyntax, "UTF-16 without"},
	{"json", `{"A":1,` + "\n\n" + `"A":2}`, ErrDuplicate, "line 3: A is there twice, first in line 1"},
	{"json", `{"A":1,"\u0041":2}`, ErrDuplicate, "A is there twice"},
	{"json", `{"":1,"a b":1,"\ud800":1}`, nil, ""}, // for Naming to decide
	{"json", `{"a b":1,"a b":"` + canary + `"}`, ErrDuplicate, `"a b" is there twice`},
	{"json", `{"a b":{"$base64":"` + canary + `"}}`, ErrValue, `"a b"`},
	{"json", `{"` + strings.Repeat("x", 1001) + `":1}`, ErrName, "xxx"},
	{"json", "{\"OK\":1,\n\"A\":" + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}", ErrLimit, "line 2: nested deeper"},
	{"json", strings.Repeat("[", 1<<20), ErrLimit, "nested deeper"},
	{"json", `{"A":"` + strings.Repeat("x", maxValue+1) + `"}`, ErrLimit, "A is 1048577 characters long"},
	{"json", `{"A":{"$base64":"` + canary + `"}}`, ErrValue, "A:"},
	{"flat", `{"a":{"b":1},"a_b":2}`, ErrDuplicate, `"a_b" becomes a_b, and so does "a.b"`},
	{"flat", `{"a":{"b":{"c":1}},` + "\n" + `"a_b":{"c":2}}`, ErrDuplicate, `"a_b.c" becomes a_b_c, and so does "a.b.c" in line 1`},
	{"flat", `{"a":{"b":1,"b":2}}`, ErrDuplicate, "a_b is there twice"},
	{"flat", `{"a":{"":1}}`, nil, ""}, // the name is a_
	{"flat", `{"a":{"` + strings.Repeat("x", 999) + `":{"y":1}}}`, ErrName, "xxx"},
	{"flat", `{"a":{"$base64":"` + canary + `"}}`, ErrValue, "base64"},
	{"flat", `{"a":{"$base64":"AA==","b":1}}`, nil, ""},
	{"flat", strings.Repeat(`{"a":`, 1001) + "1" + strings.Repeat("}", 1001), ErrLimit, "nested deeper"},
	{"flat", strings.Repeat(`{"a":`, 999) + "1" + strings.Repeat("}", 999), ErrName, "a_a_a"},

	{"dotenv", canary, ErrSyntax, "line 1"},
	{"dotenv", "A=1\n\nexport B\n", ErrSyntax, "line 3"},
	{"dotenv", "A=1\n" + canary + "+/abc==\n", ErrSyntax, "line 2"},
	{"dotenv", "A B=" + canary, ErrSyntax, "line 1"},
	{"dotenv", "A: x=" + canary, ErrSyntax, "line 1: no name"},
	{"dotenv", "A: " + canary, ErrSyntax, "line 1: neither"},
	{"dotenv", `A='a\' # ` + canary + `'`, ErrSyntax, "A: a quote after a backslash"},
	{"dotenv", "A=`a\\` #" + canary + "`", ErrSyntax, "A: a quote after a backslash"},
	{"dotenv", `A="a\\" # ` + canary + `"`, ErrSyntax, "A: a quote after a backslash"},
	{"dotenv", `A='x\'` + canary + `'`, ErrSyntax, "A: a quote after a backslash"},
	{"dotenv", "A=\t" + canary, ErrSyntax, "A: a tab or other white space"},
	{"dotenv", "A=" + canary + "\t", ErrSyntax, "A: a tab or other white space"},
	{"dotenv", "A= \u00a0" + canary, ErrSyntax, "A: a tab or other white space"},
	{"dotenv", "A=" + canary + "\u00a0 # c", ErrSyntax, "A: a tab or other white space"},
	{"dotenv", "A=" + canary + "\u3000", ErrSyntax, "A: a tab or other white space"},
	{"dotenv", "A=1\rB=" + canary + "\r", ErrSyntax, "carriage return"},
	{"foreignenv", "a.b=1\nä=2\nA='x\\' # c\nB=x\t# c\nC= \t # c\n" + strings.Repeat("x", 101) + "=1", nil, ""},
	{"foreignenv", "A.B=1\nA.B=" + canary, ErrDuplicate, `"A.B" is there twice`},
	{"dotenv", "a.b=" + canary, ErrName, `"a.b"`},
	{"dotenv", "=" + canary, ErrSyntax, "no name"},
	{"dotenv", "export =" + canary, ErrDuplicate, "x"}, // replaced below
	{"dotenv", "ä=" + canary, ErrName, "line 1"},
	{"dotenv", strings.Repeat("x", 101) + "=" + canary, ErrName, "xxx"},
	{"dotenv", "A=1\nB=2\nA=" + canary, ErrDuplicate, "line 3: A is there twice, first in line 1"},
	{"dotenv", "A='" + canary, ErrSyntax, "A: its quote is never closed"},
	{"dotenv", "B=\"x\ny\"\nA=\"" + canary + "\\\"\n", ErrSyntax, "line 3: A: its quote"},
	{"dotenv", "A=`" + canary, ErrSyntax, "line 1"},
	{"dotenv", "A='it's'", ErrSyntax, "A: only a comment"},
	{"dotenv", "A=\"x\ny\" " + canary, ErrSyntax, "line 2: A: only a comment"},
	{"dotenv", "A=" + canary + "#x", ErrSyntax, "A: a \"#\""},
	{"dotenv", "A=#" + canary, ErrSyntax, "A: a \"#\""},
	{"dotenv", "A=x\ry\n", ErrSyntax, "carriage return"},
	{"dotenv", "A=1\nB=\xff" + canary, ErrSyntax, "line 2"},
	{"dotenv", "A=1\nB=" + strings.Repeat("x", 10<<20), ErrLimit, "line 2: B is 10485760 characters long"},
	{"dotenv", "A=1\n" + strings.Repeat(canary, 1<<20), ErrSyntax, "line 2"},

	{"yaml", "", ErrSyntax, "nothing in it"},
	{"yaml", "# only a comment\n", ErrSyntax, "nothing in it"},
	{"yaml", "- " + canary, ErrSyntax, "mapping"},
	{"yaml", canary, ErrSyntax, "mapping"},
	{"yaml", "a: b\nc: '" + canary, ErrSyntax, "not YAML"},
	{"yaml", "a: b: " + canary, ErrSyntax, "not YAML"},
	{"yaml", "a: b\n---\nc: " + canary, ErrSyntax, "second document"},
	{"yaml", "a: b\nc: d\na: " + canary, ErrDuplicate, "line 3: a is there twice, first in line 1"},
	{"yaml", "x:\n  a: 1\n  a: " + canary, ErrDuplicate, "line 3: a is there twice, first in line 2"},
	{"yaml", "8080: " + canary, ErrName, "line 1: a key that is no string"},
	{"yaml", "true: " + canary, ErrName, "no string"},
	{"yaml", "~: " + canary, ErrName, "no string"},
	{"yaml", "[a]: " + canary, ErrName, "no string"},
	{"yaml", "a: !vault " + canary, ErrValue, `the tag "!vault"`},
	{"yaml", "a: !!set {x: " + canary + "}", ErrValue, "the tag"},
	{"yaml", "a: !!binary '" + canary + "'", ErrValue, "not base64"},
	{"yaml", "a: *x", ErrSyntax, "not YAML"},
	{"yaml", "a: &x [*x]", ErrSyntax, "part of"},
	{"yaml", "a: &x\n  <<: *x", ErrSyntax, "part of"},
	{"yaml", "a:\n  <<: " + canary, ErrSyntax, "merge key"},
	{"yaml", "a: &a [x,x,x,x,x,x,x,x]\n" + bombs(), ErrLimit, "aliases"},
	{"yaml", "a: " + strings.Repeat("[", 1001) + strings.Repeat("]", 1001), ErrLimit, "nested deeper"},
	{"yaml", strings.Repeat("- ", 1<<20), ErrSyntax, "not YAML"},
	{"yaml", strings.Repeat("#", maxConfig+1), ErrLimit, "8 MiB"},
	{"yaml", "a: " + strings.Repeat("x", maxValue+1), ErrLimit, "a is 1048577 characters"},
	{"yaml", "a: &a {k: 1}\nb:\n  <<: *a\n  <<: *a", ErrDuplicate, "line 4: a second merge key (<<) in a mapping, first in line 3"},
	{"yaml", "<<: {a: 1}\n<<: {a: 2}", ErrDuplicate, "line 2: a second merge key"},
	{"yaml", "a: {<<: {k: 1}, !!merge x: {l: 2}}", ErrDuplicate, "a second merge key"},
	{"yaml", merges(1), ErrLimit, "merge keys"},
	{"yaml", merges(1000), ErrLimit, "merge keys"},
	{"yaml", nestedMerges(), ErrLimit, "merge keys"},
	{"yaml", "a: !!bool 1", ErrValue, "line 1: the tag !!bool"},
	{"yaml", "a: !!null " + canary, ErrValue, "the tag !!null"},
	{"yaml", "a: !!int 0x1F", ErrValue, "the tag !!int"},
	{"yaml", "a: !!int 1.5", ErrValue, "the tag !!int"},
	{"yaml", "a: 1\nb: \"" + canary + "\\ud83d\\ude00\"", ErrSyntax, "line 2: not YAML: an escape of half a character"},
	{"yaml", "a: \"" + canary + "\\q\"", ErrSyntax, "a backslash in double quotes"},
	{"yaml", "a: |\n  x\nb: " + canary + "\u2028y", ErrSyntax, "line 3: the character U+2028"},
	{"yaml", "a: '" + canary + "\u0085'", ErrSyntax, `write \N in double quotes`},
	{"yaml", "a: 1\nb: \x01" + canary, ErrSyntax, "line 2: not YAML: the control character U+0001"},
	{"yaml", "a: 1\n&é b: " + canary, ErrSyntax, "line 2: not YAML: an anchor (&)"},
	{"yaml", "a: 1\nb: *" + canary, ErrSyntax, "line 2: not YAML: an alias (*)"},
	{"yaml", "%" + canary + "\na: 1", ErrSyntax, "line 1: not YAML: a directive"},
	{"yaml", "%YAML 2.0\n---\na: " + canary, ErrSyntax, "line 1: not YAML: a %YAML version"},
	{"yaml", "a: 1\nb: [" + canary, ErrSyntax, `a "["`},
	{"yaml", "a: 1\nb: \"" + canary + "\n\n", ErrSyntax, "line 2: not YAML: a quote that is never closed"},
	{"flatyaml", "a: {b: 1}\na_b: 2", ErrDuplicate, `"a_b" becomes a_b, and so does "a.b"`},

	{"toml", canary, ErrSyntax, "not TOML"},
	{"toml", "a = 1\n= " + canary, ErrSyntax, "line 2: not TOML"},
	{"toml", "a = 1\na = '" + canary + "'", ErrDuplicate, "line 2: a is there twice, first in line 1"},
	{"toml", "a = 1\n[a]\nb = 2", ErrDuplicate, "line 2: a is there twice"},
	{"toml", "a.b = 1\na = 2", ErrDuplicate, "a is there twice"},
	{"toml", "[a]\n[a]\n", ErrSyntax, "line 2"},
	{"toml", "a = {b = 1}\n[a]\nc = 1", ErrSyntax, "line 2"},
	{"toml", "[[a]]\n[a]\n", ErrSyntax, "line 2"},
	{"toml", "[a]\n[[a]]\n", ErrDuplicate, "line 2: a is there twice"},
	{"toml", "a = " + strings.Repeat("[", 1<<20), ErrLimit, "nested deeper"},
	{"toml", strings.Repeat("a.", 1<<16) + "a = 1", ErrLimit, "nested deeper"},
	{"toml", "a = '" + strings.Repeat("x", maxValue+1) + "'", ErrLimit, "a is 1048577 characters"},
	{"toml", strings.Repeat("#", maxConfig+1), ErrLimit, "8 MiB"},
	{"toml", strings.Repeat("[[a]]\n", maxLines+1), ErrLimit, "100000 keys"},
	{"flattoml", "a_b = 1\na.b = 2", ErrDuplicate, `"a.b" becomes a_b, and so does "a_b"`},

	{"liveperson", `{}`, ErrSyntax, `"secrets"`},
	{"liveperson", `[]`, ErrSyntax, "object"},
	{"liveperson", `{"secrets":{}}`, ErrSyntax, "must be an array"},
	{"liveperson", `{"secrets":null}`, ErrSyntax, "must be an array"},
	{"liveperson", `{"secrets":[],"secrets":[]}`, ErrDuplicate, "secrets"},
	{"liveperson", `{"secrets":[{"key":"A","value":1},` + "\n" + `"` + canary + `"]}`, ErrSyntax, "line 2: secrets[1] must be an object"},
	{"liveperson", `{"secrets":[{"key":5,"value":1}]}`, ErrSyntax, `secrets[0]: "key" must be a string`},
	{"liveperson", `{"secrets":[{"key":{"x":"` + canary + `"},"value":1}]}`, ErrSyntax, `secrets[0]: "key"`},
	{"liveperson", `{"secrets":[{"value":"` + canary + `"}]}`, ErrSyntax, `secrets[0] has no "key"`},
	{"liveperson", `{"secrets":[{"key":"A"}]}`, ErrSyntax, `secrets[0] has no "value"`},
	{"liveperson", `{"secrets":[{"key":"A","key":"B","value":1}]}`, ErrDuplicate, `secrets[0]`},
	{"liveperson", `{"secrets":[{"key":"A","value":1,"value":2}]}`, ErrDuplicate, `secrets[0]`},
	{"liveperson", `{"secrets":[{"key":"A","value":1},{"key":"b.c","value":"` + canary + `"}]}`, ErrName, `"b.c"`},
	{"liveperson", `{"secrets":[{"key":"A","value":"` + strings.Repeat("x", maxValue+1) + `"}]}`, ErrLimit, "A is"},
	{"liveperson", `{"secrets":[` + canary, ErrSyntax, "line 1"},
}

// bombs are aliases of aliases: seven lines that stand for two million nodes.
func bombs() string {
	var b strings.Builder
	for c := byte('b'); c <= 'h'; c++ {
		a := "*" + string(c-1) + ","
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat(a, 8), ",") + "]\n")
	}
	return b.String()
}

// merges is a mapping of a thousand members that one merge key, in each of so
// many mappings, brings 2000 times: no file of more than 35 KB.
func merges(mappings int) string {
	var b strings.Builder
	b.WriteString("a: &a {")
	for i := range 1000 {
		fmt.Fprintf(&b, "k%d: 1,", i)
	}
	each := strings.TrimSuffix(strings.Repeat("*a,", 2000/mappings), ",")
	b.WriteString("}\n")
	for i := range mappings {
		fmt.Fprintf(&b, "m%d: {<<: [%s]}\n", i, each)
	}
	return b.String()
}

// nestedMerges are merge keys of merge keys, each of two.
func nestedMerges() string {
	var b strings.Builder
	b.WriteString("m0: &m0 {k: 1}\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "m%d: &m%d {k%d: 1, <<: [*m%d, *m%d]}\n", i, i, i, i-1, i-1)
	}
	return b.String()
}

// TestYAMLMeaning are scalars and keys whose meaning readers get wrong.
func TestYAMLMeaning(t *testing.T) {
	for in, want := range map[string]string{
		`a: "\/\x41\u00e9\U0001f600\e\0\_\N\L\P"`: `"/Aé😀\u001b\u0000\u00a0\u0085\u2028\u2029"`,
		"a: x\n\t\n":                    `"x"`,
		"\t\na: x":                      `"x"`,
		"a: &x:y v":                     `"v"`,
		"b: &x:y v\na: *x:y":            `"v"`,
		"a: |\n  x\n\n  y\n   \n":       `"x\n\ny\n \n"`,
		"a: |\n  x\n\n\n":               `"x\n"`,
		"a: |+\n  x\n\n":                `"x\n\n"`,
		"a: |-\n  x\n  \n":              `"x"`,
		"a: |\n  x\n  \t\n":             `"x\n\t\n"`,
		"a: >\n  x\n  y\n\n  z\n   w\n": `"x y\nz\n w\n"`,
		"a: ! 12":                       `"12"`,
		"a: !!str 12":                   `"12"`,
		"a: !!float 12":                 `12`,
		"a: !!int \"12\"":               `12`,
		"a: 0o14":                       `"0o14"`,
		"a: 2001-12-14":                 `"2001-12-14"`,
		"a: b#c":                        `"b#c"`,
		"a: b\u00a0# c":                 `"b\u00a0# c"`,
		"a: 'x\n\n  y'":                 `"x\ny"`,
		"%YAML 1.2\n---\na: x":          `"x"`,
		"%YAML  1.2 # c\n%FOO bar\n# c\n--- # d\na: x\n...\n": `"x"`,
		"--- {a: x}":        `"x"`,
		"b: &b a\n*b : x":   `"x"`,
		"\"<<\": 1\n'a': x": `"x"`,
		"? a\n: x":          `"x"`,
		"{\"a\":x}":         `"x"`,
		"x: &x {a: 1}\ny: &y {a: 2}\n<<: [*x, *y]": `1`,
		"x: &x {b: 1}\na: {b: 2, <<: *x}":          `{"b":2}`,
	} {
		r, err := ReadYAML(strings.NewReader(in), false)
		got := ""
		for _, item := range r.Items {
			if item.Name == "a" {
				got = string(item.Value.JSONValue())
			}
		}
		if err != nil || !sameMeaning(got, want) {
			t.Errorf("%q: %s, not %s; %v", in, got, want, err)
		}
	}
}

// sameMeaning compares what JSON means.
func sameMeaning(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

func TestRefuses(t *testing.T) {
	for _, c := range bad {
		if strings.HasPrefix(c.in, "export =") {
			c.want, c.names = ErrDuplicate, "export" // a name like any other
			c.in += "\nexport=1"
		}
		result, err := readers[c.reader](strings.NewReader(c.in))
		if !errors.Is(err, c.want) {
			t.Errorf("%s %.60q: %v", c.reader, c.in, err)
			continue
		}
		if err == nil {
			continue
		}
		var e *Error
		if !errors.As(err, &e) || len(result.Items) > 0 {
			t.Errorf("%s %.60q: %T with %d items", c.reader, c.in, err, len(result.Items))
		}
		if !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s %.60q: %q does not name %q", c.reader, c.in, err, c.names)
		}
		if strings.Contains(err.Error(), canary) || len(err.Error()) > 300 {
			t.Errorf("%s %.60q: the error shows too much: %.300v", c.reader, c.in, err)
		}
	}
}

func TestFileLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 64 MiB with each reader")
	}
	for name, read := range readers {
		_, err := read(io.LimitReader(spaces{}, maxFile+1))
		if !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r, err := ReadDotenv(io.MultiReader(io.LimitReader(spaces{}, maxFile-4), strings.NewReader("\nA=1"))); err != nil || len(r.Items) != 1 {
		t.Errorf("a file at the limit: %v", err)
	}
}

// A file that is too large by far is refused without being read: this one has a
// tebibyte, of which the disk holds nothing.
func TestFileTooLarge(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 40); err != nil {
		t.Skip(err)
	}
	for name, read := range readers {
		if _, err := read(f); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
		if at, err := f.Seek(0, io.SeekCurrent); err != nil || at != 0 {
			t.Errorf("%s has read up to byte %d; %v", name, at, err)
		}
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestReadErrorsAreTold(t *testing.T) {
	broken := errors.New("broken")
	for name, read := range readers {
		_, err := read(io.MultiReader(strings.NewReader("{}"), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
