package cli

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// DatabaseLog is where the standard logger of this process, which runs the command
// line args, writes to. tacit logs nothing. But the system may deny Badger what it
// never expects to be denied, a page of a mapped file or the list of a folder. Then
// Badger logs that and ends the process, and nobody can stop it. What it says takes
// the shape of an error of ours, with its exit code, and under --json of an object.
func DatabaseLog(w io.Writer, args []string) io.Writer { return databaseLog{w, args, os.Exit} }

type databaseLog struct {
	w    io.Writer
	args []string
	exit func(code int)
}

func (l databaseLog) Write(p []byte) (int, error) {
	err := errorText(p)
	f := &failure.Failure{
		Code: string(vault.Internal), Exit: failure.ExitOther, Message: "the database gave up: " + err.Error(),
		Hint: failure.HintOf("{tacit verify}; a change that was under way may be there or not, whole or not at all"),
	}
	if hint := failure.OpenFilesHint(err); hint != "" {
		f.Advised(hint)
	}
	switch {
	case failure.IsDiskFull(err):
		f.Code, f.Exit = string(vault.NoSpace), failure.ExitDisk
	case failure.IsReadOnly(err):
		f.Code, f.Exit = string(vault.ReadOnly), failure.ExitDisk
	case errors.Is(err, syscall.EIO):
		f.Code, f.Exit = string(vault.DiskFailed), failure.ExitDisk
		f.Hint = "look at the disk; " + f.Hint
	}
	s := &frame.Session{App: &frame.App{Err: l.w, Env: os.Getenv}}
	line, _ := cmdline.ParseLine(l.args, allCommands(s))
	s.JSON = line.Has("json")
	l.exit(s.Report(f))
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
