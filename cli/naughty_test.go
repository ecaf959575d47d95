package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// naughty is a vault to which the big list of naughty strings is put, wherever a
// string goes.
type naughty struct {
	t   *testing.T
	env map[string]string
	all bool // each string everywhere, and a process for each
}

// try runs a command line, and asks that nothing which a terminal obeys is
// printed.
func (n *naughty) try(in string, args ...string) (code int, out string) {
	n.t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"--state", filepath.Join(n.env["HOME"], "state"), "--no-input"}, args...)
	if n.all {
		code = n.process(strings.NewReader(in), &stdout, &stderr, args)
	} else {
		app := New()
		app.In, app.Out, app.Err, app.TTY = strings.NewReader(in), &stdout, &stderr, nil
		app.ScryptLogN = testLogN
		app.Env = func(name string) string { return n.env[name] }
		app.Environ = os.Environ
		code = app.Run(n.t.Context(), args)
	}
	message := stderr.String()
	if code == failure.ExitOther {
		n.t.Fatalf("%q: %s", args, message)
	}
	if strings.ContainsFunc(strings.ReplaceAll(message, "\n", ""), unicode.IsControl) || code > failure.ExitDisk && code != failure.ExitNoCommand {
		n.t.Errorf("%q: exit code %d: %q", args, code, message)
	}
	return code, stdout.String()
}

