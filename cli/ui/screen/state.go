package screen

import (
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// The least of a terminal that anything is drawn on.
const (
	LeastColumns = 30
	LeastRows    = 8
)

// A page is what fills the screen.
type page int

const (
	listPage   page = iota
	secretPage      // one secret
	tablePage       // another view
	helpPage        // the keys
	placePage       // a place that is no list
)

// A State is all that a frame is made of.
type State struct {
	columns, rows int
	now           time.Time
	setup         wire.Setup
	place         wire.Place
	begun         bool // a place is known
	list          list
	page, before  page // before is where help came from
	secret        wire.OneSecret
	version       int // of the secret's versions, the chosen one
	table         table
	chosen, top   int // of the keys
	helpTyped     string
	command       *string // what is typed behind ":", nil where nothing is
	note          note
	code          string // of the key that is pressed
	asked         asked
	opening       bool // a secret was asked for and has not come: letters are no search
}

// A note is said in the last line but one, until a key or its end.
type note struct {
	text    string
	until   time.Time // what counts down; zero: nothing does
	passing bool      // it goes when the answer comes
}

// What was asked for and has not come: the view that was last, how many, and how many of
// them nobody waits for any more.
type asked struct {
	view          string
	many, skipped int
}

// New is a screen of so many cells.
func New(columns, rows int, now time.Time) *State {
	return &State{columns: columns, rows: rows, now: now}
}

// Resize gives the screen another size.
func (s *State) Resize(columns, rows int) {
	s.columns, s.rows = columns, rows
	s.scroll()
}

// Pass lets time pass. It tells whether something counts down.
func (s *State) Pass(now time.Time) bool {
	s.now = now
	if s.note.until.IsZero() {
		return false
	}
	if !now.Before(s.note.until) {
		s.note = note{}
		return false
	}
	return true
}

// Setup is what tacit has said of the terminal.
func (s *State) Setup() wire.Setup { return s.setup }

// Take takes a message.
func (s *State) Take(m wire.Message) {
	if m.Setup != nil {
		s.setup = *m.Setup
	}
	if m.Secret != nil || m.Done != nil || m.Place != nil {
		s.opening = false
	}
	if m.Place != nil {
		takePlace(s, *m.Place)
	}
	if m.Rows != nil {
		s.list.take(m.Rows, s.now)
	}
	if m.Secret != nil {
		takeSecret(s, *m.Secret)
	}
	if m.Table != nil {
		takeTable(s, *m.Table)
	}
	if m.Done != nil {
		s.say(m.Done.Note)
		if m.Done.Seconds > 0 {
			s.note.until = s.now.Add(time.Duration(m.Done.Seconds) * time.Second)
		}
	}
	s.scroll()
}

// takePlace goes to a place. What another process has changed is said.
func takePlace(s *State, place wire.Place) {
	s.place, s.begun = place, true
	if place.Note != "" || place.State != wire.Listed {
		s.say(place.Note)
	}
	switch {
	case place.State != wire.Listed:
		s.list, s.table, s.secret, s.asked = list{}, table{}, wire.OneSecret{}, asked{} // no name of it stays here
		s.page = placePage
	case s.page == placePage:
		s.page = listPage
	}
}

// takeSecret shows one secret, unless it is gone.
func takeSecret(s *State, secret wire.OneSecret) {
	if secret.Gone {
		if s.page == secretPage {
			s.page = listPage
		}
		s.say(secret.Name + " is gone")
		return
	}
	if secret.More && (s.secret.Name != secret.Name || s.page != secretPage) {
		return // somebody has gone on meanwhile
	}
	if s.secret.Name != secret.Name || s.page != secretPage {
		s.version = 0
	}
	s.secret, s.page = secret, secretPage
	s.version = min(s.version, max(0, len(secret.Versions)-1))
}

// say says something in the last line but one.
func (s *State) say(text string) { s.note = note{text: strings.TrimSpace(text)} }

// Away forgets the rows: nobody was there for a while.
func (s *State) Away() {
	takePlace(s, wire.Place{Where: s.place.Where, Lock: "locked", State: wire.Away})
	s.note = note{}
}

// Chosen is the name that is chosen, "" for none.
func (s *State) Chosen() string {
	switch s.page {
	case secretPage:
		return s.secret.Name
	case listPage:
		return s.list.name()
	case tablePage:
		return s.table.list.name()
	}
	return ""
}

// Found is how many names are found, of all.
func (s *State) Found() (found, all int) { return len(s.list.hits()), len(s.list.rows) }

// readOnly is why nothing can be changed; "" where it can.
func (s *State) readOnly() string {
	if s.setup.ReadOnly != "" {
		return s.setup.ReadOnly
	}
	return s.place.Why
}

// scroll brings each cursor to the screen.
func (s *State) scroll() {
	s.list.scroll(max(1, s.body()-1))
	s.table.list.scroll(s.tableRows())
	height := max(1, s.body())
	s.top = max(0, min(s.top, s.chosen))
	s.top = max(s.top, s.chosen-height+1)
}

// body is how many rows there are between the search and the note.
func (s *State) body() int { return s.rows - 4 }
