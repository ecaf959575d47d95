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
	commands := allCommands()
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
		filepath.Join(root, "meaning.go"), filepath.Join(root, "verify.go"), filepath.Join(root, "verdict.go"),
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
	if seen < 20 {
		t.Errorf("%d commands are named", seen)
	}
}
