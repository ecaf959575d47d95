package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The groups of commands. Each is measured in a run of its own.
const (
	get      = "get"
	set      = "set"
	runs     = "run"
	list     = "ls"
	complete = "completion"
)

// rows are the commands that somebody has for each group.
type rows map[string][]command

// A peer is what people use for secrets today.
type peer struct {
	name     string
	programs []string // all of them are needed
	install  []string // the command that installs them; the first word may be "go", which installs into b.bin
	why      string   // why it cannot be installed
	version  []string // what prints the version
	fill     func(b *bench) (rows, error)
}

// peers are in the order of the tables. age comes first: ratios are to it.
var peers = []peer{
	{
		name: "age", programs: []string{"age", "age-keygen"}, version: []string{"age", "--version"}, fill: fillAge,
		install: []string{"go", "install", "filippo.io/age/cmd/age@v1.3.2", "filippo.io/age/cmd/age-keygen@v1.3.2"},
	},
	{
		name: "sops", programs: []string{"sops", "age-keygen"}, version: []string{"sops", "--version"}, fill: fillSOPS,
		install: []string{"go", "install", "github.com/getsops/sops/v3/cmd/sops@v3.13.3"},
	},
	{
		name: "pass", programs: []string{"pass", "gpg"}, version: []string{"dpkg-query", "-Wf", "${Version}", "pass"}, fill: fillPass,
		install: []string{"apt-get", "install", "-y", "-qq", "pass", "gnupg"},
	},
	{
		name: "gopass", programs: []string{"gopass", "pass", "gpg"}, version: []string{"dpkg-query", "-Wf", "${Version} of Debian, by aviau", "gopass"}, fill: fillGopass,
		install: []string{"apt-get", "install", "-y", "-qq", "gopass"},
	},
	{
		name: "keepassxc-cli", programs: []string{"keepassxc-cli"}, version: []string{"keepassxc-cli", "--version"}, fill: fillKeePassXC,
		install: []string{"apt-get", "install", "-y", "-qq", "keepassxc"},
	},
	{
		name: "dotenvx", programs: []string{"dotenvx", "node"}, version: []string{"dotenvx", "--version"}, fill: fillDotenvx,
		install: []string{"npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", "@dotenvx/dotenvx@2.38.2"},
	},
	{
		name: "passage", programs: []string{"passage", "age"}, why: "not packaged: Debian has a game of that name",
	},
}

// have finds the peer's programs, or installs them, and gives its version.
func (p peer) have(b *bench) (string, error) {
	if p.why != "" {
		return "", fmt.Errorf("%s", p.why)
	}
	if missing := b.lacks(p.programs); missing != "" {
		if b.noInstall {
			return "", fmt.Errorf("%s is not installed", missing)
		}
		if err := b.install(p.install); err != nil {
			return "", err
		}
		if missing := b.lacks(p.programs); missing != "" {
			return "", fmt.Errorf("%s is not there after %s", missing, strings.Join(p.install, " "))
		}
	}
	if p.install[0] == "go" {
		if err := b.layAll(p.programs); err != nil {
			return "", err
		}
	}
	program, err := b.find(p.version[0])
	if err != nil {
		return "", err
	}
	cmd := exec.Command(program, p.version[1:]...)
	cmd.Env = b.env
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(p.version, " "), err)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return strings.TrimPrefix(first, p.name+" "), nil
}

// install runs what installs a peer: Go's into the folder of programs, npm's beside it.
func (b *bench) install(words []string) error {
	say("%s", strings.Join(words, " "))
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = b.work
	cmd.Env = append(os.Environ(), "GOBIN="+b.bin, "CGO_ENABLED=0", "GOFLAGS=", "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, lastLines(string(out)))
	}
	return nil
}

// lacks is the first program that is not there.
func (b *bench) lacks(programs []string) string {
	for _, program := range programs {
		if _, err := b.find(program); err != nil {
			return program
		}
	}
	return ""
}

// find is the path of a program: what was installed for the run, or is on the PATH.
func (b *bench) find(program string) (string, error) {
	for _, dir := range []string{b.bin, filepath.Join(b.work, "node_modules", ".bin")} {
		if path := filepath.Join(dir, program); isFile(path) {
			return path, nil
		}
	}
	return exec.LookPath(program)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// command is a peer's command. Its first word is looked for.
func (b *bench) command(name string, args ...string) command {
	path, err := b.find(args[0])
	if err != nil {
		path = args[0] // starting it says so
	}
	return command{name: name, args: append([]string{path}, args[1:]...), dir: b.work}
}

// do runs a command that prepares something, and gives its standard output.
func (b *bench) do(stdin string, args ...string) (string, error) {
	c := b.command("", args...)
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = b.work, b.env, strings.NewReader(stdin)
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, cmp.Or(lastLines(failure.String()), lastLines(string(out))))
	}
	return string(out), nil
}
