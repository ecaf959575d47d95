package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A command in advice stands at the beginning of it, or behind what leads to it.
var (
	named  = regexp.MustCompile(`(?:^"|[;:,>] |or |then |one, )tacit ([a-z]+)`)
	quoted = regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`)
)

// wantCommands fails the test where a text names a command that there is not.
func wantCommands(t *testing.T, text string) {
	t.Helper()
	commands := allCommands(nil)
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if findIn(commands, m[1]) == nil {
			t.Errorf("there is no command %s: %s", m[1], text)
		}
	}
}

// What verify and doctor advise is to be had: each command that they name.
func TestRemediesNameCommands(t *testing.T) {
	root := filepath.Join("..", "vault")
	seen := 0
	for _, path := range []string{
		filepath.Join(root, "health", "shell.go"), filepath.Join(root, "health", "database.go"), filepath.Join(root, "health", "slots.go"), filepath.Join(root, "health", "memory.go"),
		"doctor.go", "doctor_agent.go", "doctor_around.go", "doctor_keys.go", "doctor_mend.go", "doctor_vault.go",
	} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range quoted.FindAllString(string(b), -1) {
			seen += len(named.FindAllString(text, -1))
			wantCommands(t, text)
		}
	}
	if seen < 10 {
		t.Errorf("%d commands are named", seen)
	}
}

// A remedy is run as it stands: it names the vault and the memory that the
// command line named, and no others.
func TestRemedyNamesVault(t *testing.T) {
	home := t.TempDir()
	here := filepath.Join(home, "tacit", "default")
	if err := os.MkdirAll(here, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ vault, state, text, want string }{
		{"", "", "tacit doctor --fix", "tacit doctor --fix"},
		{here, "", "tacit doctor --fix", "tacit doctor --fix"},
		{"my vault", "", "tacit doctor --fix", "tacit --vault 'my vault' doctor --fix"},
		{"v", "s t", "tacit key add recovery", "tacit --vault v --state 's t' key add recovery"},
		{"v", "", "compare the pin (tacit status shows it), and if it is right: tacit trust", "compare the pin (tacit --vault v status shows it), and if it is right: tacit --vault v trust"},
		{"v", "", "tacit rescue DIR --to NEW", "tacit rescue v --to NEW"},
		{"", "", "chmod -R go-rwx DIR", "chmod -R go-rwx " + here},
		{"v", "", "move the vault to a local disk, then: tacit trust --vault DIR", "move the vault to a local disk, then: tacit trust --vault DIR"},
		{"v", "", "run tacit in the desktop session", "run tacit in the desktop session"},
		{"v", "s", "tacit restore --vault /x FILE; tacit trust --forget /x", "tacit --state s restore --vault /x FILE; tacit --state s trust --forget /x"},
		{"v", "s", "unset X; tacit help environment lists them", "unset X; tacit help environment lists them"},
		{"", "s", "tacit status remembers it; --state DIR names another", "tacit --state s status remembers it; --state DIR names another"},
	} {
		app := New()
		app.Getwd = func() (string, error) { return home, nil }
		app.Env = func(name string) string { return map[string]string{"XDG_DATA_HOME": home}[name] }
		s := &session{App: app, globals: globals{vault: c.vault, state: c.state}}
		if got := s.remedies()(c.text); got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.vault, c.state, got, c.want)
		}
	}
}
