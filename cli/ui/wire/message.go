package wire

import "io"

// Protocol is the version of what is said. Both sides have the same, or do not talk.
const Protocol = 1

// A Message is what tacit tells the screen. Members that are not there change nothing.
type Message struct {
	Setup  *Setup     `json:"setup,omitempty"`
	Place  *Place     `json:"place,omitempty"`
	Rows   *Rows      `json:"rows,omitempty"`
	Secret *OneSecret `json:"secret,omitempty"`
	Table  *Table     `json:"table,omitempty"`
	Done   *Done      `json:"done,omitempty"`
	Bye    bool       `json:"bye,omitempty"`
}

// Setup is the answer to hello.
type Setup struct {
	Style    int    `json:"style"`              // what the terminal is shown: a style.Style
	Slow     bool   `json:"slow,omitempty"`     // over ssh: fewer frames
	Mouse    bool   `json:"mouse,omitempty"`    // the wheel is taken
	IdleFor  int64  `json:"idle"`               // seconds after which nobody is there
	ReadOnly string `json:"readonly,omitempty"` // why nothing is changed; "" where it may be
}

// A Place is where the screen is, and what can be shown of it.
type Place struct {
	Where string   `json:"where"`           // the project and its environment, or a path
	Lock  string   `json:"lock"`            // "locked", "unlocked by agent, 42m left"
	State State    `json:"state"`           // what kind of screen
	Says  []string `json:"says,omitempty"`  // lines about a state that is no list
	Note  string   `json:"note,omitempty"`  // of a change that somebody else made
	Why   string   `json:"why,omitempty"`   // why nothing can be changed here
	Views []string `json:"views,omitempty"` // besides the list, in their order
}

// A State is what there is to be shown.
type State string

// States of a place.
const (
	Listed    State = "listed"    // its names
	NoVault   State = "none"      // there is none
	Untrusted State = "untrusted" // no names: it was never trusted here
	Tampered  State = "tampered"  // no list: it is not what it should be
	Failing   State = "failing"   // it cannot be read
	Away      State = "away"      // nobody was there: any key
)

// Rows are a part of the list.
type Rows struct {
	First bool  `json:"first,omitempty"` // what was there before is gone
	Last  bool  `json:"last,omitempty"`
	Rows  []Row `json:"rows"`
}

// PerMessage is how many rows a message has at most. A row has some hundreds of bytes;
// labels are cut.
const (
	PerMessage = 300
	MaxLabels  = 400 // bytes of a row's labels
)

// A Row is a secret in the list. Times are seconds of Unix, 0 for none.
type Row struct {
	Name    string `json:"n"`
	Version uint64 `json:"v"`
	Changed int64  `json:"c"`
	Expires int64  `json:"e,omitempty"`
	Labels  string `json:"l,omitempty"` // "env=prod own=ops"
	Size    int64  `json:"s"`
	Kind    string `json:"k"`
}

// OneSecret is a secret with its versions, newest first.
type OneSecret struct {
	Name     string `json:"name"`
	Versions []Row  `json:"versions"`
	Kept     int    `json:"kept"` // how many versions the policy keeps
	Gone     bool   `json:"gone,omitempty"`

	Envs   []string `json:"envs,omitempty"`   // other environments that have the name, too
	Groups []string `json:"groups,omitempty"` // that keep it in step
	More   bool     `json:"more,omitempty"`   // it was told before, and is not shown if it is not by now
}

// A Table is a part of what another view shows: titles, and rows of cells, which are words.
// A cell behind those of the titles is said in the last line but one where the cursor is on
// its row.
type Table struct {
	View   string     `json:"view"`
	Titles []string   `json:"titles"`
	Rows   []TableRow `json:"rows"`
	Head   string     `json:"head"`             // at the right of the first line
	Note   string     `json:"note,omitempty"`   // what could not be told
	Base   string     `json:"base,omitempty"`   // of environments, the one that others are compared with
	Of     string     `json:"of,omitempty"`     // of members, their group
	Side   string     `json:"side,omitempty"`   // at the right of what is typed
	None   []string   `json:"none,omitempty"`   // lines in place of rows, where there are none
	Locked bool       `json:"locked,omitempty"` // a key would tell it
	First  bool       `json:"first,omitempty"`
	Last   bool       `json:"last,omitempty"`
}

// A TableRow is a row of a table. Its first cell names it.
type TableRow struct {
	Cells []string `json:"c"`
	Look  bool     `json:"l,omitempty"` // it wants attention
	Nth   uint64   `json:"n,omitempty"` // which conflict of its name it is; 0 is the value that stands
}

// Parts are the table in messages that fit into a line.
func (t Table) Parts() (parts []Table) {
	rows := t.Rows
	for at := 0; at == 0 || at < len(rows); {
		to, size := at, 0
		for to < len(rows) && (to == at || size < MaxMessage/8) { // JSON makes six bytes of one at most
			for _, cell := range rows[to].Cells {
				size += len(cell) + 3
			}
			size += len(`{"c":[],"l":true,"n":99999},`)
			to++
		}
		part := t
		part.Rows, part.First, part.Last = rows[at:to], at == 0, to == len(rows)
		parts = append(parts, part)
		at = max(to, 1)
	}
	return parts
}

// Done ends a request that took the terminal.
type Done struct {
	Note    string `json:"note,omitempty"`    // what was done, or why not
	Seconds int    `json:"seconds,omitempty"` // what counts down in the note, at %d
}

// ReadMessage reads the next message.
func (r *Reader) ReadMessage() (m Message, err error) {
	err = r.read(&m)
	return m, err
}

// WriteMessage writes a message.
func WriteMessage(w io.Writer, m Message) error { return write(w, m, MaxMessage) }
