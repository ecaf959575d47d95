package cli

import (
	"regexp"
	"strings"
	"testing"
)

// What people see at a terminal of status, history, doctor, verify and expiring.
func TestScreens(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	for _, line := range []string{"set OLD --expires 2020-01-02", "set OLD", "set NEXT --expires 5d", "set GONE"} {
		set := tacit(t, home, strings.Fields(line)...)
		set.Stdin = strings.NewReader("value of " + line)
		mustRun(t, set)
	}
	mustRun(t, tacit(t, home, "rm", "GONE"))
	for line, want := range map[string]string{
		"status": `^HOME/vault  ok
  2 secrets, 1 \[EXPIRED\], 1 within 30 days
  opened by  identity \(age\)
  changed    \d+[smh] ago, commit 6
  backed up  \[NEVER\]  try: tacit backup FILE
$`,
		"status --long": `^vault     HOME/vault\nid        [0-9a-f]+\npin       (.*\n)+slots     identity`,
		"history OLD": `^VERSION    CHANGED  +SIZE  KIND  EXPIRES +LABELS
2 current  \d+[smh] +16 B  text  \[EXPIRED\] \d+[dy] ago  -
1          \d+[smh] +37 B  text  \[EXPIRED\] \d+[dy] ago  -
$`,
		"history GONE": `^VERSION    CHANGED  +SIZE  KIND  EXPIRES  LABELS
2 deleted  \d+[smh] +0 B  gone  -        -
1          \d+[smh] +17 B  text  -        -
$`,
		"doctor": `^advice     slots: the vault has one key slot, .*
           mend: tacit key add recovery
advice     slots: no key was .*
           mend: tacit key drill
ok         \d+ other checks
$`,
		"verify":   `^ok: 2 secrets in 5 versions read, at commit 6\n`,
		"expiring": "^NAME  EXPIRES +STATE\nOLD   2020-01-02T00:00:00Z  \\[EXPIRED\\] \\d+[dy] ago\nNEXT  .*Z  in 4d !\n$",
	} {
		got := strings.ReplaceAll(onTerminal(t, tacit(t, home, strings.Fields(line)...)), home, "HOME")
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s:\n%s", line, got)
		}
	}
	if got := onTerminal(t, tacit(t, home, "find", "od")); !strings.Contains(got, "no name has od in it; these have its characters in their order\n") || !strings.Contains(got, "OLD\n") {
		t.Errorf("what is similar:\n%s", got)
	}
	mustRun(t, tacit(t, home, "backup", "vault.bak"))
	if got := onTerminal(t, tacit(t, home, "status")); !regexp.MustCompile(`(?m)^  backed up  \d+[smh] ago$`).MatchString(got) {
		t.Errorf("after a backup:\n%s", got)
	}
	mustRun(t, tacit(t, home, "unlock", "--ttl", "1h"))
	t.Cleanup(func() { _ = tacit(t, home, "lock").Run() })
	if got := onTerminal(t, tacit(t, home, "status")); !regexp.MustCompile(`(?m)^  opened by  agent, [1-5]?\dm left; identity \(age\)$`).MatchString(got) {
		t.Errorf("with an agent:\n%s", got)
	}
}
