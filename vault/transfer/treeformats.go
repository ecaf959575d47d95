package transfer

import (
	"errors"
	"io"
	"strconv"
	"strings"
)

// WriteYAML writes a line NAME: value for each item, in their order: text as a
// string in double quotes, JSON in YAML's flow style, bytes as !!binary. What it
// writes means the same to YAML 1.1, to 1.2 and to [ReadYAML]. JSON with a key
// twice in one object, or with half a surrogate pair, is an error wrapping
// [ErrUnwritable] that names the secret; nothing is written then.
func WriteYAML(w io.Writer, items []Item) error {
	t := treeWriter{
		quote: escaped, null: "null", assign: ": ",
		number: func(string) error { return nil },
		binary: func(b64 []byte) string { return `!!binary "` + string(b64) + `"` },
	}
	defer func() { clear(t.Bytes()) }()
	if len(items) == 0 {
		t.WriteString("{}\n")
	}
	for _, item := range items {
		t.WriteString(yamlKey(item.Name) + ": ")
		if err := t.value(item); err != nil {
			return err
		}
		t.WriteByte('\n')
	}
	_, err := w.Write(t.Bytes())
	return err
}

// yamlKey puts a name in quotes that without them could be anything but a
// string to anybody.
func yamlKey(name string) string {
	c := name[0] | 0x20
	switch strings.ToLower(name) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return `"` + name + `"`
	}
	if 'a' <= c && c <= 'z' {
		return name
	}
	return `"` + name + `"`
}

// WriteTOML writes a line NAME = value for each item, in their order: text as a
// basic string, objects as inline tables, bytes as {"$base64" = "…"}. TOML has no
// null, no key twice, no integer over 64 bits and no number beyond a float's
// range: these are errors wrapping [ErrUnwritable], and nothing is written.
func WriteTOML(w io.Writer, items []Item) error {
	t := treeWriter{
		quote: escaped, assign: " = ", number: tomlNumber,
		binary: func(b64 []byte) string { return `{"$base64" = "` + string(b64) + `"}` },
	}
	defer func() { clear(t.Bytes()) }()
	for _, item := range items {
		t.WriteString(item.Name + " = ")
		if err := t.value(item); err != nil {
			return err
		}
		t.WriteByte('\n')
	}
	_, err := w.Write(t.Bytes())
	return err
}

func tomlNumber(literal string) error {
	var err error
	if strings.ContainsAny(literal, ".eE") {
		_, err = strconv.ParseFloat(literal, 64)
	} else {
		_, err = strconv.ParseInt(literal, 10, 64)
	}
	if err != nil {
		return errors.New("a number that the format cannot hold")
	}
	return nil
}

// WriteShell writes a line export NAME='value' for each item, in their order, for
// a POSIX shell to source. JSON is written as its compact text. Names that are no
// shell variables, bytes, and text with a NUL in it are errors wrapping
// [ErrUnwritable], and nothing is written.
func WriteShell(w io.Writer, items []Item) error {
	var b strings.Builder
	for _, item := range items {
		if c := item.Name[0]; '0' <= c && c <= '9' || strings.Contains(item.Name, "-") {
			return fail(ErrUnwritable, 0, "%s: a shell has no variable of that name", item.Name)
		}
		value, err := lineText(item, "a shell variable")
		if err != nil {
			return err
		}
		b.WriteString("export " + item.Name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
