package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bench is one run: a folder with a home, the programs, and the secrets.
type bench struct {
	root      string // the checkout
	work      string // removed at the end
	bin       string // where Go installs peers
	env       []string
	tacit     programs
	noInstall bool
	rounds    int
	secrets   int

	name, value string // the secret that is read and set, and a file with its value
	json        string // a file with all secrets
	identity    string // the identity file that tacit makes, age's and SOPS's too
	nothing     string // the program true

	versions []string // of what was measured
	missing  []string // what was not, and why
}

// newBench makes the folder.
func newBench(root string, rounds, count int, noInstall bool) (*bench, error) {
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	b := &bench{
		root: root, work: work, bin: filepath.Join(work, "bin"), noInstall: noInstall, rounds: rounds, secrets: count,
		name: nameOf(count / 2), value: filepath.Join(work, "value"), json: filepath.Join(work, "secrets.json"),
		identity: filepath.Join(work, ".config", "tacit", "identity.txt"),
	}
	b.env = []string{
		"HOME=" + work, "PATH=" + b.bin + string(os.PathListSeparator) + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
		"XDG_RUNTIME_DIR=" + filepath.Join(work, "r"), "GNUPGHOME=" + filepath.Join(work, "gnupg"),
		"PASSWORD_STORE_DIR=" + filepath.Join(work, "store"), "SOPS_AGE_KEY_FILE=" + b.identity,
		"DOTENVX_NO_OPS=true", "QT_QPA_PLATFORM=offscreen",
	}
	if b.nothing, err = exec.LookPath("true"); err != nil {
		return b, err
	}
	if err := os.Mkdir(filepath.Join(work, "r"), 0o700); err != nil {
		return b, err
	}
	for _, value := range secrets(count/2, 1) {
		if err := os.WriteFile(b.value, []byte(value), 0o600); err != nil {
			return b, err
		}
	}
	return b, writeJSON(b.json, 0, count)
}

// close ends what runs and removes the folder.
func (b *bench) close() {
	if isFile(b.tacit.whole) {
		b.lockAll()
	}
	if err := os.RemoveAll(b.work); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// beside measures tacit and the peers beside one another.
func (b *bench) beside() ([]section, error) {
	say("filling tacit with %d secrets", b.secrets)
	tacits, err := b.fillTacit()
	if err != nil {
		return nil, err
	}
	first := rows{runs: {{name: "true", args: []string{b.nothing}, dir: b.work}}}
	others := rows{}
	for _, p := range peers {
		r, err := b.fillPeer(p)
		if err != nil {
			b.missing = append(b.missing, p.name+": "+err.Error())
			continue
		}
		to := others
		if p.name == "age" {
			to = first
		}
		for group, commands := range r {
			to[group] = append(to[group], commands...)
		}
	}
	var sections []section
	for _, s := range groups {
		say("measuring: %s", s.title)
		commands := append(append(first[s.key], tacits[s.key]...), others[s.key]...)
		s.rows = measure(commands, b.rounds, b.env)
		sections = append(sections, s)
	}
	return sections, nil
}

func (b *bench) fillPeer(p peer) (rows, error) {
	version, err := p.have(b)
	if err != nil {
		return nil, err
	}
	say("filling %s", p.name)
	r, err := p.fill(b)
	if err == nil {
		b.versions = append(b.versions, strings.TrimSpace(p.name+" "+version))
	}
	return r, err
}

// groups are the sections of the comparison.
var groups = []section{
	{key: get, title: "Get one secret"},
	{key: set, title: "Set one secret"},
	{key: runs, title: "Run a program with secrets", note: "The program is `true`, which the first row starts alone."},
	{key: list, title: "List the names"},
	{key: complete, title: "Complete a name"},
}

// say tells on standard error what takes its time.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
