package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// difficult are values that dotenv files get wrong, and random strings of the
// characters that quoting is about.
func difficult() []string {
	values := []string{
		"", " ", "a", "a b", " a ", "#", "a#b", "a #b", "$HOME", "${HOME}", "$(id)", "`id`", "x$1y", "'", "\"", "`", "''", "it's", "it's \"so\"",
		"it's `so`", "it's $HOME", "it's \\", "\\", "\\n", "\\\\", "a\\", "'\\n", "'\\", "\n", "\n\n", "a\nb", "a\nb\n", "\na='", "'\n\"", "=", "=a", "a=b",
		"!", "!!", "'!x", "~", "~/x", "*", "?", "[a]", "{a,b}", "a;b", "a|b", "a&b", "<a>", "(a)", "\t", "\ta\t", "pä€😀", "\u2028", "\ufeff", "\u00a0a\u00a0",
		"-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\n", `{"a":[1.50,"b"]}`, "'#", "\"#", "\\\n", "'\\\n'", "export A=1", "\x01\x1b[31m\x7f", "C:\\new\\table",
		"postgres://u:p@h:5432/d?x=1&y=%20", "\r", "a\r", "a\r\nb", "'\r\n", "\r\n",
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("a '\"`\\$#\n=nrt!é{}")
	for range 400 {
		s := make([]rune, rnd.IntN(8))
		for i := range s {
			s[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		values = append(values, string(s))
	}
	return values
}

func texts(values []string) []Item {
	list := make([]Item, len(values))
	for i, v := range values {
		list[i] = Item{Name: fmt.Sprintf("V_%d", i), Value: vault.Text(v)}
	}
	return list
}

func writeDotenv(t *testing.T, list []Item) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteDotenv(&out, list); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDotenvComesBack(t *testing.T) {
	list := texts(difficult())
	back, err := ReadDotenv(bytes.NewReader(writeDotenv(t, list)))
	if err != nil {
		t.Fatal(err)
	}
	if err := same(list, back.Items); err != nil {
		t.Error(err)
	}
	for _, item := range list { // alone too: the ends of lines differ
		back, err := ReadDotenv(bytes.NewReader(writeDotenv(t, []Item{item})))
		if err != nil {
			t.Fatalf("%q: %v", item.Value.Reveal(), err)
		}
		if err := same([]Item{item}, back.Items); err != nil {
			t.Error(err)
		}
	}
}

// TestDotenvInAShell sources the file as users do, and prints what comes out.
func TestDotenvInAShell(t *testing.T) {
	values := difficult()
	list := texts(values)
	path := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(path, writeDotenv(t, list), 0o600); err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -a; . \"$1\" || exit 9; set +a\n")
	for _, item := range list {
		fmt.Fprintf(&script, "printf '%%s\\000' \"$%s\"\n", item.Name)
	}
	tried := 0
	for _, shell := range []string{"sh", "dash", "bash", "zsh", "ksh"} {
		bin, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		tried++
		cmd := exec.Command(bin, "-c", script.String(), "x", path)
		cmd.Env = []string{"HOME=/wrong", "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", shell, err)
		}
		got := strings.Split(string(out), "\x00")
		if len(got) != len(values)+1 {
			t.Fatalf("%s: %d values", shell, len(got))
		}
		for i, want := range values {
			if got[i] != want {
				t.Errorf("%s: %q became %q", shell, want, got[i])
			}
		}
	}
	if tried == 0 {
		t.Skip("no shell here")
	}
}

// TestDotenvInNode leaves out what the doc comment of WriteDotenv says.
func TestDotenvInNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here: its reading of our dotenv files was NOT checked")
	}
	var values []string
	for _, v := range difficult() {
		if strings.Contains(v, "\r") || strings.Contains(v, "'") && strings.ContainsAny(v, "\"\\$`") {
			continue
		}
		values = append(values, v)
	}
	cmd := exec.Command(node, "-e", `
		const { parseEnv } = require("node:util");
		if (!parseEnv) process.exit(77);
		process.stdout.write(JSON.stringify(parseEnv(require("node:fs").readFileSync(0, "utf8"))));`)
	cmd.Stdin = bytes.NewReader(writeDotenv(t, texts(values)))
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() == 77 {
		t.Skip("node has no util.parseEnv: its reading of our dotenv files was NOT checked")
	}
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, want := range values {
		if v, ok := got[fmt.Sprintf("V_%d", i)]; !ok || v != want {
			t.Errorf("%q became %q (%v)", want, v, ok)
		}
	}
}

func TestWriteDotenvRefuses(t *testing.T) {
	for _, last := range []string{`{"$base64":"AAE="}`, `"a\u0000b"`} {
		var out bytes.Buffer
		err := WriteDotenv(&out, items(t, "A", `"x"`, "SECOND", last))
		if !errors.Is(err, ErrUnwritable) || out.Len() > 0 || !strings.Contains(err.Error(), "SECOND") {
			t.Errorf("%s: %v, %d bytes written", last, err, out.Len())
		}
	}
}

func TestWriteDotenvJSON(t *testing.T) {
	got := string(writeDotenv(t, items(t, "A", `{"a": [1.50, "it"]}`, "B", "1.50", "C", "null")))
	if want := "A='{\"a\":[1.50,\"it\"]}'\nB=1.50\nC=null\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestMixedLineEnds: a file that has both kinds of line ends keeps those in
// quotes, one that has only CR LF does not (see windows.env).
func TestMixedLineEnds(t *testing.T) {
	r, err := ReadDotenv(strings.NewReader("A='x\r\ny'\r\nB= z \r\nC=''\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := show(r); got != "1 A text \"x\\r\\ny\"\n3 B text \"z\"\n4 C text \"\"\n" {
		t.Error(got)
	}
}
