package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// LastWords is where the standard logger of this process writes to. tacit logs
// nothing; but where the system denies Badger what it never expects to be
// denied, a page of a mapped file or the list of a folder, Badger logs that and
// ends the process, and nobody can stop it. What it says then takes the shape
// of an error of ours, with its exit code.
func LastWords(w io.Writer) io.Writer { return lastWords{w, os.Exit} }

type lastWords struct {
	w    io.Writer
	exit func(code int)
}

func (l lastWords) Write(p []byte) (int, error) {
	exit := exitOther
	err := errorText(p)
	if isDiskFull(err) || isReadOnly(err) {
		exit = exitDisk
	}
	fmt.Fprintf(l.w, "tacit: the database gave up: %s\n", printable(err.Error()))
	fmt.Fprintln(l.w, "  try: tacit verify; a change that was under way may be there or not, whole or not at all")
	l.exit(exit)
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
