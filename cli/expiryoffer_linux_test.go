package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A certificate or token tells when it ends: whoever is asked keeps that or not. The
// passphrase is asked for behind that.
func TestExpiryIsOffered(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	const phrase = "correct horse battery staple"
	phrases := filepath.Join(home, "phrase")
	if err := os.WriteFile(phrases, []byte(phrase), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, tacit(t, home, "init", "--passphrase-file", phrases))
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE5MzYwMDAwMDB9.c2ln"
	for name, answer := range map[string]string{"KEPT": "", "LEFT": "n"} {
		d := converse(t, tacit(t, home, "set", name))
		d.until("Value of " + name + ": ")
		d.say(token)
		d.until(name + ` is a token that ends on 2031-05-08\. Keep that as its expiry\? \[Y/n\] `)
		d.say(answer)
		d.until("Passphrase: ")
		d.say(phrase)
		if _, before := d.until("stored " + name + ", version 1"); strings.Contains(before, "from-value") {
			t.Errorf("%s: %s", name, before)
		}
		listed := mustRun(t, tacit(t, home, "ls", "--json", name))
		if strings.Contains(listed, "2031-05-08T09:46:40Z") != (name == "KEPT") {
			t.Errorf("%s: %s", name, listed)
		}
	}
}
