package style

// A Role is why a word is marked.
type Role int

// Blue, cyan, magenta and bright colours are not used: as text none of them can be read
// on every common palette. A badge sets both colours. Faint text is missing or unreadable
// on many terminals, so what matters less is not marked.
const (
	Plain   Role = iota
	Wrong        // a badge: expired, tampered with, gone
	Look         // a badge: wants attention soon
	Strong       // headers, ok, a command to copy
	Failing      // the program's name before an error
	Chosen       // the row under the cursor
	Matched      // the letters that were searched for
)

// codes are the roles in colours, and without.
var codes = [...]struct{ colour, mono string }{
	Wrong:   {"37;41", "7"},
	Look:    {"30;43", "1"},
	Strong:  {"1", "1"},
	Failing: {"1;31", "1"},
	Chosen:  {"7", "7"},
	Matched: {"4", "4"},
}

// A Style is what a stream can show. The zero Style marks nothing.
type Style int

const (
	None   Style = iota // the text alone
	Mono                // bold and reverse
	Colour              // these, and colours
)

// Paint marks a text for its role. The mark ends with it.
func (s Style) Paint(role Role, text string) string {
	code := codes[role].colour
	if s == Mono {
		code = codes[role].mono
	}
	if s == None || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// A Span is a part of a line in one role.
type Span struct {
	Role Role
	Text string
}

// A Line is text for one line, in parts.
type Line []Span

// Words is a line that is not marked.
func Words(text string) Line { return Line{{Plain, text}} }

// In is a line in one role.
func In(role Role, text string) Line { return Line{{role, text}} }

// Badge is a word in brackets, which are to be seen without colours too.
func Badge(role Role, word string) Span { return Span{role, "[" + word + "]"} }

// Then is the line with an unmarked text behind it.
func (l Line) Then(text string) Line { return append(l[:len(l):len(l)], Span{Plain, text}) }

// String is the line without marks.
func (l Line) String() string {
	text := ""
	for _, span := range l {
		text += span.Text
	}
	return text
}

// Paint is the line for a stream.
func (l Line) Paint(s Style) string {
	text := ""
	for _, span := range l {
		text += s.Paint(span.Role, span.Text)
	}
	return text
}

// Width is how many cells the line takes on a terminal.
func (l Line) Width() (n int) {
	for _, span := range l {
		n += Width(span.Text)
	}
	return n
}
