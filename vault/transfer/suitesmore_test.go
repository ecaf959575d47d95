package transfer

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// moduleFolder is where a suite is that go mod download has brought; without it the
// test is skipped.
func moduleFolder(t *testing.T, variable string, parts ...string) string {
	t.Helper()
	if os.Getenv(variable) == "" {
		t.Skipf("set %s", variable)
	}
	return suiteFolder(t, variable, parts...)
}

// i_ cases may be taken or not, by their suite's own words.
func TestJSONSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(moduleFolder(t, "TACIT_TEST_JSON", "test_parsing"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var count tally
	for _, name := range files {
		id := filepath.Base(name)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		in := data
		if id[0] != 'n' { // any value, where the reader takes objects
			in = []byte(`{"X":` + string(data) + "}")
		}
		r, err := ReadJSON(bytes.NewReader(in), false)
		switch {
		case err != nil && id[0] == 'y':
			count.wrong++
			t.Errorf("%s: %v", id, err)
		case err != nil:
			count.refuse(t, id, err)
		case id[0] == 'n':
			count.compare(t, id, string(data), "taken", "an error")
		default:
			var want bytes.Buffer
			if err := json.Compact(&want, data); err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			value := r.Items[0].Value
			back, _ := fromJSON(want.Bytes(), "X", 0)
			count.compare(t, id, string(data), string(value.JSONValue()), string(back.JSONValue()))
		}
	}
	count.report(t, "JSONTestSuite")
}

func TestTOMLSuite(t *testing.T) {
	dir := moduleFolder(t, "TACIT_TEST_TOML", "tests")
	list, err := os.ReadFile(filepath.Join(dir, "files-toml-1.1.0"))
	if err != nil {
		t.Fatal(err)
	}
	var count tally
	for id := range strings.FieldsSeq(string(list)) {
		if !strings.HasSuffix(id, ".toml") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, id))
		if err != nil {
			t.Fatal(err)
		}
		got, err := tomlAsJSON(data)
		switch {
		case err != nil:
			count.refuse(t, id, err)
		case id == "invalid/encoding/utf16-bom.toml": // read on purpose
			count.right++
		case strings.HasPrefix(id, "invalid"):
			count.compare(t, id, string(data), "taken", "an error")
		default:
			want, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(id, ".toml")+".json"))
			if err != nil {
				t.Fatal(err)
			}
			same := sameTOML(decoded(t, []byte(got)), decoded(t, want))
			count.compare(t, id, got+string(want), strconv.FormatBool(same), "true")
		}
	}
	count.report(t, "toml-test")
}

// tomlAsJSON is what ReadTOML makes of a document.
func tomlAsJSON(data []byte) (string, error) {
	text, err := readAll(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	top, err := parseTOML(text)
	if err != nil {
		return "", err
	}
	b := jsonText{line: 1}
	err = top.write(&b)
	return b.String(), err
}

func decoded(t *testing.T, text []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// sameTOML holds a value against the suite's form, {"type":…,"value":…} for a scalar.
func sameTOML(got, want any) bool {
	switch w := want.(type) {
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !sameTOML(g[i], w[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		if kind, ok := w["type"].(string); ok && len(w) == 2 {
			if text, ok := w["value"].(string); ok {
				return sameScalar(got, kind, text)
			}
		}
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for key := range w {
			if !sameTOML(g[key], w[key]) {
				return false
			}
		}
		return true
	}
	return false
}

// fraction is of a time: how many digits of it are kept is a reader's own.
var fraction = regexp.MustCompile(`\.\d+`)

// minutes is a time without its seconds, which 1.1 allows.
var minutes = regexp.MustCompile(`^((?:.*T)?\d\d:\d\d)(Z|[+-].*)?$`)

func sameScalar(got any, kind, want string) bool {
	text, isText := got.(string)
	number, isNumber := got.(json.Number)
	plain := strings.ReplaceAll(text+string(number), "_", "")
	switch kind {
	case "string":
		return isText && text == want
	case "bool":
		b, ok := got.(bool)
		return ok && strconv.FormatBool(b) == want
	case "integer":
		g, err := strconv.ParseInt(plain, 0, 64)
		w, werr := strconv.ParseInt(want, 10, 64)
		return err == nil && werr == nil && g == w
	case "float":
		if strings.HasSuffix(want, "nan") {
			return strings.HasSuffix(text, "nan")
		}
		g, err := strconv.ParseFloat(plain, 64)
		w, werr := strconv.ParseFloat(want, 64)
		return (isText || isNumber) && err == nil && werr == nil && (g == w || g != g && w != w)
	}
	form := func(s string) string {
		s = fraction.ReplaceAllString(strings.ReplaceAll(strings.ToUpper(s), " ", "T"), "")
		return minutes.ReplaceAllString(s, "$1:00$2")
	}
	return isText && form(text) == form(want)
}
