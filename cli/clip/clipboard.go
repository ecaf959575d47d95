package clip

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
)

// A clipboard is a program that copies what it reads from standard input.
//
// What is copied is marked as secret for clipboard managers where the program can
// do that: wl-copy --sensitive, from wl-clipboard 2.3 on, which offers
// x-kde-passwordManagerHint besides. xclip and xsel offer one kind of data at a
// time, so there is no place for the mark; nor can pbcopy set
// org.nspasteboard.ConcealedType, or PowerShell what keeps a text out of Windows'
// clipboard history. There a manager that keeps a history keeps the secret.
type clipboard struct {
	Name  string   `json:"name"`
	Copy  []string `json:"copy"`
	Paste []string `json:"paste"` // writes what is there to standard output
	Clear []string `json:"clear"` // with nothing on standard input
	Env   []string `json:"env"`   // besides ours
}

// terminalClipboard is the name of the clipboard that is the terminal's.
const terminalClipboard = "osc52"

// PowerShell is given the text as UTF-8, by a stream: its own pipes would make
// lines of it.
const (
	powershellCopy  = `$r = [IO.StreamReader]::new([Console]::OpenStandardInput(), [Text.UTF8Encoding]::new($false)); Set-Clipboard -Value $r.ReadToEnd()`
	powershellPaste = `$b = [Text.UTF8Encoding]::new($false).GetBytes([string](Get-Clipboard -Raw)); [Console]::OpenStandardOutput().Write($b, 0, $b.Length)`
	powershellClear = `Set-Clipboard -Value $null`
)

// clipboards are those that tacit can use, by name.
func clipboards() map[string]clipboard {
	return map[string]clipboard{
		"wl-copy": {
			Copy:  []string{"wl-copy", "--type", "text/plain"}, // else it has the text looked at by xdg-mime
			Paste: []string{"wl-paste", "--no-newline"}, Clear: []string{"wl-copy", "--clear"},
		},
		"xclip": {
			Copy:  []string{"xclip", "-selection", "clipboard", "-in"},
			Paste: []string{"xclip", "-selection", "clipboard", "-out"}, Clear: []string{"xclip", "-selection", "clipboard", "-in"},
		},
		"xsel": {
			Copy:  []string{"xsel", "--clipboard", "--input"},
			Paste: []string{"xsel", "--clipboard", "--output"}, Clear: []string{"xsel", "--clipboard", "--clear"},
		},
		"pbcopy": {
			Copy: []string{"pbcopy"}, Paste: []string{"pbpaste"}, Clear: []string{"pbcopy"},
			Env: []string{"LC_CTYPE=UTF-8"}, // without it they take what they get for another encoding
		},
		"powershell": {
			Copy: powershell(powershellCopy), Paste: powershell(powershellPaste), Clear: powershell(powershellClear),
		},
		terminalClipboard: {},
	}
}

