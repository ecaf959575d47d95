package help

import (
	"fmt"
	"strings"
	"time"
)

// A roff is a manual page in the making, in the man macros, which every system
// with man pages knows. It is ASCII whatever goes in.
type roff struct {
	strings.Builder
	begun bool // the section has a paragraph already
}

// newPage begins a page of section 1.
func newPage(name, short, version string, date time.Time) *roff {
	r := &roff{}
	r.WriteString(".\\\" Written by tacit man, from the command table.\n")
	fmt.Fprintf(r, ".TH %s 1 %s \"tacit %s\" \"tacit\"\n", roffText(strings.ToUpper(name)), date.UTC().Format(time.DateOnly), roffText(version))
	r.WriteString(".nh\n.ad l\n") // words are not divided: they may be commands
	r.section("NAME")
	fmt.Fprintf(r, "%s \\- %s\n", roffText(name), roffText(short))
	return r
}

func (r *roff) section(title string) {
	r.begun = false
	fmt.Fprintf(r, ".SH %s\n", roffText(title))
}

func (r *roff) subsection(title string) {
	r.begun = false
	fmt.Fprintf(r, ".SS %s\n", roffText(title))
}

// paragraph ends the one before, where there is one.
func (r *roff) paragraph() {
	if r.begun {
		r.WriteString(".PP\n")
	}
	r.begun = true
}

// literal prints lines as they are.
func (r *roff) literal(text string) {
	r.paragraph()
	fmt.Fprintf(r, ".RS 4\n.nf\n%s\n.fi\n.RE\n", roffLines(text))
}

// entry is a word, and what it means beside it. The head is roff already.
func (r *roff) entry(head, text string) {
	r.begun = true
	fmt.Fprintf(r, ".TP\n%s\n%s\n", head, roffLines(text))
}

// prose prints paragraphs as help has them: empty lines stand between them, and
// indented lines are to stay as they are.
func (r *roff) prose(text string) {
	for paragraph := range strings.SplitSeq(strings.Trim(text, "\n"), "\n\n") {
		lines := strings.Split(paragraph, "\n")
		for len(lines) > 0 {
			n := 1
			indented := strings.HasPrefix(lines[0], " ")
			for n < len(lines) && strings.HasPrefix(lines[n], " ") == indented {
				n++
			}
			block := strings.Join(lines[:n], "\n")
			if indented {
				r.literal(outdent(block))
			} else {
				r.paragraph()
				r.WriteString(roffLines(block) + "\n")
			}
			lines = lines[n:]
		}
	}
}

// outdent takes away the two spaces that help indents by.
func outdent(block string) string {
	return strings.ReplaceAll(strings.TrimPrefix(block, "  "), "\n  ", "\n")
}

// roffLines are lines of text, none of which is a request.
func roffLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = roffText(line)
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// roffText is text as it is, whatever is in it: hyphens can be copied from the
// page, and quotes are not made typographic.
func roffText(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r == '"':
			b.WriteString(`\(dq`)
		case r > 0x7e:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
