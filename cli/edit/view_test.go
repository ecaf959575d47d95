package edit

import (
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

func jsonValue(t *testing.T, raw string) vault.Value {
	t.Helper()
	v, err := vault.JSON([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What an editor does to the end of a file is no change of a value.
func TestSingleView(t *testing.T) {
	for _, c := range []struct {
		name       string
		was        vault.Value
		text, want string // "": nothing was changed
	}{
		{"an added newline", vault.Text("a"), "a\n", ""},
		{"only one is added", vault.Text("a"), "a\n\n", "a\n"},
		{"one that was there", vault.Text("a\n"), "a\n", ""},
		{"taken off by hand", vault.Text("a\n"), "a", "a"},
		{"lines", vault.Text("a\nb"), "a\nc\n", "a\nc"},
		{"CR LF", vault.Text("a\r\nb"), "a\r\nb\r\n", ""},
		{"an added CR LF", vault.Text("a"), "a\r\n", ""},
		{"a CR that is the value's", vault.Text("a\r"), "a\r\r\n", ""},
		{"saved with CR LF", vault.Text("a\nb"), "a\r\nb\r\n", ""},
		{"saved with CR LF, and changed", vault.Text("a\nb\n"), "a\r\nc\r\n", "a\nc\n"},
		{"mixed ends of lines stay", vault.Text("a\nb"), "a\r\nc\n", "a\r\nc"},
		{"an added mark", vault.Text("a"), "\uFEFFa\r\n", ""},
		{"a mark that is the value's", vault.Text("\uFEFFa"), "\uFEFFb\n", "\uFEFFb"},
		{"JSON with a mark", jsonValue(t, `{"a":1}`), "\uFEFF{\"a\":1}\r\n", ""},
		{"empty stays", vault.Text(""), "", ""},
		{"empty, and a newline", vault.Text(""), "\n", ""},
		{"bytes", vault.Bytes([]byte("a\n")), "a\nb\n", "a\nb\n"},
		{"JSON laid out otherwise", jsonValue(t, `{"a":1.50}`), "{ \"a\" :\n1.50 }", ""},
		{"JSON", jsonValue(t, `{"a":1.50}`), `{"a": 1.500, "b": "<>"}`, `{"a":1.500,"b":"<>"}`},
	} {
		v, err := newSingle("N", vault.Secret{Value: c.was}, true)
		if err != nil {
			t.Fatal(err)
		}
		edits, err := v.edits([]byte(c.text))
		if err != nil || (len(edits) == 0) != (c.want == "") {
			t.Errorf("%s: %d edits, %v", c.name, len(edits), err)
			continue
		}
		if len(edits) == 0 {
			continue
		}
		if got := edits[0]; string(got.value.Reveal()) != c.want || got.value.Kind() != c.was.Kind() || got.did != changed {
			t.Errorf("%s: %q of kind %v, %s", c.name, got.value.Reveal(), got.value.Kind(), got.did)
		}
	}
}

func TestSingleViewShowsExactly(t *testing.T) {
	for _, text := range []string{"", "a", "a\n", "\n", "\r\n", "\ufeffa", strings.Repeat("ä", 1000)} {
		v, err := newSingle("N", vault.Secret{Value: vault.Text(text)}, true)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := v.text()
		if err != nil || string(shown) != text {
			t.Errorf("%q is shown as %q, %v", text, shown, err)
		}
		if edits, err := v.edits(shown); err != nil || len(edits) > 0 {
			t.Errorf("%q: %d edits without one, %v", text, len(edits), err)
		}
	}
	for _, raw := range []string{"a\x00b", "\xff"} {
		if _, err := newSingle("N", vault.Secret{Value: vault.Bytes([]byte(raw))}, true); failure.Explain(err).Exit != failure.ExitInvalid {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// What is wrong with a text has a line, and is not repeated.
func TestViewErrors(t *testing.T) {
	single := func(v vault.Value) view {
		s, err := newSingle("N", vault.Secret{Value: v}, true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	many := func(format string) view {
		v, _ := newListing(format, []vault.Secret{
			{Info: vault.Info{Name: "J"}, Value: jsonValue(t, `[1]`)}, {Info: vault.Info{Name: "T"}, Value: vault.Text("t")},
		})
		if _, err := v.text(); err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		view       view
		text, want string
	}{
		{single(vault.Text("a")), "", "empty"},
		{single(jsonValue(t, `1`)), " \n", "empty"},
		{single(vault.Text("a")), "one\ntwo\n\xffcanary", "line 3"},
		{single(jsonValue(t, `1`)), "{\n\"a\":\ncanary}", "line 3"},
		{single(jsonValue(t, `1`)), "[\n", "line 2"},
		{many("dotenv"), "", "empty"},
		{many("dotenv"), "T=1\nJ='canary", "line 2"},
		{many("dotenv"), "T=1\nT=canary", "line 2"},
		{many("dotenv"), "# x\nJ=[canary", "line 2"},
		{many("dotenv"), "x y=canary", "line 1"},
		{many("yaml"), "T: 1\nT: canary", "line 2"},
		{many("yaml"), "T: 1\nJ: [canary\n", "line"},
		{many("json"), "{\"T\": \"canary\",\n\"J\": [1}", "line 2"},
		{many("json"), "{\"T\": 1,\n\"T\": \"canary\"}", "line 2"},
	} {
		edits, err := c.view.edits([]byte(c.text))
		if err == nil || len(edits) > 0 || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", c.text, err)
		}
		var f *failure.Failure
		if !errors.As(err, &f) || f.Exit != failure.ExitInvalid {
			t.Errorf("%q: %#v", c.text, err)
		}
	}
}

// A listing tells what differs, and keeps kinds; how a format spells a value is
// no change.
func TestListingView(t *testing.T) {
	secrets := []vault.Secret{
		{Info: vault.Info{Name: "ESCAPED"}, Value: jsonValue(t, `"\u00e9"`)},
		{Info: vault.Info{Name: "J"}, Value: jsonValue(t, `{"x":1.50}`)},
		{Info: vault.Info{Name: "LINES"}, Value: vault.Text("a\r\nb'\"$x\n")},
		{Info: vault.Info{Name: "RAW"}, Value: vault.Bytes([]byte("r\x00"))},
		{Info: vault.Info{Name: "T"}, Value: vault.Text("t")},
	}
	for format, c := range map[string]struct{ text, want string }{
		"dotenv": {"J={}\nT=u\nNEW=[1]\nESCAPED='\"\\u00e9\"'\n", "J changed json {}; T changed text u; NEW added text [1]; LINES removed; "},
		"yaml": {
			"J: s\nT: {now: yaml}\nNEW: !!binary AA==\nRAW: !!binary cgA=\nESCAPED: é\n",
			"J changed json \"s\"; T changed json {\"now\":\"yaml\"}; NEW added bytes \x00; LINES removed; ",
		},
		"json": {
			`{"J": "s", "T": {"now": "json"}, "NEW": {"$base64": "AA=="}, "RAW": {"$base64": "cgA="}, "ESCAPED": "é"}`,
			"J changed json \"s\"; T changed json {\"now\":\"json\"}; NEW added bytes \x00; LINES removed; ",
		},
	} {
		v, without := newListing(format, secrets)
		shown, err := v.text()
		if err != nil {
			t.Fatal(err)
		}
		if format == "dotenv" != (strings.Join(without, " ") == "RAW") {
			t.Errorf("%s leaves out %v", format, without)
		}
		if edits, err := v.edits(shown); err != nil || len(edits) > 0 {
			t.Errorf("%s: %d edits without one, %v", format, len(edits), err)
		}
		edits, err := v.edits([]byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		var got strings.Builder
		for _, e := range edits {
			got.WriteString(e.name + " " + e.did)
			if e.did != removed {
				got.WriteString(" " + e.value.Kind().String() + " " + string(e.value.Reveal()))
			}
			got.WriteString("; ")
		}
		if got.String() != c.want {
			t.Errorf("%s: %q, want %q", format, got.String(), c.want)
		}
	}
}

// The text of a secret that there was not is text.
func TestNewSecretView(t *testing.T) {
	v, err := newSingle("N", vault.Secret{}, false)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"": "", "\n": "", "a\n": "a", "a\nb\n": "a\nb"} {
		edits, err := v.edits([]byte(text))
		if err != nil || (len(edits) == 0) != (want == "") {
			t.Fatalf("%q: %d edits, %v", text, len(edits), err)
		}
		if want != "" && (edits[0].did != added || string(edits[0].value.Reveal()) != want || edits[0].value.Kind() != crypto.Text) {
			t.Errorf("%q: %s %q", text, edits[0].did, edits[0].value.Reveal())
		}
	}
}
