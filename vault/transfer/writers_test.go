package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

func items(t *testing.T, pairs ...string) []Item {
	t.Helper()
	var list []Item
	for i := 0; i < len(pairs); i += 2 {
		v, err := vault.FromJSON([]byte(pairs[i+1]), true)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, Item{Name: pairs[i], Value: v})
	}
	return list
}

func same(a, b []Item) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d items and %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Value.Kind() != b[i].Value.Kind() || !bytes.Equal(a[i].Value.Reveal(), b[i].Value.Reveal()) {
			return fmt.Errorf("%s %v %q became %s %v %q", a[i].Name, a[i].Value.Kind(), a[i].Value.Reveal(),
				b[i].Name, b[i].Value.Kind(), b[i].Value.Reveal())
		}
	}
	return nil
}

func TestWriteJSON(t *testing.T) {
	list := items(t, "B", `"a\n<\u2028"`, "A", "1.50", "C", `{"$base64":"AAE="}`, "D", `{"x": [1e999999]}`, "E", `"\ud800"`)
	var out bytes.Buffer
	if err := WriteJSON(&out, list); err != nil {
		t.Fatal(err)
	}
	golden(t, "write.json", out.String())
	back, err := ReadJSON(&out, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := same(list, back.Items); err != nil {
		t.Error(err)
	}
	out.Reset()
	if err := WriteJSON(&out, nil); err != nil || out.String() != "{}\n" {
		t.Errorf("nothing: %q, %v", out.String(), err)
	}
}

func TestWriteTrees(t *testing.T) {
	list := items(t, "B", `"a\n<\u2028\u007f\ufeff\"\\é😀 "`, "NO", "1.50", "C", `{"$base64":"AAE="}`, "D", `{"x": [1, {"y z": "\u00e9\ud83d\ude00\ufffd"}, true], "e": {}}`, "_1", `"'$x\r"`, "E", `[]`, "9-", `-0`)
	for name, f := range map[string]struct {
		write func(io.Writer, []Item) error
		read  func(io.Reader, bool) (Result, error)
	}{"yaml": {WriteYAML, ReadYAML}, "toml": {WriteTOML, ReadTOML}} {
		var out bytes.Buffer
		if err := f.write(&out, list); err != nil {
			t.Fatal(err)
		}
		golden(t, "write."+name, out.String())
		back, err := f.read(&out, false)
		if err != nil {
			t.Fatal(err)
		}
		for i, item := range back.Items { // escapes in JSON are written otherwise
			if item.Name != list[i].Name || item.Value.Kind() != list[i].Value.Kind() || !sameJSON(item.Value, list[i].Value) {
				t.Errorf("%s: %s %q became %q", name, item.Name, list[i].Value.Reveal(), item.Value.Reveal())
			}
		}
	}
	for _, c := range []struct {
		write      func(io.Writer, []Item) error
		name, json string
	}{
		{WriteYAML, "A", `["\ud800"]`},
		{WriteYAML, "A", `{"a":1,"\u0061":2}`},
		{WriteTOML, "A", `null`},
		{WriteTOML, "A", `[{"x":null}]`},
		{WriteTOML, "A", `1e999`},
		{WriteTOML, "A", `9223372036854775808`},
		{WriteTOML, "A", `{"a":1,"a":2}`},
		{WriteTOML, "A", `["\udc00x"]`},
		{WriteShell, "A-B", `"x"`},
		{WriteShell, "1A", `"x"`},
		{WriteShell, "A", `"x\u0000"`},
		{WriteShell, "A", `{"$base64":"AAE="}`},
	} {
		var out bytes.Buffer
		err := c.write(&out, items(t, "FIRST", `"x"`, c.name, c.json))
		if !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), c.name+": ") || out.Len() > 0 {
			t.Errorf("%s %s: %v, wrote %q", c.name, c.json, err, out.String())
		}
	}
}

func sameJSON(a, b vault.Value) bool {
	var x, y any
	return json.Unmarshal(a.JSONValue(), &x) == nil && json.Unmarshal(b.JSONValue(), &y) == nil && reflect.DeepEqual(x, y)
}

// TestWriteShell lets a shell read what was written.
func TestWriteShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	const want = "it's \"$HOME\" `x` \\ é\n\t!\r*"
	var out bytes.Buffer
	if err := WriteShell(&out, []Item{{Name: "A", Value: vault.Text(want)}, {Name: "_b", Value: vault.Text("")}}); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(sh, "-c", out.String()+`printf '%s|%s' "$A" "$_b"`)
	got, err := cmd.Output()
	if err != nil || string(got) != want+"|" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWritersTellFailure(t *testing.T) {
	broken := errors.New("broken")
	list := items(t, "A", `"x"`)
	for name, write := range map[string]func(io.Writer) error{
		"json":       func(w io.Writer) error { return WriteJSON(w, list) },
		"dotenv":     func(w io.Writer) error { return WriteDotenv(w, list) },
		"yaml":       func(w io.Writer) error { return WriteYAML(w, list) },
		"toml":       func(w io.Writer) error { return WriteTOML(w, list) },
		"shell":      func(w io.Writer) error { return WriteShell(w, list) },
		"liveperson": func(w io.Writer) error { return WriteLivePerson(w, list, nil) },
	} {
		if err := write(failing{broken}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// asText is the items as dotenv can give them back.
func asText(list []Item) []Item {
	out := make([]Item, len(list))
	for i, item := range list {
		out[i] = Item{Name: item.Name, Value: vault.Text(string(item.Value.Reveal()))}
	}
	return out
}

func representable(list []Item) bool {
	for _, i := range list {
		if i.Value.Kind() == crypto.Bytes || bytes.IndexByte(i.Value.Reveal(), 0) >= 0 {
			return false
		}
	}
	return true
}
