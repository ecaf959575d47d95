package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// newTeam is a shell in a vault that owns a group, with another vault in it, and a conflict
// of DB between the two. It returns the values: the one that stands, and the one that lost.
func newTeam(t *testing.T, args ...string) (p *shown, stands, lost string) {
	t.Helper()
	if err := drawer(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	mustWriteFile(t, filepath.Join(home, "phrase"), phrase+"\n")
	in := func(vault, input string, args ...string) string {
		t.Helper()
		args = append(args, "--vault", filepath.Join(home, vault))
		if vault == "vault" {
			args = append(args, "--passphrase-file", filepath.Join(home, "phrase"))
		}
		cmd := tacit(t, home, args...)
		cmd.Stdin = strings.NewReader(input)
		return mustRun(t, cmd)
	}
	in("vault", "", append([]string{"init"}, args...)...)
	in("vault", "first", "set", "DB")
	in("vault", "", "group", "create", "web", "--all", "--at", filepath.Join(home, "box"), "--label", "anna", "--no-recovery", "--yes")
	code := in("vault", "", "group", "invite", "web", "--role", "writer", "--label", "kim")
	in("kim", "", "init")
	in("kim", code, "join", "--code-file", "-", "--label", "kim")
	for _, vault := range []string{"vault", "kim"} {
		in(vault, "", "sync")
	}
	ours, theirs := canary()+canary(), canary()+canary() // longer than what Go makes copies of on a stack
	in("kim", theirs, "set", "DB")
	in("vault", ours, "set", "DB")
	for _, vault := range []string{"vault", "kim", "vault"} {
		in(vault, "", "sync")
	}
	stands, lost = in("vault", "", "get", "DB"), ours
	if stands == ours {
		lost = theirs
	}
	return &shown{newPane(t, home), home}, stands, lost
}

// The groups of a vault, their members, and values that lost: these are shown, compared and
// taken through tacit alone, after a question.
func TestUIGroups(t *testing.T) {
	t.Parallel()
	p, stands, lost := newTeam(t)
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("Tab")
	p.seesNow("Enter unlock")
	p.presses("Enter")
	p.seesNow("Passphrase:")
	p.says(phrase)
	p.seesNow("1 group, 1 conflict")
	p.seesNow("> web    owner          1        2        1       0")
	p.presses("Enter")
	p.seesNow("› web › members")
	p.seesNow("2 members, 0 behind")
	p.seesNow("> anna    owner   this vault")
	p.seesNow("  kim     writer  -")
	p.presses("!")
	p.seesNow("Nothing wants attention.")
	p.presses("!", "C-r")
	p.seesNow("Enter goes back:")
	p.says("")
	p.seesNow("  kim     writer  -")
	p.presses("Escape")
	p.seesNow("› groups")
	p.presses("Tab")
	p.seesNow("1 name to resolve")
	p.seesNow("> DB    in use, v")
	drawing, keeps := p.processOf("tacit-ui"), p.processOf("tacit")
	p.presses("x")
	p.seesNow(stands)
	p.presses("q")
	p.seesNow("> DB    in use, v")
	p.presses("Enter")
	p.seesNow("elsewhere  kept in step by web")
	p.presses("Escape")
	p.seesNow("1 of 1 names")
	p.presses("Tab", "Tab")
	p.seesNow("> DB    in use, v")
	p.presses("Down", "x")
	p.seesNow(lost)
	p.presses("q")
	p.seesNow("> DB    1 ")
	p.presses("d")
	p.seesNow(stands)
	p.seesNow(lost)
	p.presses("q")
	p.seesNow("> DB    1 ")
	forgotten(t, drawing, keeps, stands, lost)
	p.presses("7")
	p.seesNow("DB has no value 7 in conflict")
	p.presses("1")
	p.seesNow("[y/N]")
	p.says("n")
	p.seesNow("not confirmed")
	p.seesNow("> DB    1 ")
	p.presses("1")
	p.seesNow("[y/N]")
	p.says("y")
	p.seesNow("resolved DB; the next sync tells the others")
	p.seesNow("No value lost against another.")
	if got := mustRun(t, tacit(t, p.home, "get", "DB", "--passphrase-file", filepath.Join(p.home, "phrase"))); got != lost {
		t.Error("the value that was chosen is not the one that stands")
	}
	p.presses("C-c")
	p.ends("0", stands, lost, phrase)
}

// Neither a value in conflict nor a passphrase goes over the pipe. What conflicts there are
// is not read again after a look at their values, which would be in memory again by that.
func TestUIGroupsPipe(t *testing.T) {
	t.Parallel()
	p, stands, lost := newTeam(t)
	folder := p.tees()
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("Tab")
	p.seesNow("› groups")
	p.presses("Tab")
	p.seesNow("› conflicts") // before that, Enter would be for the groups
	p.seesNow("Enter unlock")
	p.presses("Enter")
	p.seesNow("Passphrase:")
	p.says(phrase)
	p.seesNow("> DB    in use, v")
	for _, c := range []struct{ key, sees string }{{"x", stands}, {"d", lost}, {"Down", "> DB    1 "}, {"x", lost}} {
		p.presses(c.key)
		p.seesNow(c.sees)
		if c.key != "Down" {
			p.presses("q")
			p.losesNow(c.sees)
			p.seesNow("> DB ")
		}
	}
	p.presses("Enter")
	p.seesNow("elsewhere  kept in step by web")
	p.presses("C-c")
	p.ends("0", stands, lost, phrase)
	neverPiped(t, folder, stands, lost, phrase)
	told, err := os.ReadFile(filepath.Join(folder, "tacit-ui.in"))
	if n := strings.Count(string(told), `"view":"conflicts"`); err != nil || n != 2 { // while it was locked, and once after
		t.Errorf("the view was told %d times (%v)", n, err)
	}
}

// With an agent nothing of a group asks for a key. A member is removed when its label was
// typed.
func TestUIGroupsByAgent(t *testing.T) {
	t.Parallel()
	p, _, _ := newTeam(t)
	mustRun(t, tacit(t, p.home, "unlock", "--ttl", "1h", "--passphrase-file", filepath.Join(p.home, "phrase")))
	t.Cleanup(func() { _ = tacit(t, p.home, "lock").Run() })
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("unlocked by agent")
	p.presses("Tab")
	p.seesNow("> web    owner          1        2        1       0")
	p.seesNow("Tab conflicts")
	p.presses("Enter")
	p.seesNow("> anna    owner   this vault")
	p.presses("k", "i", "m")
	p.seesNow("> kim")
	for _, c := range []struct{ typed, sees string }{{"anna", "not confirmed"}, {"kim", "Enter goes back:"}} {
		p.presses(":")
		p.says("remove")
		p.seesNow("Type its label:")
		p.says(c.typed)
		p.seesNow(c.sees)
	}
	p.says("")
	p.seesNow("1 member, 0 behind")
	p.presses("C-u")
	p.presses("Escape")
	p.seesNow("› groups")
	p.presses("Escape")
	p.seesNow("1 of 1 names")
	p.presses("C-o")
	p.seesNow("DB, version")
	p.presses("q")
	p.seesNow("1 of 1 names") // before that, ^C would be a signal
	p.presses("C-c")
	p.ends("0", phrase)
}

// A vault in no group says how one begins.
func TestUINoGroup(t *testing.T) {
	t.Parallel()
	p := newShown(t, map[string]string{"A_SECRET": "value"})
	p.begins("tacit ui --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("Tab")
	p.seesNow("This vault is in no group: tacit group create NAME makes one, and tacit join enters one.")
	p.presses("Tab")
	p.seesNow("› health")
	p.presses("C-c")
	p.ends("0", "A_SECRET")
}

// A third value is written in the editor, and kept.
func TestUIThird(t *testing.T) {
	t.Parallel()
	p, stands, lost := newTeam(t)
	editor := filepath.Join(p.home, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nprintf third >\"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.begins("EDITOR=" + editor + " tacit ui --show-for 30m --idle 1h --passphrase-file ~/phrase")
	p.seesNow("1 of 1 names")
	p.presses("Tab", "Tab")
	p.seesNow("> DB    in use, v")
	p.presses("e")
	p.seesNow("[y/N]")
	p.says("y")
	p.seesNow("No value lost against another.")
	p.presses("C-c")
	p.ends("0", stands, lost)
	if got := mustRun(t, tacit(t, p.home, "get", "DB", "--passphrase-file", filepath.Join(p.home, "phrase"))); got != "third" {
		t.Errorf("it has %q", got)
	}
}

// Under ACCESSIBLE=1 the groups, their members and conflicts are listed in words, and a value
// is taken after a question.
func TestUIGroupsAccessible(t *testing.T) {
	t.Parallel()
	p, stands, lost := newTeam(t)
	d := newDialog(t, tacit(t, p.home, "ui"), "ACCESSIBLE=1")
	for _, c := range [][2]string{
		{"q to end: ", "v"},
		{"go back: ", "1"},
		{"Passphrase: ", phrase},
		{"go back: ", "1"}, // members
		{"go back: ", "kim"},
		{"go back: ", ""},
		{"go back: ", ""},
		{"q to end: ", "v"},
		{"go back: ", "2"}, // conflicts
		{"go back: ", "2"},
		{"go back: ", "1"},
		{"print it: ", "no"},
		{"go back: ", "2"},
		{"go back: ", "2"},
		{"[y/N] ", "y"},
		{"q to end: ", "q"},
	} {
		d.say(c[0], c[1])
	}
	text := d.ends()
	for _, want := range []string{
		"1: groups\n2: conflicts\n3: health\n4: vaults\n",
		"1: web, role owner, conflicts 1, members 2, secrets 1, unsent 0, as of",
		"2: kim, role writer, seen never, admitted",
		"1: kim, role writer",
		"1: DB, value in use, v",
		"2: DB, value 1, by ",
		"resolved DB; the next sync tells the others.\nNo value lost against another.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, stands) || strings.Contains(text, lost) {
		t.Errorf("a value was printed: %s", text)
	}
}

// An owner invites on the screen. The code is on a page that is erased, goes over no pipe,
// and is one by which another vault joins.
func TestUIInvites(t *testing.T) {
	t.Parallel()
	p, _, _ := newTeam(t)
	folder := p.tees()
	p.begins("tacit ui --show-for 30m --idle 1h")
	p.seesNow("1 of 1 names")
	p.presses("Tab")
	p.seesNow("Enter unlock")
	p.presses("Enter")
	p.seesNow("Passphrase:")
	p.says(phrase)
	p.seesNow("> web    owner")
	p.presses("Enter")
	p.seesNow("+ invite")
	p.presses("+")
	p.seesNow("Label of the new member")
	p.says("ci-1")
	p.seesNow("May it change secrets?")
	p.says("perhaps")
	p.seesNow("perhaps is neither yes nor no: nobody was invited")
	p.presses("+")
	p.seesNow("Label of the new member")
	p.says("ci-1")
	p.seesNow("May it change secrets?")
	p.says("y")
	p.seesNow("tacit join on the other machine")
	code := regexp.MustCompile(`tacit1:[\w-]+@` + regexp.QuoteMeta(filepath.Join(p.home, "box"))).FindString(strings.Join(strings.Fields(p.visible()), ""))
	if code == "" {
		t.Fatalf("there is no code: %s", p.visible())
	}
	p.presses("q")
	p.seesNow("invited ci-1 to web")
	p.losesNow("tacit join on the other machine")
	p.presses("C-c")
	p.ends("0", code[:40], phrase)
	neverPiped(t, folder, code, phrase)

	in := func(vault, input string, args ...string) string {
		t.Helper()
		cmd := tacit(t, p.home, append(args, "--vault", filepath.Join(p.home, vault))...)
		cmd.Stdin = strings.NewReader(input)
		return mustRun(t, cmd)
	}
	in("ci", "", "init")
	in("ci", code, "join", "--code-file", "-")
	in("vault", "", "sync", "--passphrase-file", filepath.Join(p.home, "phrase"))
	if got := in("vault", "", "group", "members", "web", "--passphrase-file", filepath.Join(p.home, "phrase")); !regexp.MustCompile(`ci-1\s+writer`).MatchString(got) {
		t.Errorf("the members are\n%s", got)
	}
}
