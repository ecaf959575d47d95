package transfer

import (
	"bytes"
	"io"
	"slices"
	"strings"
)

// dotenvReaders are for whom [WriteDotenvFor] writes: how a value is written, and
// whether it can be.
func dotenvReaders() map[string]func(value string) (quoted string, ok bool) {
	return map[string]func(value string) (quoted string, ok bool){
		"shell":   func(s string) (string, bool) { var b bytes.Buffer; quoteDotenv(&b, s); return b.String(), true },
		"node":    quoteForNode,
		"docker":  quoteForDocker,
		"compose": quoteForCompose,
		"python":  quoteForPython,
	}
}

// DotenvReaders are the names of those for whom WriteDotenvFor can write.
func DotenvReaders() []string {
	readers := dotenvReaders()
	names := make([]string, 0, len(readers))
	for name := range readers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// WriteDotenvFor writes as [WriteDotenv] does, for one reader: "shell" (WriteDotenv
// itself), "node" (dotenv of npm, and node --env-file), "docker" (docker run
// --env-file), "compose" (docker compose) or "python" (python-dotenv). A value that
// this reader would take for another is an error wrapping [ErrUnwritable] that
// names the secret.
func WriteDotenvFor(reader string) (write func(io.Writer, []Item) error, known bool) {
	quote, known := dotenvReaders()[reader]
	return func(w io.Writer, items []Item) error {
		var b bytes.Buffer
		defer func() { clear(b.Bytes()) }()
		for _, item := range items {
			value, err := lineText(item, "dotenv")
			if err != nil {
				return err
			}
			quoted, ok := quote(value)
			if !ok {
				return fail(ErrUnwritable, 0, "%s: dotenv as %s reads it has no way to hold this value", item.Name, reader)
			}
			b.WriteString(item.Name + "=" + quoted + "\n")
		}
		_, err := w.Write(b.Bytes())
		return err
	}, known
}

// quoteForNode: nothing is an escape in single quotes and backticks, and only \n
// and \r are in double ones. Every CR LF of the file, and every CR, becomes LF.
func quoteForNode(s string) (string, bool) {
	if isPlain(s) {
		return s, true
	}
	if strings.Contains(s, "\r") || strings.HasSuffix(s, `\`) {
		return "", false
	}
	for _, quote := range []string{"'", "`", `"`} {
		if !strings.Contains(s, quote) && (quote != `"` || !strings.Contains(s, `\`)) {
			return quote + s + quote, true
		}
	}
	return "", false
}

// quoteForDocker: everything behind "=" is the value, to the end of the line.
func quoteForDocker(s string) (string, bool) {
	return s, !strings.ContainsAny(s, "\r\n")
}

// quoteForCompose: single quotes hold all but themselves; a backslash before one
// escapes it. Double ones expand variables and escapes.
func quoteForCompose(s string) (string, bool) {
	switch {
	case isPlain(s):
		return s, true
	case strings.ContainsAny(s, "\r") || strings.HasSuffix(s, `\`):
		return "", false
	case !strings.Contains(s, "'"):
		return "'" + s + "'", true
	case !strings.ContainsAny(s, "\"\\$"):
		return `"` + s + `"`, true
	}
	return "", false
}

// quoteForPython: single quotes with two escapes. ${NAME} is a variable in any
// quotes.
func quoteForPython(s string) (string, bool) {
	if isPlain(s) {
		return s, true
	}
	if strings.Contains(s, "${") || strings.Contains(s, "\r") || strings.HasSuffix(s, `\`) {
		return "", false
	}
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'", true
}
