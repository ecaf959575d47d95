package clip

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

type copyOptions struct {
	name  string
	at    uint64 // a version; 0: the current one
	with  string
	osc52 bool
	line  string
	clear string
}

func CopyCommand(s *frame.Session) *cmdline.Command {
	var o copyOptions
	return &cmdline.Command{
		Name: "copy", Group: cmdline.GroupUse, Args: "NAME", Min: 1, Max: 1, TooMany: func() error {
			return failure.Usage("copy takes one NAME, for the clipboard").Hinted("{tacit cp FROM TO} stores a secret under another name too")
		},
		Short: "copy a secret to the clipboard, and clear it later",
		Long: `Copies the value of NAME, exactly as it was stored, to the clipboard. After 45
seconds tacit clears the clipboard, if the value is still there. The clipboard is
that of Wayland (wl-copy), X (xclip, xsel), macOS (pbcopy) or Windows
(PowerShell). Without one, and over ssh, it is that of your terminal (OSC 52). A
terminal does not say whether it took the value; its clipboard is cleared whatever
it holds by then.

The value goes to these programs on standard input. A clipboard manager with a
history may keep it: only wl-copy 2.3 and newer can ask it not to. tacit does not
use a wl-copy that would write to a disk. The process that clears the clipboard
knows only a keyed hash of the value; kill PID makes it clear the clipboard at
once.

With --json: {"name","version","with","clear","pid"}.`,
		Example: `tacit copy API_KEY
tacit copy API_KEY --clear 10s
tacit copy LOGIN --line 1
tacit copy API_KEY --osc52`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "clear", Value: "45s", Usage: "clear it after `DURATION`, or never", Destination: &o.clear},
			&urfave.StringFlag{Name: "line", Usage: "copy line `N` alone, without its newline", Destination: &o.line, Action: cmdline.Given("--line")},
			&urfave.BoolFlag{Name: "osc52", Usage: "copy to the clipboard of the terminal", Destination: &o.osc52},
			&urfave.StringFlag{Name: "with", Usage: "copy with `TOOL`: " + strings.Join(clipboardNames, ", "), Destination: &o.with, Action: cmdline.Given("--with")},
		},
		Run: func(ctx context.Context, args []string) error {
			o.name = args[0]
			return runCopy(ctx, s, o)
		},
	}
}

// copyJSON is what was copied.
type copyJSON struct {
	Name    string `json:"name"`
	Version uint64 `json:"version"`
	With    string `json:"with"`
	Clear   string `json:"clear"`         // a duration, or never
	PID     int    `json:"pid,omitempty"` // of the process that clears it
}

// maxClear keeps a clipboard from being forgotten by a slip.
const maxClear = 24 * time.Hour

// after is when the clipboard is to be cleared; 0 is never.
func (o copyOptions) after() (time.Duration, error) {
	if o.clear == "never" {
		return 0, nil
	}
	d, err := time.ParseDuration(o.clear)
	if err != nil || d <= 0 || d > maxClear {
		return 0, failure.Usage("--clear takes a duration up to 24h, or never, not %s", failure.Printable(o.clear)).Hinted("--clear 45s")
	}
	return d, nil
}

func runCopy(ctx context.Context, s *frame.Session, o copyOptions) error {
	after, err := o.after()
	if err != nil {
		return err
	}
	line := 0
	if o.line != "" {
		if line, err = strconv.Atoi(o.line); err != nil || line < 1 {
			return failure.Usage("--line takes a number from 1, not %s", failure.Printable(o.line)).Hinted("--line 1")
		}
	}
	if o.osc52 {
		if o.with != "" && o.with != terminalClipboard {
			return failure.Usage("--osc52 and --with: give one of them")
		}
		o.with = terminalClipboard
	}
	c, err := findClipboard(ctx, s, o.with)
	if err != nil {
		return err
	}
	secret, err := readOne(ctx, s, o.name, o.at)
	if err != nil {
		return err
	}
	defer secret.Value.Wipe()
	value, err := clip(secret, line)
	if err != nil {
		return err
	}
	done := copyJSON{Name: secret.Name, Version: secret.Version, With: c.Name, Clear: "never"}
	if after > 0 {
		done.Clear = after.String()
	}
	if done.PID, err = putOnClipboard(ctx, s, c, value, after); err != nil {
		return err
	}
	return copied(s, done)
}

// readOne reads a secret, and closes the vault.
func readOne(ctx context.Context, s *frame.Session, name string, version uint64) (vault.Secret, error) {
	if s.First(frame.IsThere("read", name)); version != 0 {
		s.Checks = []frame.Check{frame.HasVersion("read", name, version)}
	}
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return vault.Secret{}, err
	}
	defer v.Close()
	if version != 0 {
		return v.ReadVersion(ctx, name, version)
	}
	return v.Read(ctx, name)
}

// clip is the value, or a line of it, where a clipboard can hold it.
func clip(secret vault.Secret, line int) ([]byte, error) {
	value := secret.Value.Reveal()
	if !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
		return nil, failure.Fault(vault.InvalidValue, "copy %s: the value is no text, and a clipboard holds text", secret.Name).
			Hinted("{tacit get %s} | base64, say", secret.Name)
	}
	if line == 0 {
		return value, nil
	}
	lines := bytes.Split(bytes.TrimSuffix(value, []byte("\n")), []byte("\n"))
	if line > len(lines) {
		return nil, failure.Fault(vault.InvalidValue, "copy %s: there is no line %d, there are %d", secret.Name, line, len(lines))
	}
	return bytes.TrimSuffix(lines[line-1], []byte("\r")), nil
}

// putOnClipboard copies the value. What will clear it is there before.
func putOnClipboard(ctx context.Context, s *frame.Session, c clipboard, value []byte, after time.Duration) (pid int, err error) {
	var cleans *cleaner
	if after > 0 {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		cleans, err = startCleaner(ctx, s, clearing{Clipboard: c, After: after, Key: key, Sum: keyedSum(key, value), Multiplexer: multiplexer(s)})
		if err != nil {
			return 0, err
		}
		pid = cleans.process.Pid
	}
	if c.Name == terminalClipboard {
		err = copyToTerminal(ctx, s, value)
	} else {
		err = c.run(ctx, c.Copy, s.Environ(), bytes.NewReader(value), nil)
	}
	switch {
	case cleans == nil:
	case err != nil:
		cleans.end()
	default:
		cleans.begin()
	}
	return pid, err
}

// keyedSum tells a value from another, to who has the key.
func keyedSum(key, value []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(value)
	return mac.Sum(nil)
}

// copied tells what was done.
func copied(s *frame.Session, done copyJSON) error {
	if s.JSON {
		return s.WriteJSON(done)
	}
	what := "copied " + done.Name + " with " + done.With
	if done.With == terminalClipboard {
		what = "sent " + done.Name + " to the terminal, which copies it if it can"
	}
	if done.Clear == "never" {
		s.Note("%s; it stays there", what)
	} else {
		s.Note("%s; it is cleared in %s", what, done.Clear)
	}
	return nil
}