// process runs a command line in a process of its own: what reads a vault leaves
// its files open to the end, and one process cannot have those of thousands.
func (n *naughty) process(in io.Reader, out, errs io.Writer, args []string) int {
	n.t.Helper()
	cmd := exec.Command("tacit", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range n.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	err := cmd.Run()
	if cmd.ProcessState == nil {
		n.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

// wants asks for one of the exit codes.
func (n *naughty) wants(in string, codes []int, args ...string) (out string) {
	n.t.Helper()
	code, out := n.try(in, args...)
	for _, c := range codes {
		if c == code {
			return out
		}
	}
	n.t.Errorf("%q: exit code %d, want %v", args, code, codes)
	return out
}

var either = map[bool][]int{true: {failure.ExitOK}, false: {failure.ExitInvalid}}

// TestForeignNaughty is the list as labels of secrets and of key slots, paths of
// vaults, names in files that are imported, names and prefixes of variables,
// patterns, globs, templates, passphrases, and what git and docker say.
// testdata/foreign/naughty.txtar has it as values and as names. What opens
// a vault is done with one in twenty; NAUGHTY=1: with each.
func TestForeignNaughty(t *testing.T) {
	t.Parallel()
	modules := os.Getenv("TACIT_TEST_NPM")
	if modules == "" {
		t.Skip("set TACIT_TEST_NPM to a node_modules with big-list-of-naughty-strings")
	}
	b, err := os.ReadFile(filepath.Join(modules, "big-list-of-naughty-strings", "blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil || len(list) < 400 {
		t.Fatalf("%d strings, %v", len(list), err)
	}
	dir := t.TempDir()
	n := &naughty{t: t, all: os.Getenv("NAUGHTY") != "", env: map[string]string{
		"HOME": dir, "TACIT_IDENTITY": filepath.Join(dir, "key"), "TACIT_AGENT": "off",
		"XDG_CONFIG_HOME": filepath.Join(dir, "config"), "TACIT_VAULT": filepath.Join(dir, "vault"),
	}}
	n.wants("", either[true], "init")
	n.wants("value", either[true], "set", "A")
	for i, s := range list {
		some := i%20 == 0 || n.all
		if some {
			n.git(s)
			n.docker(s)
		}
		if strings.Contains(s, "\x00") {
			continue // no argument can hold one
		}
		n.references(s)
		n.variable(s)
		if some { // each of these opens a vault, or makes one
			n.glob(s)
			n.pattern(s)
			n.secretLabel(s)
			n.label(s)
			n.path(s)
			n.passphrase(s)
		}
	}
	n.imports(list)
	n.templates(list)
	n.prefixes(list)
	n.wants("", either[true], "verify", "--full")
}

func (n *naughty) label(s string) {
	n.t.Helper()
	const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	if !regexp.MustCompile(`^[a-z0-9-]{1,40}$`).MatchString(s) && s != "" {
		n.wants("", []int{failure.ExitInvalid, failure.ExitUsage}, "key", "add", "age", recipient, "--label="+s)
		return
	}
	if s != "" {
		n.wants("", either[true], "key", "add", "age", recipient, "--label="+s)
		n.wants("", either[true], "key", "remove", "--yes", "--", s)
	}
}

// secretLabel has the string as the value of a secret's label and as its key, when
// it is set and when it is asked for.
func (n *naughty) secretLabel(s string) {
	n.t.Helper()
	fits := vault.CheckLabel("naughty", s) == nil
	n.wants("value", either[fits], "set", "LABELLED", "--label=naughty="+s)
	if fits && s != "" {
		out := n.wants("", either[true], "ls", "--json", "--label=naughty="+s)
		var found []struct{ Labels map[string]string }
		if json.Unmarshal([]byte(out), &found) != nil || len(found) != 1 || found[0].Labels["naughty"] != s {
			n.t.Errorf("the label %q: %s", s, out)
		}
		n.wants("", either[true], "ls", "--long")
	} else {
		n.wants("", []int{failure.ExitInvalid, failure.ExitUsage}, "ls", "--label=naughty="+s)
	}
	if key, value, _ := strings.Cut(s, "="); vault.CheckLabel(key, value) != nil {
		n.wants("value", []int{failure.ExitInvalid, failure.ExitUsage}, "set", "LABELLED", "--label="+s)
		n.wants("", []int{failure.ExitInvalid, failure.ExitUsage}, "ls", "--label="+s)
	}
}

// pattern has the string as what is looked for. Just the names that contain it
// are found.
func (n *naughty) pattern(s string) {
	n.t.Helper()
	found := strings.Contains("\n"+n.wants("", either[true], "find", "--", s), "\nA\n")
	if found != strings.Contains("a", strings.ToLower(s)) {
		n.t.Errorf("find %q: A is found: %v", s, found)
	}
	n.wants("", either[true], "find", "--fuzzy", "--", s)
}

// glob has the string as --only, which is no glob, or chooses what it matches.
func (n *naughty) glob(s string) {
	n.t.Helper()
	codes := []int{failure.ExitUsage}
	if ok, err := path.Match(s, "A"); ok && err == nil {
		codes = either[true]
	} else if err == nil {
		codes = []int{failure.ExitNotFound, failure.ExitOK} // it may match another name
	}
	n.wants("", codes, "run", "--mask", "--only="+s, "--", "true")
}

// git has the string in each field of a credential. A value is a line without a
// NUL; what git stores, it gets back.
func (n *naughty) git(s string) {
	n.t.Helper()
	question := "protocol=https\nhost=" + s + "\npath=" + s + "\nusername=" + s + "\n"
	answer := "username=" + s + "\npassword=" + s + "\n"
	if s == "" || strings.ContainsAny(s, "\x00\r\n") {
		n.wants(question+"password="+s+"\n\n", []int{failure.ExitOK, failure.ExitUsage}, "git-credential", "store")
		return
	}
	n.wants(question+"password="+s+"\n\n", either[true], "git-credential", "store")
	if out := n.wants(question+"\n", either[true], "git-credential", "get"); out != answer {
		n.t.Errorf("git's %q: %q", s, out)
	}
	n.wants(question+"\n", either[true], "git-credential", "erase")
	if out := n.wants(question+"\n", either[true], "git-credential", "get"); out != "" {
		n.t.Errorf("git's %q is erased: %q", s, out)
	}
}

// docker has the string in each field of a credential.
func (n *naughty) docker(s string) {
	n.t.Helper()
	type credential struct{ ServerURL, Username, Secret string }
	c := credential{ServerURL: s, Username: s, Secret: s}
	said, _ := json.Marshal(c)
	if c.ServerURL = strings.TrimSpace(s); c.ServerURL == "" {
		n.wants(string(said), []int{failure.ExitUsage}, "docker-credential", "store")
		return
	}
	n.wants(string(said), either[true], "docker-credential", "store")
	var back credential
	out := n.wants(s+"\n", either[true], "docker-credential", "get")
	if json.Unmarshal([]byte(out), &back) != nil || back != c {
		n.t.Errorf("docker's %q: %q", s, out)
	}
	n.wants("", either[true], "docker-credential", "list")
	n.wants(s, either[true], "docker-credential", "erase")
}

// imports has all of them as names in JSON and as titles in CSV: by the rule, each
// becomes a name or is refused; by the map, each becomes what the map says.
func (n *naughty) imports(list []string) {
	n.t.Helper()
	var object, rows, mapping strings.Builder
	object.WriteString("{")
	rows.WriteString("name,url,username,password\n")
	seen := map[string]bool{"": true}
	for i, s := range list {
		one, err := transfer.ReadCSV(strings.NewReader("name,url,username,password\n"+csvField(s)+",,,v\n"), transfer.Entries{})
		switch {
		case errors.Is(err, transfer.ErrName):
		case err != nil || len(one.Items) != 1 || crypto.CheckName(one.Items[0].Name) != nil:
			n.t.Errorf("title %q: %v", s, err)
		}
		if seen[s] || strings.ContainsAny(s, "\r\n") { // a map has a line for each
			continue
		}
		name, _ := json.Marshal(s)
		fmt.Fprintf(&object, "%s%s:\"v%d\"", strings.Repeat(",", min(1, len(seen)-1)), name, i)
		fmt.Fprintf(&rows, "%s,,,v%d\n", csvField(s), i)
		fmt.Fprintf(&mapping, "%s=M%d\n", s, i)
		seen[s] = true
	}
	file := filepath.Join(n.env["HOME"], "map")
	if err := os.WriteFile(file, []byte(mapping.String()), 0o600); err != nil {
		n.t.Fatal(err)
	}
	for format, in := range map[string]string{"json": object.String() + "}", "csv": rows.String()} {
		n.wants(in, []int{failure.ExitInvalid}, "import", format)
		out := n.wants(in, either[true], "import", format, "--json", "--force-version", "--map-file", file)
		if !strings.Contains(out, fmt.Sprintf(`"imported":%d,`, len(seen)-1)) {
			n.t.Errorf("%s: of %d, %s", format, len(seen)-1, out)
		}
	}
	for i, s := range list {
		if i%40 == 0 && seen[s] && s != "" {
			if out := n.wants("", either[true], "get", fmt.Sprint("M", i)); out != fmt.Sprint("v", i) {
				n.t.Errorf("%q became %q", s, out)
			}
		}
	}
}

// csvField is a field of CSV.
func csvField(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// references has the string where the name of a secret belongs. Names that can be
// are left to the vault.
func (n *naughty) references(s string) {
	n.t.Helper()
	if crypto.CheckName(s) != nil {
		n.wants("{{ tacit://"+s+" }}", []int{failure.ExitInvalid}, "inject")
	}
}

// templates has them around a reference.
func (n *naughty) templates(list []string) {
	n.t.Helper()
	var in, want strings.Builder
	for _, s := range list {
		if !strings.Contains(s, "{{") {
			in.WriteString(s + "{{ tacit://A }}" + s)
			want.WriteString(s + "value" + s)
		}
	}
	if out := n.wants(in.String(), either[true], "inject"); out != want.String() {
		n.t.Errorf("%q became %q", in.String(), out)
	}
}

// variable has the string as a variable's name.
func (n *naughty) variable(s string) {
	n.t.Helper()
	if name, _, _ := strings.Cut(s, "="); !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(name) {
		n.wants("", []int{failure.ExitUsage}, "run", "--mask", "--map="+s+"=A", "--", "true")
	}
}

// prefixes has them as prefixes, none of which any name has.
func (n *naughty) prefixes(list []string) {
	n.t.Helper()
	args := []string{"run", "--mask"}
	for _, s := range list {
		if s != "" && !strings.HasPrefix("A", s) && !strings.HasPrefix(s, "M") && !strings.Contains(s, "\x00") {
			args = append(args, "--prefix="+s)
		}
	}
	n.wants("", []int{failure.ExitNotFound}, append(args, "--", "true")...)
	n.wants("", []int{failure.ExitNotFound}, "run", "--mask", "--prefix= ", "--", "true")
	n.wants("", []int{failure.ExitUsage}, "run", "--mask", "--prefix=", "--", "true")
}

// path has the string as a folder's name, where it is one.
func (n *naughty) path(s string) {
	n.t.Helper()
	name := strings.ReplaceAll(s, "/", "∕")
	if name == "" || name == "." || name == ".." || len(name) > 200 {
		return
	}
	dir := filepath.Join(n.env["HOME"], "paths", name)
	n.wants("", []int{failure.ExitNoKey}, "get", "A", "--vault="+dir)
	n.wants("", either[true], "init", dir)
	n.wants("value", either[true], "set", "A", "--vault="+dir)
	if out := n.wants("", either[true], "get", "A", "--vault="+dir); out != "value" {
		n.t.Errorf("in %q: %q", name, out)
	}
	n.wants("", either[true], "verify", "--vault="+dir)
	n.wants("", either[true], "destroy", "--yes", "--vault="+dir)
}

func (n *naughty) passphrase(s string) {
	n.t.Helper()
	if strings.TrimRight(s, "\r\n") != s || s == "" {
		return
	}
	file := filepath.Join(n.env["HOME"], "phrase")
	if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
		n.t.Fatal(err)
	}
	code, _ := n.try("", "key", "add", "passphrase", "--label=naughty", "--passphrase-file="+file)
	if code != failure.ExitOK {
		if code != failure.ExitInvalid && code != failure.ExitWrongKey && code != failure.ExitUsage {
			n.t.Errorf("passphrase %q: exit code %d", s, code)
		}
		return
	}
	if out := n.wants("", either[true], "get", "A", "--passphrase-file="+file); out != "value" {
		n.t.Errorf("passphrase %q: %q", s, out)
	}
	if err := os.WriteFile(file, []byte(s+"x"), 0o600); err != nil {
		n.t.Fatal(err)
	}
	n.wants("", []int{failure.ExitWrongKey}, "get", "A", "--passphrase-file="+file)
	n.wants("", either[true], "key", "remove", "naughty", "--yes")
}
