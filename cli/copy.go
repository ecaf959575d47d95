package cli

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

	"github.com/tacit-vault/tacit/vault"
)

type copyOptions struct {
	name  string
	with  string
	osc52 bool
	line  string
	clear string
}

func copyCommand(s *session) *command {
	var o copyOptions
	return &command{
		name: "copy", group: groupUse, args: "NAME", min: 1, max: 1, tooMany: func() error {
			return usage("copy takes one NAME, for the clipboard").hinted("tacit cp FROM TO stores a secret under another name too")
		},
		short: "copy a secret to the clipboard, and clear it later",
		long: `Copies the value of NAME, exactly as it was stored, to the clipboard. After 45
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
		example: `tacit copy API_KEY
tacit copy API_KEY --clear 10s
tacit copy LOGIN --line 1
tacit copy API_KEY --osc52`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.StringFlag{Name: "clear", Value: "45s", Usage: "clear it after `DURATION`, or never", Destination: &o.clear},
			&urfave.StringFlag{Name: "line", Usage: "copy line `N` alone, without its newline", Destination: &o.line, Action: given("--line")},
			&urfave.BoolFlag{Name: "osc52", Usage: "copy to the clipboard of the terminal", Destination: &o.osc52},
			&urfave.StringFlag{Name: "with", Usage: "copy with `TOOL`: " + strings.Join(clipboardNames, ", "), Destination: &o.with, Action: given("--with")},
		},
		run: func(ctx context.Context, args []string) error {
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
		return 0, usage("--clear takes a duration up to 24h, or never, not %s", printable(o.clear)).hinted("--clear 45s")
	}
	return d, nil
}

func runCopy(ctx context.Context, s *session, o copyOptions) error {
	after, err := o.after()
	if err != nil {
		return err
	}
	line := 0
	if o.line != "" {
		if line, err = strconv.Atoi(o.line); err != nil || line < 1 {
			return usage("--line takes a number from 1, not %s", printable(o.line)).hinted("--line 1")
		}
	}
	if o.osc52 {
		if o.with != "" && o.with != terminalClipboard {
			return usage("--osc52 and --with: give one of them")
		}
		o.with = terminalClipboard
	}
	c, err := s.findClipboard(ctx, o.with)
	if err != nil {
		return err
	}
	secret, err := s.readOne(ctx, o.name)
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
	if done.PID, err = s.place(ctx, c, value, after); err != nil {
		return err
	}
	return s.copied(done)
}

// readOne reads a secret, and closes the vault.
func (s *session) readOne(ctx context.Context, name string) (vault.Secret, error) {
	s.first(isThere("read", name))
	v, err := s.open(ctx, values)
	if err != nil {
		return vault.Secret{}, err
	}
	defer v.Close()
	return v.Read(ctx, name)
}

// clip is the value, or a line of it, where a clipboard can hold it.
func clip(secret vault.Secret, line int) ([]byte, error) {
	value := secret.Value.Reveal()
	if !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
		return nil, fault(vault.InvalidValue, "copy %s: the value is no text, and a clipboard holds text", secret.Name).
			hinted("tacit get %s | base64, say", secret.Name)
	}
	if line == 0 {
		return value, nil
	}
	lines := bytes.Split(bytes.TrimSuffix(value, []byte("\n")), []byte("\n"))
	if line > len(lines) {
		return nil, fault(vault.InvalidValue, "copy %s: there is no line %d, there are %d", secret.Name, line, len(lines))
	}
	return bytes.TrimSuffix(lines[line-1], []byte("\r")), nil
}

// place copies the value. What will clear it is there before.
func (s *session) place(ctx context.Context, c clipboard, value []byte, after time.Duration) (pid int, err error) {
	var cleans *cleaner
	if after > 0 {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		cleans, err = s.startCleaner(ctx, clearing{Clipboard: c, After: after, Key: key, Sum: keyedSum(key, value), Multiplexer: s.multiplexer()})
		if err != nil {
			return 0, err
		}
		pid = cleans.process.Pid
	}
	if c.Name == terminalClipboard {
		err = s.copyToTerminal(ctx, value)
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
func (s *session) copied(done copyJSON) error {
	if s.json {
		return s.writeJSON(done)
	}
	what := "copied " + done.Name + " with " + done.With
	if done.With == terminalClipboard {
		what = "sent " + done.Name + " to the terminal, which copies it if it can"
	}
	if done.Clear == "never" {
		s.note("%s; it stays there", what)
	} else {
		s.note("%s; it is cleared in %s", what, done.Clear)
	}
	return nil
}
