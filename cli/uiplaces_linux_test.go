package cli

import (
	"path/filepath"
	"testing"
)

// The screen goes on with another environment, another vault of this machine, and back. What
// is asked for is that of the vault that is shown; one that was never trusted shows no name.
func TestUIPlaces(t *testing.T) {
	t.Parallel()
	dev, staging := canary(), canary()
	p := newProject(t, map[string]map[string]string{"dev": {"DB": dev, "DEV_ONLY": "x"}, "staging": {"DB": staging}})
	strange := filepath.Join(p.home, "app", ".tacit.strange")
	state := filepath.Join(p.home, "elsewhere")
	mustRun(t, tacit(t, p.home, "init", "--vault", strange, "--state", state))
	mustRun(t, tacit(t, p.home, "generate", "STRANGE_NAME", "--vault", strange, "--state", state))
	p.begins("TACIT_ENV=dev tacit ui --show-for 30m --idle 1h")
	p.seesNow("app @dev")
	p.seesNow("2 of 2 names")
	for _, c := range []struct{ search, where, sees string }{
		{"staging", "app @staging", "1 of 1 names"},
		{"vault", "~/vault", "No secrets yet."},
		{"strange", "strange @strange", "UNTRUSTED"},
		{"staging", "app @staging", "> DB"},
	} {
		p.presses("@")
		p.seesNow("› vaults")
		p.presses(c.search)
		p.seesNow("search > " + c.search)
		p.presses("Enter")
		p.seesNow(c.where)
		p.seesNow(c.sees)
		p.losesNow("DEV_ONLY")
		p.losesNow("STRANGE_NAME")
	}
	p.presses("C-o")
	p.seesNow(staging)
	p.presses("q")
	p.seesNow("> DB")
	p.presses("@")
	p.seesNow("@staging  shown")
	p.presses("d", "e", "v", "Enter")
	p.seesNow("app @dev")
	p.seesNow("2 of 2 names")
	p.presses("C-o")
	p.seesNow(dev)
	p.presses("q")
	p.seesNow("2 of 2 names")
	p.presses("C-c")
	p.ends("0", dev, staging, "DEV_ONLY", "STRANGE_NAME")
}
