package transfer

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The samples of testdata/managers are written by hand, after what the makers
// publish of their formats:
//
//	bitwarden*       bitwarden.com/help/condition-bitwarden-import, and the models that bitwarden/clients exports
//	                 (libs/common/src/models/export, vault-export-core)
//	onepux.json      support.1password.com/1pux-format, and the types of bitwarden/clients' importer
//	1password.csv    the columns of 1Password 8
//	chrome, firefox, apple   the columns that these programs write
//	keepassxc.csv    what keepassxc-cli 2.7.4 wrote
//	keepass.xml      the KeePass XML (2.x) of keepassxc-cli 2.7.4, with parts of KeePass's own added
//
// testdata/foreign/keepass.txtar has keepassxc-cli itself.

type manager func(io.ReaderAt, int64, Entries) (Result, error)

func asFile(read func(io.Reader, Entries) (Result, error)) manager {
	return func(r io.ReaderAt, size int64, o Entries) (Result, error) {
		return read(io.NewSectionReader(r, 0, size), o)
	}
}

var managers = map[string]manager{
	"bitwarden": ReadBitwarden,
	"1password": ReadOnePassword,
	"keepass":   ReadKeePass,
	"csv":       asFile(ReadCSV),
	"columns":   asFile(func(r io.Reader, o Entries) (Result, error) { return ReadColumns(r, "key", "secret value", o) }),
}

func (m manager) read(in string, o Entries) (Result, error) {
	return m(strings.NewReader(in), int64(len(in)), o)
}

// sample is a file of testdata/managers, zipped where the format is.
func sample(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "managers", strings.TrimSuffix(file, ".zip")))
	if err != nil {
		t.Fatal(err)
	}
	switch file {
	case "onepux.json.zip":
		return zipped(t, "export.attributes", `{"version":3}`, "export.data", string(data), "files/d1__scan.pdf", "pdf")
	case "bitwarden.json.zip":
		return zipped(t, "data.json", string(data))
	}
	return string(data)
}

