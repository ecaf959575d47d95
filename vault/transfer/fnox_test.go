package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func fnoxFile(t *testing.T, text string) *Fnox {
	t.Helper()
	f, err := ReadFnox(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFnox(t *testing.T) {
	base := fnoxFile(t, `
age_key_file = "base.txt"
[providers]
age = { type = "age", recipients = ["age1x"] }
aws = { type = "aws-sm", region = "x" }
plain = { type = "plain" }
[secrets]
BASE = { provider = "age", value = "base" }
BOTH = { provider = "age", value = "base" }
[profiles.production.secrets]
BASE = { provider = "age", value = "base of production" }
`)
	local := fnoxFile(t, `
root = true
import = ["more.toml"]
default_provider = "age"
[providers.own]
type = "age"
key_file = "own.txt"
[secrets]
BOTH = { value = "local" }
OWN = { provider = "own", value = "own" }
REMOTE = { provider = "aws", value = "name" }
LOST = { provider = "nowhere", value = "x" }
CLEAR = { provider = "plain", value = "in the clear" }
ENV = { description = "from the environment" }
EMPTY = { default = "" }
PART = { provider = "age", value = "x", json_path = "a.b" }
ODD = "text"
CACHED = { provider = "aws", value = "name", sync = { provider = "age", value = "copy" } }
[profiles.production]
default_provider = "own"
[profiles.production.secrets]
BOTH = { value = "production" }
`)
	if !local.Root || len(local.Imports) != 1 || local.Imports[0] != "more.toml" {
		t.Errorf("root %v, imports %v", local.Root, local.Imports)
	}
	all := (&Fnox{}).Over(local.Over(base))
	show := func(list []FnoxSecret) string {
		var b strings.Builder
		for _, s := range list {
			fmt.Fprintf(&b, "%s %s %q %s %v %q %s\n", s.Name, s.Provider, s.Value, s.KeyFile, s.HasPlain, s.Plain, s.Unread)
		}
		return b.String()
	}
	golden(t, "fnox.default", show(all.Secrets("")))
	golden(t, "fnox.production", show(all.Secrets("production")))
	if all.KeyFile != "base.txt" || !all.HasProfile("production") || all.HasProfile("other") {
		t.Errorf("key file %s", all.KeyFile)
	}
	if show(all.Secrets("other")) != show(all.Secrets("")) {
		t.Error("a profile that there is not is not that of the top")
	}
}

func FuzzReadFnox(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.toml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add("import = [1, [2]]\nsecrets = 5\nproviders.age = 1\n[profiles]\na = 1\n")
	f.Add("[providers]\nage = { type = \"age\" }\n[secrets]\nA = { value = \"x\" }\nB.c.d = 1\n[profiles.p.secrets]\nA = { default = \"y\" }\n")
	f.Fuzz(func(t *testing.T, in string) {
		c, err := ReadFnox(strings.NewReader(in))
		if err != nil {
			isOurs(t, err)
			return
		}
		c = (&Fnox{}).Over(c.Over(c))
		for _, s := range append(c.Secrets(""), c.Secrets("p")...) {
			if s.Unread == "" && s.Provider == "" && !s.HasPlain {
				t.Fatalf("%s is nothing", s.Name)
			}
		}
	})
}

func TestFnoxErrors(t *testing.T) {
	for _, in := range []string{"secrets", "[secrets]\n[secrets]\n"} {
		if _, err := ReadFnox(strings.NewReader(in + canary)); !errors.Is(err, ErrSyntax) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", in, err)
		}
	}
}
