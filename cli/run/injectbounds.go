package run

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/pattern"
	"github.com/tacit-vault/tacit/vault"
)

// What a template may use, whatever it does.
const (
	maxMade    = 256 << 20 // bytes that its functions make, all together
	maxRounds  = 1 << 20   // of its loops, and templates that it calls
	maxFilling = time.Minute

	// maxDepth is how deep actions lie in one another, templates that are called
	// included: each goes down with what runs it, and too deep ends the process.
	maxDepth = 10_000
)

// A meter counts what a template uses.
type meter struct {
	ctx    context.Context
	made   int // bytes
	rounds int
	depth  int
}

// charge counts n more bytes that are about to be made.
func (m *meter) charge(n int) error {
	if err := m.ctx.Err(); err != nil {
		return err
	}
	if n > maxMade-m.made {
		return failure.Fault(vault.InvalidValue, "inject: what the template makes needs more than %d bytes", maxMade)
	}
	m.made += n
	return nil
}

// may tells whether n bytes may be made, for what is charged when its size is
// known.
func (m *meter) may(n int) error {
	err := m.charge(n)
	if err == nil {
		m.made -= n
	}
	return err
}

// round counts one more.
func (m *meter) round() (string, error) {
	if err := m.ctx.Err(); err != nil {
		return "", err
	}
	if m.rounds++; m.rounds > maxRounds {
		return "", failure.Fault(vault.InvalidValue, "inject: the template's loops go round more than %d times", maxRounds)
	}
	return "", nil
}

// enter goes down into a template that is called; leave comes back up.
func (m *meter) enter(n int) (string, error) {
	if m.depth += n; m.depth > maxDepth {
		return "", failure.Fault(vault.InvalidValue, "inject: the template's actions are nested more than %d deep", maxDepth).
			Hinted("does a template call itself?")
	}
	return m.round()
}

func (m *meter) leave(n int) string {
	m.depth -= n
	return ""
}

// within makes a string of at most most bytes.
func (m *meter) within(most int, make func() (string, error)) (string, error) {
	if err := m.may(most); err != nil {
		return "", err
	}
	s, err := make()
	if err != nil {
		return "", err
	}
	return s, m.charge(len(s))
}

// functions are those of a template: text/template's own that make strings, with
// bounds, and tacit's.
func (m *meter) functions() template.FuncMap {
	// Escaping makes six bytes of one, at most.
	const escaped = 6
	escaper := func(escape func(...any) string) func(...any) (string, error) {
		return func(args ...any) (string, error) {
			return m.within(escaped*sizeOf(args), func() (string, error) { return escape(args...), nil })
		}
	}
	return template.FuncMap{
		"print": func(args ...any) (string, error) {
			return m.within(sizeOf(args), func() (string, error) { return fmt.Sprint(args...), nil })
		},
		"println": func(args ...any) (string, error) {
			return m.within(sizeOf(args), func() (string, error) { return fmt.Sprintln(args...), nil })
		},
		"printf": m.printf,
		"html":   escaper(template.HTMLEscaper), "js": escaper(template.JSEscaper), "urlquery": escaper(template.URLQueryEscaper),
		"base64": func(s string) (string, error) {
			return m.within(base64.StdEncoding.EncodedLen(len(s)), func() (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil })
		},
		"quote": func(s string) (string, error) {
			return m.within(escaped*len(s)+2, func() (string, error) {
				b, err := json.Marshal(s)
				return string(b), err
			})
		},
	}
}

// verb is what printf replaces: flags, numbers, and the letter.
var (
	verb   = pattern.New(`%[^a-zA-Z%]*[a-zA-Z%]?`)
	number = pattern.New(`[0-9]+`)
)

// printf is fmt.Sprintf, its widths counted before.
func (m *meter) printf(format string, args ...any) (string, error) {
	largest := 0
	for _, arg := range args {
		largest = max(largest, sizeOf([]any{arg}))
	}
	most := len(format) + 2*sizeOf(args)
	for _, v := range verb.Regexp().FindAllString(format, -1) {
		if strings.Contains(v, "*") {
			return "", failure.Fault(vault.InvalidValue, "inject: printf takes no width of *").Hinted("write the number")
		}
		for _, n := range number.Regexp().FindAllString(v, -1) {
			width, err := strconv.Atoi(n)
			if most += width; err != nil || most > maxMade {
				return "", m.may(maxMade + 1)
			}
		}
		// Quoted, in hexadecimal or with its type, a byte becomes twelve at most.
		if each := 12; v == "%s" || v == "%v" || v == "%d" {
			most += largest
		} else {
			most += each * largest
		}
		if most > maxMade {
			return "", m.may(most)
		}
	}
	return m.within(most, func() (string, error) { return fmt.Sprintf(format, args...), nil })
}

// sizeOf is how many bytes values take when they are printed, at most.
func sizeOf(args []any) (n int) {
	const other = 64 // a number, a type, brackets
	for _, arg := range args {
		switch arg := arg.(type) {
		case string:
			n += len(arg) + 2
		case json.Number:
			n += len(arg) + 2
		case []any:
			n += other + sizeOf(arg)
		case map[string]any:
			n += other
			for key, value := range arg {
				n += len(key) + 2 + sizeOf([]any{value})
			}
		default:
			n += other
		}
	}
	return n
}
