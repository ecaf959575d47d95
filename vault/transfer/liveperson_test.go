package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func document(t *testing.T, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestWriteLivePersonNew(t *testing.T) {
	var out bytes.Buffer
	list := items(t, "B", "12345678901234567890", "A", `"<é>"`, "C", `{"x":{},"y":[1.50]}`, "D", `{"$base64":"AAE="}`)
	if err := WriteLivePerson(&out, list, nil); err != nil {
		t.Fatal(err)
	}
	golden(t, "new.settings.json", out.String())
}

// TestWriteLivePersonOnto adds, changes and drops.
func TestWriteLivePersonOnto(t *testing.T) {
	var out bytes.Buffer
	list := items(t, "NEW_B", "1", "NESTED", `{"n": 2.50}`, "DIGITS", "98765432109876543210", "NEW_A", `"x"`, "FALSE", "false")
	if err := WriteLivePerson(&out, list, fixture(t, "full.settings.json")); err != nil {
		t.Fatal(err)
	}
	golden(t, "onto.settings.json", out.String())
}

// TestLivePersonComesBack: what was read and written onto the same file is an
// equal document, but for elements that LivePerson never reads.
func TestLivePersonComesBack(t *testing.T) {
	for _, file := range []string{"template.settings.json", "full.settings.json"} {
		before := fixture(t, file)
		result, err := ReadLivePerson(bytes.NewReader(before))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteLivePerson(&out, result.Items, before); err != nil {
			t.Fatal(err)
		}
		want := bytes.Replace(before, []byte("    { \"key\": \"STRING\", \"value\": \"shadowed\" },\n"), nil, 1)
		if !reflect.DeepEqual(document(t, out.Bytes()), document(t, want)) {
			t.Errorf("%s became %s", file, out.Bytes())
		}
		again, err := ReadLivePerson(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := same(result.Items, again.Items); err != nil {
			t.Error(err)
		}
	}
}

// TestLivePersonForm is byte for byte what JSON.stringify(settings, null, 4)
// prints, which is what LivePerson's own client writes.
func TestLivePersonForm(t *testing.T) {
	want := `{
    "secrets": [
        {
            "key": "A",
            "value": "x"
        }
    ],
    "whitelist": [
        "*.liveperson.com"
    ]
}`
	var out bytes.Buffer
	if err := WriteLivePerson(&out, items(t, "A", `"x"`), nil); err != nil || out.String() != want {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	onto := "\ufeff" + `{"whitelist":[],"a":{},"secrets":[{"key":"A","value":0}]}`
	want = "{\n    \"whitelist\": [],\n    \"a\": {},\n    \"secrets\": []\n}"
	if err := WriteLivePerson(&out, nil, []byte(onto)); err != nil || out.String() != want {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestWriteLivePersonRefuses(t *testing.T) {
	for _, c := range []struct {
		onto string
		want error
	}{
		{"", ErrSyntax},
		{canary, ErrSyntax},
		{`{"secrets":5}`, ErrSyntax},
		{`{"whitelist":[]}`, ErrSyntax},
		{`{"secrets":[{"key":"a.b","value":"` + canary + `"}]}`, ErrName},
		{"{\"secrets\":[],\"x\":\"" + canary + "\xff\"}", ErrSyntax},
	} {
		var out bytes.Buffer
		err := WriteLivePerson(&out, items(t, "A", "1"), []byte(c.onto))
		if !errors.Is(err, c.want) || out.Len() > 0 || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v, %d bytes written", c.onto, err, out.Len())
		}
	}
}
