package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pane is a shell in tmux, on a screen of its own: what is seen there is what a
// person would see.
type pane struct {
	t      *testing.T
	socket string
}

func newPane(t *testing.T, home string) *pane {
	t.Helper()
	foreignTool(t, "tmux")
	p := &pane{t, filepath.Join(t.TempDir(), "tmux")}
	shell := tacit(t, home)
	cmd := exec.Command("tmux", "-S", p.socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "50",
		"env PS1='<ready> ' HISTFILE=/dev/null bash --noprofile --norc -i")
	cmd.Dir, cmd.Env = home, append(shell.Env, "LANG=C.UTF-8", "TERM=xterm")
	mustRun(t, cmd)
	t.Cleanup(p.end)
	p.do("set-option", "-g", "history-limit", "5000")
	p.sees("<ready>")
	return p
}

func (p *pane) do(args ...string) string {
	p.t.Helper()
	return mustRun(p.t, exec.Command("tmux", append([]string{"-S", p.socket}, args...)...))
}

// end ends the shell, with tmux, and waits until it has.
func (p *pane) end() {
	_ = exec.Command("tmux", "-S", p.socket, "kill-server").Run()
	for range moments {
		if exec.Command("tmux", "-S", p.socket, "list-sessions").Run() != nil {
			return
		}
	}
}

// screen is all that is and was to be seen, wrapped lines joined.
func (p *pane) screen() string {
	p.t.Helper()
	return p.do("capture-pane", "-p", "-J", "-S", "-")
}

// sees waits until a text is on the screen.
func (p *pane) sees(text string) {
	p.t.Helper()
	for range moments {
		if strings.Contains(p.screen(), text) {
			return
		}
	}
	p.t.Fatalf("%q did not appear: %s", text, p.screen())
}

// says types a line.
func (p *pane) says(line string) {
	p.t.Helper()
	p.do("send-keys", "-l", line)
	p.do("send-keys", "Enter")
}

// pastes gives the terminal a text at once; marked, as a terminal does that was
// asked to, or as one does that cannot.
func (p *pane) pastes(text string, marked bool) {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "buffer")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.do("load-buffer", "-b", "text", path)
	args := []string{"paste-buffer", "-d", "-b", "text"}
	if marked {
		args = append(args, "-p")
	}
	p.do(args...)
}

// The first hour with a passphrase vault, at a terminal: two prompts in init and none
// after, and nothing of what is pasted or typed ahead is shown, cut or run.
func TestFirstHour(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	p := newPane(t, home)
	t.Cleanup(func() { _ = tacit(t, home, "lock").Run() })
	pem := "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n", 27) + "-----END PRIVATE KEY-----\n"
	token := strings.Repeat("tok3n0123", 1000)

	p.says("tacit init; echo made $?")
	p.sees("New passphrase (empty: one is made for you): ")
	p.says(firstPhrase)
	p.sees("Once more: ")
	p.says(firstPhrase)
	p.sees("[Y/n]")
	p.says("")
	p.sees("made 0")

	p.says("tacit set TLS_KEY; echo key $?")
	p.sees("Value of TLS_KEY: ")
	p.pastes(pem, true)
	p.sees("Enter ends it)")
	p.says("")
	p.sees("key 0")

	p.says("tacit set TOKEN; echo token $?")
	p.sees("Value of TOKEN: ")
	p.pastes(token+"\n", false)
	p.sees("token 0")

	// Several lines, on a terminal that does not mark them: at the question, and before it.
	p.says("tacit set SEVERAL; echo several $?")
	p.sees("Value of SEVERAL: ")
	p.pastes("s3cret-line\ntouch ran\ntouch ran\n", false)
	p.sees("several 4")
	waits := filepath.Join(home, "waits")
	if err := syscall.Mkfifo(waits, 0o600); err != nil {
		t.Fatal(err)
	}
	p.says("stty -echo; cat waits; tacit set AHEAD; echo ahead $?; stty echo")
	before, err := os.OpenFile(waits, os.O_WRONLY, 0) // once cat is running
	if err != nil {
		t.Fatal(err)
	}
	p.pastes("s3cret-line\ntouch ran\ntouch ran\n", false)
	before.Close()
	p.sees("ahead 4")

	p.says("tacit run -- sh -c 'echo ${#TOKEN} characters'")
	p.sees("9000 characters")
	p.says("tacit get TLS_KEY | cksum; tacit ls; echo end $?")
	p.sees("end 0")

	for name, want := range map[string]string{"TLS_KEY": pem, "TOKEN": token} {
		if got := mustRun(t, tacit(t, home, "get", name, "--no-input")); got != want {
			t.Errorf("%s: %d bytes of %d", name, len(got), len(want))
		}
	}
	if got := mustRun(t, tacit(t, home, "ls")); got != "TLS_KEY\nTOKEN\n" {
		t.Errorf("secrets: %q", got)
	}
	if _, err := os.Stat(filepath.Join(home, "ran")); err == nil {
		t.Error("the shell ran what was pasted")
	}
	seen := p.screen()
	for _, secret := range []string{firstPhrase, "MIIEvQ", "tok3n", "s3cret", "touch ran"} {
		if strings.Contains(seen, secret) {
			t.Errorf("%q is to be seen", secret)
		}
	}
	prompts := strings.Count(seen, "New passphrase") + strings.Count(seen, "Once more:") + strings.Count(seen, "Passphrase:")
	t.Logf("%d prompts for a passphrase\n%s", prompts, seen)
	if prompts != 2 {
		t.Errorf("%d prompts for a passphrase", prompts)
	}
}
