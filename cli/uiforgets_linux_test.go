package cli

import (
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Whatever is done with values, of each kind, by an agent or without, tacit keeps none of
// them: those that it has itself are wiped at once, and what libraries have copied is
// scrubbed as soon as nobody presses a key.
func TestUIForgets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  string
		agent bool
	}{
		"text": {"text", false}, "JSON": {"json", false}, "bytes": {"bytes", false},
		"text, by an agent": {"text", true}, "JSON, by an agent": {"json", true}, "bytes, by an agent": {"bytes", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remembers(t, c.kind, c.agent)
		})
	}
}

func remembers(t *testing.T, kind string, agent bool) {
	secret := func() string {
		value := canary() + canary()
		if kind == "json" {
			value = `{"a":"` + value + `"}`
		}
		return value
	}
	before, now, edited, typed := secret(), secret(), secret(), secret()
	p := newShown(t, nil)
	uri := "otpauth://totp/x?secret=" + strings.Repeat("GEZDGNBVGY3TQOJQ", 4)
	for _, value := range []string{before, now} {
		set := tacit(t, p.home, "set", "A", "--as", kind)
		set.Stdin = strings.NewReader(value)
		mustRun(t, set)
	}
	set := tacit(t, p.home, "set", "CODE")
	set.Stdin = strings.NewReader(uri)
	mustRun(t, set)
	if agent {
		mustRun(t, tacit(t, p.home, "unlock", "--ttl", "1h"))
		t.Cleanup(func() { _ = tacit(t, p.home, "lock").Run() })
	}
	mustWriteFile(t, filepath.Join(p.home, "edited"), edited)
	p.begins("EDITOR='cp edited' tacit ui --show-for 30m --idle 1h")
	p.seesNow("2 of 2 names")
	keeps := p.processOf("tacit")
	values := []string{uri}
	for _, value := range []string{before, now, edited, typed} {
		in64 := base64.StdEncoding.EncodeToString([]byte(value))
		values = append(values, value, in64[:len(in64)-4], hex.EncodeToString([]byte(value)))
	}
	forgets := func(what string) {
		t.Helper()
		var found []string
		for range soon {
			if found = whereabouts(t, keeps, values); len(found) == 0 {
				return
			}
		}
		t.Errorf("after %s a value stays in memory:\n%s", what, strings.Join(found, "\n"))
	}
	page := func(key, sees, back string) {
		t.Helper()
		p.presses(key)
		p.seesNow(sees)
		p.presses("q")
		p.seesNow(back)
	}
	page("C-o", now, "> A")
	forgets("a page from the list")
	p.presses("Enter")
	p.seesNow("> 2 current")
	page("x", now, "> 2 current")
	forgets("a page")
	page("d", "- "+before[:8], "> 2 current")
	forgets("a comparison of versions")
	page("Q", "version 2", "> 2 current")
	forgets("a QR code")
	p.presses("Down")
	page("x", before, "> 1")
	forgets("a page of an older version")
	p.presses("Up", "c")
	p.seesNow("cleared in")
	forgets("a copy")
	p.presses("e")
	p.seesNow("> 3 current")
	forgets("an edit")
	if kind == "text" { // others cannot be typed
		p.presses("n")
		p.seesNow("Value of A")
		p.says(typed)
		p.seesNow("> 4 current")
		forgets("a new value")
	}
	p.presses("Escape")
	p.seesNow("2 of 2 names")
	p.presses("Down", "Enter")
	p.seesNow("CODE")
	p.seesNow("> 1 current")
	page("o", "hidden in", "> 1 current")
	forgets("a one-time code")
	if err := unix.Kill(keeps, 0); err != nil {
		t.Error("what is looked at is none")
	}
	p.presses("C-c")
	p.ends("0", before, now, edited, typed)
}