func powershell(script string) []string {
	return []string{"powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script}
}

// clipboardNames are the clipboards, in the order of help.
var clipboardNames = []string{"wl-copy", "xclip", "xsel", "pbcopy", "powershell", terminalClipboard}

// noClipboard is a clipboard that cannot be had.
func noClipboard(message string) *failure.Failure {
	return &failure.Failure{Code: "no_clipboard", Exit: failure.ExitOther, Message: "copy: " + message}
}

// findClipboard takes the clipboard that the user named, or the one of where the
// user sits: of the Wayland or X session, of macOS or Windows, else, and where this
// is a machine at the other end of ssh, of the terminal.
func findClipboard(ctx context.Context, s *frame.Session, named string) (clipboard, error) {
	if named != "" {
		return namedClipboard(ctx, s, named)
	}
	why := ""
	for _, name := range likelyClipboards(s) {
		c, err := namedClipboard(ctx, s, name)
		if err == nil {
			return c, nil
		}
		if name == "wl-copy" && !errors.Is(err, exec.ErrNotFound) {
			why = failure.Explain(err).Message
		}
	}
	f := noClipboard("there is no clipboard here, and no terminal that might have one")
	f.Detail = strings.TrimPrefix(why, "copy: ")
	return clipboard{}, f.Hinted("install wl-clipboard or xclip; or {tacit get NAME}")
}

func likelyClipboards(s *frame.Session) (names []string) {
	remote := s.Env("SSH_CONNECTION") != "" || s.Env("SSH_TTY") != ""
	if s.Env("WAYLAND_DISPLAY") != "" {
		names = append(names, "wl-copy")
	}
	if s.Env("DISPLAY") != "" { // of the user's machine, where ssh forwards it
		names = append(names, "xclip", "xsel")
	}
	switch {
	case remote:
	case runtime.GOOS == "darwin":
		names = append(names, "pbcopy")
	case runtime.GOOS == "windows", s.Env("WSL_DISTRO_NAME") != "":
		names = append(names, "powershell")
	}
	return append(names, terminalClipboard)
}

func namedClipboard(ctx context.Context, s *frame.Session, name string) (clipboard, error) {
	c, ok := clipboards()[name]
	if !ok {
		return c, failure.Usage("--with knows no %s", failure.Printable(name)).Hinted("one of %s", strings.Join(clipboardNames, ", "))
	}
	c.Name = name
	if name == terminalClipboard {
		tty, err := openTerminal(s)
		if err != nil {
			return c, noClipboard("there is no terminal that could take it").Hinted("for example --with xclip, if there is a clipboard")
		}
		return c, tty.Close()
	}
	if _, err := exec.LookPath(c.Copy[0]); err != nil {
		f := noClipboard("there is no program " + c.Copy[0])
		f.Err = exec.ErrNotFound
		return c, f.Hinted("install it, or --osc52")
	}
	if name == "wl-copy" {
		return wlClipboard(ctx, s, c)
	}
	return c, nil
}

// openTerminal opens the terminal for what is no question.
func openTerminal(s *frame.Session) (*terminal.TTY, error) {
	if s.TTY == nil {
		return nil, errors.New("no terminal")
	}
	return s.TTY()
}

// wlClipboard sees to that wl-copy writes nothing to a disk: what it serves it
// keeps in a file, of /tmp up to version 2.2, of TMPDIR since.
func wlClipboard(ctx context.Context, s *frame.Session, c clipboard) (clipboard, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	version, err := exec.CommandContext(ctx, c.Copy[0], "--version").Output()
	if err != nil {
		return c, noClipboard("wl-copy does not say its version: " + err.Error())
	}
	place := system.MemoryPlace(s.Env)
	switch {
	case atLeast(version, 2, 3) && place != "":
		c.Env = []string{"TMPDIR=" + place}
	case !system.InMemory("/tmp"):
		return c, noClipboard("this wl-copy would keep the secret in a file on a disk, under /tmp").
			Hinted("wl-clipboard 2.3 or newer, a /tmp in memory, --with xclip, or --osc52")
	}
	help, err := exec.CommandContext(ctx, c.Copy[0], "--help").CombinedOutput()
	if err == nil && bytes.Contains(help, []byte("--sensitive")) {
		c.Copy = append(append([]string{}, c.Copy...), "--sensitive")
	}
	return c, nil
}

// atLeast finds a version in what a program says of itself: "wl-clipboard 2.2.1".
func atLeast(said []byte, major, minor int) bool {
	line, _, _ := strings.Cut(string(said), "\n")
	words := strings.Fields(line)
	if len(words) == 0 {
		return false
	}
	numbers := strings.Split(words[len(words)-1], ".")
	if len(numbers) < 2 {
		return false
	}
	a, errA := strconv.Atoi(numbers[0])
	b, errB := strconv.Atoi(numbers[1])
	return errA == nil && errB == nil && (a > major || a == major && b >= minor)
}

// toolTime is how long a clipboard's program may take.
const toolTime = 10 * time.Second

// run runs one of the clipboard's programs. Those that go on in the background
// keep what they have of our streams, so that they get none that anybody waits
// for.
func (c clipboard) run(ctx context.Context, argv, environ []string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(append([]string{}, environ...), c.Env...)
	cmd.Stdin, cmd.Stdout = in, out
	cmd.SysProcAttr = system.Detached()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd.Stderr = w
	err = cmd.Run()
	w.Close()
	if err == nil {
		return nil
	}
	if ctx.Err() == context.DeadlineExceeded {
		err = errors.New("it does not answer")
	}
	f := noClipboard(argv[0] + ": " + err.Error())
	_ = r.SetReadDeadline(time.Now().Add(time.Second / 10)) // what runs on has the pipe open
	said, _ := io.ReadAll(io.LimitReader(r, 1<<10))
	line, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte("\n"))
	f.Detail = string(line)
	return f.Hinted("another clipboard: --with TOOL, or --osc52")
}
