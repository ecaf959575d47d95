package failure

import (
	"fmt"
	"slices"
	"strings"
)

// Text is what an error says, in one line: errors.Join puts a newline between two errors,
// which would be shown as a character that a terminal obeys.
func Text(err error) string {
	text := err.Error()
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		parts := e.Unwrap()
		was, is := make([]string, len(parts)), make([]string, len(parts))
		for i, part := range parts {
			was[i], is[i] = part.Error(), Text(part)
		}
		if text == strings.Join(was, "\n") {
			return strings.Join(is, "; ")
		}
		for i := range parts {
			text = strings.Replace(text, was[i], is[i], 1)
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil && inner.Error() != "" {
			text = strings.Replace(text, inner.Error(), Text(inner), 1)
		}
	}
	return text
}

// Said is a sentence for one line of a terminal.
func Said(format string, args ...any) string { return Pasteable(said(format, args)) }

// said is fmt.Sprintf, with errors that were joined in one line.
func said(format string, args []any) string {
	args = slices.Clone(args)
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			if text := Text(err); text != err.Error() {
				args[i] = text
			}
		}
	}
	return fmt.Sprintf(format, args...)
}