func zipped(t testing.TB, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(f, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestManagersGolden(t *testing.T) {
	for _, c := range []struct {
		file, reader, suffix string
		o                    Entries
	}{
		{"bitwarden.json", "bitwarden", "", Entries{}},
		{"bitwarden.json", "bitwarden", ".folders", Entries{Folders: true, Naming: Naming{Prefix: "BW_"}}},
		{"bitwarden-org.json", "bitwarden", "", Entries{Folders: true}},
		{"bitwarden.csv", "bitwarden", "", Entries{}},
		{"bitwarden-org.csv", "csv", "", Entries{Folders: true}},
		{"onepux.json.zip", "1password", "", Entries{}},
		{"1password.csv", "1password", "", Entries{}},
		{"keepass.xml", "keepass", "", Entries{Unique: true}},
		{"keepass.xml", "keepass", ".folders", Entries{Folders: true}},
		{"keepassxc.csv", "keepass", "", Entries{Folders: true}},
		{"chrome.csv", "csv", "", Entries{}},
		{"chrome-old.csv", "csv", "", Entries{}},
		{"firefox.csv", "csv", "", Entries{}},
		{"apple.csv", "csv", "", Entries{}},
	} {
		result, err := managers[c.reader].read(sample(t, c.file), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		golden(t, filepath.Join("managers", c.file+c.suffix), show(result))
	}
	plain, err := ReadBitwarden(strings.NewReader(sample(t, "bitwarden.json")), int64(len(sample(t, "bitwarden.json"))), Entries{})
	packed, err2 := managers["bitwarden"].read(sample(t, "bitwarden.json.zip"), Entries{})
	if err != nil || err2 != nil || show(plain) != show(packed) {
		t.Errorf("the same export in a zip file: %v, %v", err, err2)
	}
}

// chrome is a file of Chrome with these rows.
func chrome(rows ...string) string {
	return "name,url,username,password\n" + strings.Join(rows, "\n") + "\n"
}

var badManagers = []struct {
	reader, in string
	want       error
	names      string
}{
	{"bitwarden", `{"encrypted":true,"passwordProtected":true,"salt":"x","kdfType":0,"kdfIterations":600000,"data":"2.` + canary + `"}`, ErrEncrypted, "encrypted"},
	{"bitwarden", `{"encrypted":true,"items":[{"name":"2.` + canary + `"}]}`, ErrEncrypted, "encrypted"},
	{"bitwarden", `{"a":"` + canary + `"}`, ErrForm, "items"},
	{"bitwarden", `{"items":{}}`, ErrSyntax, "array"},
	{"bitwarden", `{"items":["` + canary + `"]}`, ErrSyntax, "an item must be an object"},
	{"bitwarden", `{"items":[` + "\n" + `{"name":"A","login":{"password":"a","password":"` + canary + `"}}]}`, ErrDuplicate, "line 2"},
	{"bitwarden", `{"items":[{"name":"A","login":"` + canary + `"}]}`, ErrSyntax, "login"},
	{"bitwarden", "", ErrSyntax, "empty"},
	{"bitwarden", canary + ",b\nc,d\n", ErrForm, "Bitwarden"},
	{"bitwarden", chrome("a,b,c," + canary), ErrForm, "Bitwarden"},
	{"bitwarden", `{"items":[` + strings.Repeat("[", 2000), ErrLimit, "nested deeper"},
	{"bitwarden", `{"items":[` + strings.TrimSuffix(strings.Repeat(`{"name":"A","login":{"password":"`+canary+`"}},`+"\n", 2), ",\n") + `]}`, ErrDuplicate, `"A" (line 1) and "A" (line 2)`},
	{"bitwarden", `{"items":[{"name":"` + strings.Repeat("x", 99) + `","login":{"password":"p","username":"` + canary + `"}}]}`, ErrName, "xxx"},
	{"bitwarden", `{"items":[{"name":"A","fields":[` + strings.TrimSuffix(strings.Repeat(`{"name":"f","value":"v"},`, 1001), ",") + `]}]}`, ErrLimit, "1000"},
	{"bitwarden", `{"items":[{"name":"A","login":{"password":"` + strings.Repeat("x", maxValue+1) + `"}}]}`, ErrLimit, "A is"},

	{"1password", "PK\x03\x04" + canary, ErrSyntax, "zip"},
	{"1password", `{"accounts":[]}`, ErrForm, "1Password"},
	{"1password", chrome("a,b,c," + canary), ErrForm, "1Password"},

	{"keepass", "\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + canary, ErrEncrypted, "database"},
	{"keepass", "<a>" + canary + "</a>", ErrForm, `"a"`},
	{"keepass", "<KeePassFile><Meta/></KeePassFile>", ErrForm, "no group"},
	{"keepass", "<KeePassFile><Root/></KeePassFile>", ErrForm, "no group"},
	{"keepass", "<KeePassFile><Root><Entry>" + canary + "</Entry></Root></KeePassFile>", ErrForm, `"Entry"`},
	{"keepass", "<KeePassFile><Group><Entry/></Group></KeePassFile>", ErrForm, `"Group"`},
	{"keepass", "<KeePassFile><Root><Group><Entry><Entry/></Entry></Group></Root></KeePassFile>", ErrForm, `"Entry"`},
	{"1password", `{"uuid":"F78CEC04","typeName":"webforms.WebForm","secureContents":{"fields":[{"value":"` + canary + `"}]}}` + "\n***5642bee8-a5ff-11dc-8314-0800200c9a66***\n", ErrForm, "1PIF"},
	{"keepass", "<KeePassFile><Root><Group>" + canary, ErrSyntax, "line 1"},
	{"keepass", "<KeePassFile>\n<" + canary + "&;", ErrSyntax, "line 2"},
	{"keepass", `<!DOCTYPE x [<!ENTITY a "` + canary + `">]><KeePassFile><Root><Group><Entry><String><Key>Title</Key><Value>&a;</Value></String></Entry></Group></Root></KeePassFile>`, ErrSyntax, "line 1"},
	{"keepass", `<KeePassFile><Root><Group><Entry><String><Key>Password</Key><Value Protected="True">` + canary + `</Value></String></Entry></Group></Root></KeePassFile>`, ErrEncrypted, "protected"},
	{"keepass", `<KeePassFile><Root><Group><Entry><String><Key>Password</Key><Value>a<b/>` + canary + `</Value></String></Entry></Group></Root></KeePassFile>`, ErrSyntax, `"b"`},
	{"keepass", `<KeePassFile><Root>` + strings.Repeat("<Group>", 1001), ErrLimit, "nested deeper"},
	{"keepass", `<KeePassFile></KeePassFile><KeePassFile></KeePassFile>`, ErrSyntax, "second"},
	{"keepass", `<!-- nothing -->`, ErrForm, "KeePassFile"},
	{"keepass", chrome("a,b,c," + canary), ErrForm, "KeePassXC"},

	{"csv", "", ErrSyntax, "empty"},
	{"csv", "\n\r\n\n", ErrSyntax, "empty"},
	{"csv", "https://a.example,zoe," + canary + "\n", ErrForm, "Chrome, Firefox"},
	{"csv", "name,url,username,password,password\na,b,c,d," + canary, ErrForm, "Chrome"},
	{"csv", "Account,Login Name,Password,Web Site,Comments\n", ErrForm, "XML"},
	{"csv", chrome("a,b,c,"+canary, "a,b,c"), ErrSyntax, "line 3: 3 columns, where the first line has 4"},
	{"csv", chrome("a,b,c,d," + canary), ErrSyntax, "line 2: 5 columns"},
	{"csv", chrome(`a,b,c,"` + canary), ErrSyntax, "line 2: a quote that is never closed"},
	{"csv", chrome(`a,b,c,"x"` + canary), ErrSyntax, "line 2: only a comma"},
	{"csv", chrome("a,b,c,\"x\ny\"" + canary), ErrSyntax, "line 3: only a comma"},
	{"csv", chrome(`a,b,c,x"` + canary), ErrSyntax, "line 2: a quote"},
	{"csv", chrome("a,b,c,"+canary, "x,b,c,d", "a,b,c,d"), ErrDuplicate, `"a" (line 2) and "a" (line 4)`},
	{"csv", chrome("a,,u,"+canary, "a_USERNAME,,,d"), ErrDuplicate, `"a" (line 2)`},
	{"csv", chrome("a b,,,"+canary, "a_b,,,d"), ErrDuplicate, `"a_b" (line 3) would both become a_b`},
	{"csv", "name,url\xff\n", ErrSyntax, "line 1"},
	{"csv", "\xff\xfen\x00a", ErrSyntax, "UTF-16"},
	{"csv", strings.Repeat(",", 1_000_000), ErrLimit, "256 columns"},
	{"csv", chrome(strings.Repeat(",", 1_000_000)), ErrLimit, "line 2: more than 256"},
	{"csv", chrome("a,,," + strings.Repeat("x", maxValue+1)), ErrLimit, "a is"},
	{"csv", strings.Repeat("\x00", 1000), ErrForm, "Chrome"},

	{"columns", "key,other\na," + canary, ErrSyntax, `"secret value"`},
	{"columns", "key,Key,secret value\na,b," + canary, ErrDuplicate, `"key" is there 2 times`},
	{"columns", "", ErrSyntax, "empty"},
}

func TestManagersRefuse(t *testing.T) {
	for _, c := range badManagers {
		result, err := managers[c.reader].read(c.in, Entries{})
		switch {
		case !errors.Is(err, c.want):
			t.Errorf("%s %.60q: %v", c.reader, c.in, err)
		case !strings.Contains(err.Error(), c.names):
			t.Errorf("%s %.60q: %q does not name %q", c.reader, c.in, err, c.names)
		case strings.Contains(err.Error(), canary) || len(err.Error()) > 300:
			t.Errorf("%s %.60q: the error shows too much: %.300v", c.reader, c.in, err)
		case len(result.Items) > 0:
			t.Errorf("%s %.60q: an error and %d items", c.reader, c.in, len(result.Items))
		}
	}
}

func TestColumns(t *testing.T) {
	in := "id,Key,Secret Value\n1,db pass,\"a\nb\"\n2,empty,\n"
	r, err := managers["columns"].read(in, Entries{Naming: Naming{Prefix: "X_"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "2 X_db_pass text \"a\\nb\"\n" +
		"skipped \"empty\": there is nothing in it to keep\nskipped \"id\": a column that was not asked for\n"
	if got := show(r); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// names are those of a result.
func names(r Result) string {
	var list []string
	for _, i := range r.Items {
		list = append(list, i.Name)
	}
	return strings.Join(list, " ")
}

func TestEntryNames(t *testing.T) {
	file := chrome("Google,,u,p", "Google,,u,p", "Google_2,,,p", "google,,,p", "Google,,u,p")
	for _, c := range []struct {
		in   string
		o    Entries
		want string
		err  error
	}{
		{file, Entries{}, "", ErrDuplicate},
		{
			file,
			Entries{Unique: true},
			"Google_USERNAME Google Google_2_USERNAME Google_2 Google_2_2 google Google_3_USERNAME Google_3", nil,
		},
		{chrome("A,,,p", "B,,u,p"), Entries{Naming: Naming{Map: map[string]string{"B": "C", "A": ""}}}, "C_USERNAME C", nil},
		{chrome("A,,,p"), Entries{Naming: Naming{Map: map[string]string{"B": "C"}}}, "", ErrUnused},
		{chrome("A,,,p"), Entries{Naming: Naming{Map: map[string]string{"A": "not a name"}}}, "", ErrName},
		{chrome("A,,,p", "B,,,p"), Entries{Naming: Naming{Map: map[string]string{"A": "B"}}}, "", ErrDuplicate},
		// Nothing is shared, and yet it would be one entry's.
		{chrome("A,,u,", "A,,,p"), Entries{}, "", ErrDuplicate},
		{chrome("A,,u,", "A_USERNAME,,,p"), Entries{Unique: true}, "A_USERNAME A_USERNAME_2", nil},
	} {
		r, err := managers["csv"].read(c.in, c.o)
		if !errors.Is(err, c.err) || names(r) != c.want {
			t.Errorf("%q: %q, %v", c.in, names(r), err)
		}
	}
	dup, err := managers["keepass"].read(sample(t, "keepass.xml"), Entries{Naming: Naming{Map: map[string]string{"Work/Mail": "WM"}}})
	if err != nil || !strings.Contains(names(dup), "WM_API_KEY") || !strings.Contains(names(dup), " Mail") {
		t.Errorf("a map that goes by the folder: %q, %v", names(dup), err)
	}
}

// A field's number never takes the name of another field.
func TestFieldNumbers(t *testing.T) {
	in := `{"items":[{"name":"A","fields":[{"name":"x","value":"1"},{"name":"x_2","value":"2"},{"name":"X","value":"3"},{"name":"é","value":"4"},{"name":"--","value":"5"}]}]}`
	r, err := managers["bitwarden"].read(in, Entries{})
	if err != nil || names(r) != "A_X A_X_2 A_X_3 A_E A_FIELD" {
		t.Errorf("%q, %v", names(r), err)
	}
}

func TestArchiveLimits(t *testing.T) {
	good := sample(t, "onepux.json.zip")
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"without it":        {zipped(t, "other", "x"), ErrForm},
		"in a folder":       {zipped(t, "a/export.data", "{}"), ErrForm},
		"twice":             {zipped(t, "export.data", "{}", "export.data", "{}"), ErrDuplicate},
		"a bomb":            {claiming(t, maxFile+1), ErrLimit},
		"a bomb that lies":  {claiming(t, 2), ErrSyntax},
		"cut":               {good[:len(good)-30], ErrSyntax},
		"damaged":           {damaged(t), ErrSyntax},
		"too many names":    {crowded(t), ErrLimit},
		"not of its format": {zipped(t, "export.data", `{"items":[]}`), ErrForm},
	} {
		if _, err := managers["1password"].read(c.in, Entries{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Nothing of a file that large is read but its beginning.
	if _, err := ReadOnePassword(hollow(zipMagic), maxArchive+1, Entries{}); !errors.Is(err, ErrLimit) {
		t.Errorf("over a gigabyte: %v", err)
	}
	for _, read := range []manager{ReadBitwarden, ReadOnePassword, ReadKeePass} {
		for _, begin := range []string{"{", "<", "a"} {
			if _, err := read(hollow(begin), 1<<30, Entries{}); !errors.Is(err, ErrLimit) {
				t.Errorf("a gigabyte of %q: %v", begin, err)
			}
		}
	}
	broken := errors.New("broken")
	for name, read := range managers {
		if _, err := read(failingAt{broken}, 1000, Entries{}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// claiming says that it unpacks to so many bytes, which it does not.
func claiming(t *testing.T, size uint64) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	data := strings.Repeat(" ", 1<<16)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: "export.data", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(data)),
		CompressedSize64: uint64(len(data)), UncompressedSize64: size,
	})
	if err == nil {
		_, err = io.WriteString(f, data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// damaged has another byte where the checksum knows of one.
func damaged(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "export.data", Method: zip.Store})
	if err == nil {
		_, err = io.WriteString(f, `{"accounts":[]}`)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(b.String(), "accounts", "accountz", 1)
}

func crowded(t *testing.T) string {
	t.Helper()
	var pairs []string
	for i := range 200 {
		pairs = append(pairs, strconv.Itoa(i)+strings.Repeat("x", 30_000), "")
	}
	return zipped(t, append(pairs, "export.data", "{}")...)
}

// hollow is a file of any size: a beginning, then spaces.
type hollow string

func (h hollow) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	if off < int64(len(h)) {
		copy(p, h[off:])
	}
	return len(p), nil
}

type failingAt struct{ err error }

func (f failingAt) ReadAt([]byte, int64) (int, error) { return 0, f.err }
