package transfer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	dir := t.TempDir()
	for _, name := range []string{"store/a.gpg", "store/Mail/b.gpg", "store/Mail/.c.gpg", "store/.gpg-id", "store/.git/x.gpg", "store/README", "store/.gpg", "out.gpg"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"link.gpg": "Mail/b.gpg", "Post": "Mail", "Mail/up": "..", "self": "self", "out.gpg": "../out.gpg", "dead.gpg": "nothing",
		"abs.gpg": filepath.Join(dir, "out.gpg"),
	} {
		if err := os.Symlink(to, filepath.Join(dir, "store", link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	files, skipped, err := Files(t.Context(), root.FS(), ".gpg")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, f := range files {
		fmt.Fprintf(&got, "%s %s\n", f.Path, f.Name)
	}
	for _, s := range skipped {
		fmt.Fprintf(&got, "skipped %s: %s\n", s.Name, s.Reason)
	}
	const want = `Mail/.c.gpg Mail/.c
Mail/b.gpg Mail/b
Post/.c.gpg Post/.c
Post/b.gpg Post/b
a.gpg a
link.gpg link
skipped Mail/up: a link to a folder that it is in
skipped Post/up: a link to a folder that it is in
skipped README: not a .gpg file
skipped abs.gpg: a link that leads nowhere, or out of the folder
skipped dead.gpg: a link that leads nowhere, or out of the folder
skipped out.gpg: a link that leads nowhere, or out of the folder
skipped self: a link that leads nowhere, or out of the folder
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Files(stopped, root.FS(), ".gpg"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFilesLimits(t *testing.T) {
	many := fstest.MapFS{}
	for i := range maxEntries + 1 {
		many[fmt.Sprint(i)] = &fstest.MapFile{}
	}
	deep := fstest.MapFS{strings.Repeat("a/", maxFolderDepth) + "b": &fstest.MapFile{}}
	fits := fstest.MapFS{strings.Repeat("a/", maxFolderDepth-1) + "b": &fstest.MapFile{}}
	for _, f := range []struct {
		fs   fs.FS
		want error
	}{{many, ErrLimit}, {deep, ErrLimit}, {fits, nil}} {
		if _, _, err := Files(t.Context(), f.fs, ""); !errors.Is(err, f.want) {
			t.Errorf("%v, want %v", err, f.want)
		}
	}
}

func TestBodies(t *testing.T) {
	const entry = "s3cret \nuser: me\nurl: https://x/?a=b: c\nuser: you\n\notpauth://totp/x?secret=ABC\nfree text\n  kept: as it is\nno colon\n"
	for _, c := range []struct {
		reader string
		how    Body
		in     string
		want   string
	}{
		{"pass", Whole, "pw\n", "N text \"pw\\n\"\n"},
		{"pass", Whole, "", "N text \"\"\n"},
		{"pass", Whole, "\xff\x00", "N bytes \"\\xff\\x00\"\n"},
		{"pass", Split, "\xff\na: b", "N bytes \"\\xff\\na: b\"\n"},
		{"pass", FirstLine, "pw\r\nuser: me\n", "N text \"pw\"\nskipped N (meant)\n"},
		{"pass", FirstLine, "pw\n\n", "N text \"pw\"\n"},
		{"pass", FirstLine, "", "N text \"\"\n"},
		{"pass", Split, "pw", "N text \"pw\"\n"},
		{"pass", Split, "\nuser: me\n", "N/user text \"me\"\n"},
		{"pass", Split, entry, `N text "s3cret "
N/user text "me"
N/url text "https://x/?a=b: c"
N/user_2 text "you"
N/otp text "otpauth://totp/x?secret=ABC"
N/kept text "as it is"
N/notes text "\nfree text\nno colon\n"
`},
		{"gopass", Whole, "pw\nuser: me\n---\na: b\n", "N text \"pw\\nuser: me\\n---\\na: b\\n\"\n"},
		{"gopass", Split, "pw\nuser: me\n---\na: 0042\nb: {c: d}\n", "N text \"pw\"\nN/user text \"me\"\nN/a text \"0042\"\nN/b json \"{\\\"c\\\":\\\"d\\\"}\"\n"},
		{"gopass", Split, "---\na: b\n", "N/a text \"b\"\n"},
		{"gopass", Split, "GOPASS-SECRET-1.0\nPassword: pw\nUser: me\n\nbody\n", "N text \"pw\"\nN/user text \"me\"\nN/notes text \"body\\n\"\n"},
		{"gopass", FirstLine, "GOPASS-SECRET-1.0\nUser: me\nPassword: pw\n", "N text \"pw\"\nskipped N (meant)\n"},
		{"gopass", Whole, "\ncontent-disposition: attachment; filename=\"x\"\ncontent-transfer-encoding: Base64\nAP8A\n/w==\n", "N bytes \"\\x00\\xff\\x00\\xff\"\n"},
		{"gopass", Split, "GOPASS-SECRET-1.0\nContent-Disposition: attachment; filename=\"x\"\nContent-Transfer-Encoding: Base64\n\naGkK", "N text \"hi\\n\"\n"},
		{"gopass", Whole, "pw\ncontent-transfer-encoding: Base64\nuser: me\n", "N text \"pw\\ncontent-transfer-encoding: Base64\\nuser: me\\n\"\n"},
		{"gopass", Whole, "not base64!\ncontent-transfer-encoding: Base64\n", "N text \"not base64!\\ncontent-transfer-encoding: Base64\\n\"\n"},
	} {
		r := ReadBody("N", []byte(c.in), c.how)
		if c.reader == "gopass" {
			var err error
			if r, err = ReadGopass("N", []byte(c.in), c.how); err != nil {
				t.Errorf("%q: %v", c.in, err)
			}
		}
		var got strings.Builder
		for _, i := range r.Items {
			fmt.Fprintf(&got, "%s %s %q\n", i.Name, i.Value.Kind(), i.Value.Reveal())
		}
		for _, s := range r.Skipped {
			fmt.Fprintf(&got, "skipped %s (meant)\n", s.Name)
			if !s.Meant {
				t.Errorf("%q: not meant", c.in)
			}
		}
		if got.String() != c.want {
			t.Errorf("%s %d of %q: got\n%s\nwant\n%s", c.reader, c.how, c.in, got.String(), c.want)
		}
	}
	if _, err := ReadGopass("N", []byte("pw\n---\na: "+canary+"\na: 2"), Split); !errors.Is(err, ErrDuplicate) || strings.Contains(err.Error(), canary) {
		t.Errorf("bad YAML: %v", err)
	}
}

func TestKBS2(t *testing.T) {
	for in, want := range map[string]string{
		`{"timestamp":1,"label":"x y","body":{"kind":"Login","fields":{"username":"me","password":"pw"}}}`:      "x y=pw x y/username=me ",
		`{"timestamp":1,"label":"x y","body":{"kind":"Environment","fields":{"variable":"V","value":"v"}}}`:     "x y=v x y/variable=V ",
		`{"timestamp":1,"label":"x y","body":{"kind":"Unstructured","fields":{"contents":"c\n"}}}`:              "x y=c\n ",
		`{"timestamp":1,"label":"other","body":{"kind":"Unstructured","fields":{"contents":"` + canary + `"}}}`: "",
		`{"label":"x y","body":{"kind":"Login","fields":{"username":"me"}}}`:                                    "",
		`{"label":"x y","body":{"kind":"Login","fields":{"username":"me","passwort":"` + canary + `"}}}`:        "",
		`{"label":"x y","body":{"kind":"Card","fields":{"number":"` + canary + `"}}}`:                           "",
		`{"label":"x y","body":{"kind":"Unstructured","fields":{"contents":5}}}`:                                "",
		`{"label":"x y","body":{"kind":"Unstructured","fields":{"contents":"a"}}} ` + canary:                    "",
		canary: "", "": "", "null": "",
	} {
		r, err := ReadKBS2("x y", []byte(in))
		if want == "" {
			if !errors.Is(err, ErrSyntax) || len(r.Items) > 0 || strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %v", in, err)
			}
			continue
		}
		var got strings.Builder
		for _, i := range r.Items {
			got.WriteString(i.Name + "=" + string(i.Value.Reveal()) + " ")
		}
		if err != nil || got.String() != want {
			t.Errorf("%s: %q, %v", in, got.String(), err)
		}
	}
}

// FuzzBodies: whatever the body, no byte of its first line is lost, and nothing
// panics.
func FuzzBodies(f *testing.F) {
	seeds := []string{"pw\nuser: me\n---\na: b\n", "GOPASS-SECRET-1.0\nPassword: x\n\ny", "\ncontent-transfer-encoding: Base64\nAP8A\n", `{"timestamp":1,"label":"N","body":{"kind":"Unstructured","fields":{"contents":"c"}}}`}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if r := ReadBody("N", in, Whole); len(r.Items) != 1 || string(r.Items[0].Value.Reveal()) != string(in) {
			t.Fatal("the whole is not the whole")
		}
		for _, how := range []Body{Whole, FirstLine, Split} {
			ReadBody("N", in, how)
			if _, err := ReadGopass("N", in, how); err != nil {
				isOurs(t, err)
			}
		}
		if _, err := ReadKBS2("N", in); err != nil {
			isOurs(t, err)
		}
	})
}
