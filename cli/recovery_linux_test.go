package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/qrcode"
)

// A dialogue is a command at a terminal of its own, and what it has said so far.
type dialogue struct {
	t    *testing.T
	ours *os.File
	said strings.Builder
}

// converse starts a command that has a terminal for everything.
func converse(t *testing.T, cmd *exec.Cmd) *dialogue {
	t.Helper()
	ours, theirs := openPTY(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return &dialogue{t: t, ours: ours}
}

// until reads until the pattern appears, and returns its groups and what came
// before it.
func (d *dialogue) until(pattern string) (groups []string, before string) {
	d.t.Helper()
	re := regexp.MustCompile(pattern)
	if err := d.ours.SetReadDeadline(time.Now().Add(hang)); err != nil {
		d.t.Skip(err)
	}
	for buf := make([]byte, 4096); ; {
		text := strings.ReplaceAll(d.said.String(), "\r\n", "\n")
		if m := re.FindStringSubmatchIndex(text); m != nil {
			for i := 0; i < len(m); i += 2 {
				groups = append(groups, text[m[i]:m[i+1]])
			}
			d.said.Reset()
			d.said.WriteString(text[m[1]:])
			return groups, text[:m[0]]
		}
		n, err := d.ours.Read(buf)
		d.said.Write(buf[:n])
		if err != nil {
			d.t.Fatalf("%v; not %q, but %q", err, pattern, d.said.String())
		}
	}
}

func (d *dialogue) say(line string) {
	d.t.Helper()
	d.press(line + "\n")
}

// press types keys.
func (d *dialogue) press(keys string) {
	d.t.Helper()
	if _, err := d.ours.WriteString(keys); err != nil {
		d.t.Fatal(err)
	}
}

// askedWords answers the questions for two of the words, or three times with a wrong one.
func (d *dialogue) askedWords(words []string, right bool) {
	d.t.Helper()
	for range 2 {
		asked, _ := d.until(`Word (\d+): `)
		n, err := strconv.Atoi(asked[1])
		if err != nil || n < 1 || n > len(words) {
			d.t.Fatalf("asks for %q", asked[0])
		}
		if !right {
			for range 2 {
				d.say("wrong")
				d.until("That is not it")
			}
			d.say("wrong")
			d.until(`not those; nothing was changed`)
			return
		}
		d.say(strings.ToUpper(words[n-1]))
	}
}

// On a terminal the recovery words come with a QR code, two of them are asked for
// so that the paper is known to be right, and a paper that is wrong adds nothing.
func TestRecoveryOnTerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	mustRun(t, tacit(t, home, "init"))
	set := tacit(t, home, "set", "A")
	set.Stdin = strings.NewReader("a")
	mustRun(t, set)

	const shown = `^\n((?:█[ ▄▀█]*\n)+)\n  ((?:[a-z]+ ){9}[a-z]+)\n`
	for _, right := range []bool{false, true} {
		cmd := tacit(t, home, "key", "add", "recovery")
		d := converse(t, cmd)
		groups, _ := d.until(shown)
		words := strings.Fields(groups[2])
		if code, err := qrcode.Draw([]byte(strings.Join(words, "-"))); err != nil || code != groups[1] {
			t.Errorf("the code is not that of the words: %v", err)
		}
		d.askedWords(words, right)
		if err := cmd.Wait(); (err == nil) != right {
			t.Errorf("%v", err)
		}
		slots := mustRun(t, tacit(t, home, "key", "list"))
		if got := strings.Contains(slots, "recovery"); got != right {
			t.Errorf("the slots: %s", slots)
		}
		if !right {
			continue
		}
		paper := filepath.Join(home, "paper")
		if err := os.WriteFile(paper, []byte(strings.Join(words, "  ")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := mustRun(t, tacit(t, home, "get", "A", "--passphrase-file", paper)); got != "a" {
			t.Errorf("%q", got)
		}
		if os.Getenv("TACIT_TEST_QR") != "" { // for a reader of codes that is not ours
			if err := os.WriteFile(os.Getenv("TACIT_TEST_QR"), []byte(groups[1]+groups[2]+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
