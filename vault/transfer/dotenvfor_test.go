package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// What is written for a reader, that reader takes for what it is; what it cannot
// take is refused. The readers are the programs themselves, where they are there.
func TestDotenvFor(t *testing.T) {
	npm := os.Getenv("TACIT_TEST_NPM")
	programs := map[string][][]string{
		"node": {
			{"node", "--env-file=FILE", "-e", `console.log(JSON.stringify(process.env))`},
			{"node", "-e", `console.log(JSON.stringify(require(process.env.NPM + "/dotenv").parse(require("fs").readFileSync("FILE"))))`},
		},
		"python": {{"python3", "-c", `import dotenv, json; print(json.dumps(dotenv.dotenv_values("FILE")))`}},
		"docker": {{"python3", "-c", `import json; print(json.dumps(dict(l.split("=", 1) for l in open("FILE", newline="\n").read().split("\n") if l)))`}},
	}
	for _, reader := range DotenvReaders() {
		write, _ := WriteDotenvFor(reader)
		var kept []Item
		for _, item := range texts(difficult()) {
			err := write(&bytes.Buffer{}, []Item{item})
			if err == nil {
				kept = append(kept, item)
			} else if !errors.Is(err, ErrUnwritable) {
				t.Errorf("%s: %v", reader, err)
			}
		}
		if len(kept) < 100 {
			t.Errorf("%s: only %d can be written", reader, len(kept))
		}
		var all bytes.Buffer
		if err := write(&all, kept); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "env")
		if err := os.WriteFile(path, all.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, program := range programs[reader] {
			got := readBy(t, program, path, npm)
			wrong := 0
			for _, item := range kept {
				if want := string(item.Value.Reveal()); got != nil && got[item.Name] != want {
					if wrong++; wrong < 10 {
						t.Errorf("%s: %q is %q to %s", reader, want, got[item.Name], program[0])
					}
				}
			}
		}
	}
}

// readBy has a program read the file and print it as JSON; nil where it is not
// there.
func readBy(t *testing.T, program []string, path, npm string) map[string]string {
	t.Helper()
	args := make([]string, len(program))
	for i, arg := range program {
		args[i] = string(bytes.ReplaceAll([]byte(arg), []byte("FILE"), []byte(path)))
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "NPM=" + npm, "LC_ALL=C.UTF-8"}
	out, err := cmd.Output()
	if err != nil {
		t.Logf("%s: not tried: %v", program[0], err)
		return nil
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDotenvForRefuses(t *testing.T) {
	for reader, values := range map[string][]string{
		"docker": {"a\nb", "a\r"}, "python": {"${HOME}", "a\rb"}, "node": {"'\"`", "a\\ b\\", "a\rb"}, "compose": {`'\`, `'$HOME`, "a b\\"},
	} {
		write, known := WriteDotenvFor(reader)
		for _, value := range values {
			if err := write(&bytes.Buffer{}, []Item{{Name: "A", Value: vault.Text(value)}}); !known || !errors.Is(err, ErrUnwritable) {
				t.Errorf("%s: %q: %v", reader, value, err)
			}
		}
	}
	if _, known := WriteDotenvFor("perl"); known {
		t.Error("perl is known")
	}
}
