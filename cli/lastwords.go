package cli

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/tacit-vault/tacit/vault"
)

// LastWords is where the standard logger of this process, which runs the command
// line args, writes to. tacit logs nothing; but where the system denies Badger what it never expects to be
// denied, a page of a mapped file or the list of a folder, Badger logs that and
// ends the process, and nobody can stop it. What it says then takes the shape
// of an error of ours, with its exit code, and under --json of an object.
func LastWords(w io.Writer, args []string) io.Writer { return lastWords{w, args, os.Exit} }

type lastWords struct {
	w    io.Writer
	args []string
	exit func(code int)
}

func (l lastWords) Write(p []byte) (int, error) {
	err := errorText(p)
	f := &failure{
		code: string(vault.Internal), exit: exitOther, message: "the database gave up: " + err.Error(),
		hint: "tacit verify; a change that was under way may be there or not, whole or not at all",
	}
	if hint := openFilesHint(err); hint != "" {
		f.hint = hint
	}
	switch {
	case isDiskFull(err):
		f.code, f.exit = string(vault.NoSpace), exitDisk
	case isReadOnly(err):
		f.code, f.exit = string(vault.ReadOnly), exitDisk
	case errors.Is(err, syscall.EIO):
		f.code, f.exit = string(vault.DiskFailed), exitDisk
		f.hint = "look at the disk; " + f.hint
	}
	s := &session{App: &App{Err: l.w}}
	line, _ := parseLine(l.args, allCommands(s))
	s.json = line.has("json")
	l.exit(s.report(f))
	return len(p), nil
}

// errorText is an error that says no more than its text.
type errorText []byte

// Is tells whether the text says target: Badger flattens what it passes on.
func (e errorText) Is(target error) bool { return strings.Contains(string(e), target.Error()) }

// Error is the message, in one line, without the call stack that follows it.
func (e errorText) Error() string {
	var lines []string
	for line := range strings.Lines(string(e)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "github.com/") || strings.Contains(line, "\t") {
			break
		}
		if line != "" {
			lines = append(lines, strings.TrimPrefix(line, "err: "))
		}
	}
	return strings.Join(lines, ": ")
}
