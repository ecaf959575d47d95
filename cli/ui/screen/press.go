package screen

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// maxTyped is the longest search.
const maxTyped = 200

// Press is a key. Its name is the one that the terminal's library gives it.
func (s *State) Press(code string) Action {
	defer s.scroll()
	if s.place.State == wire.Away && code != "ctrl+c" && code != "ctrl+z" {
		return s.again()
	}
	if s.command != nil {
		return s.pressCommand(code)
	}
	if !s.counting() {
		s.note = note{}
	}
	s.code = code
	for _, key := range s.Keys() {
		if key.has(code) {
			return s.do(key)
		}
	}
	s.typeIn(code)
	return Action{}
}

// counting tells whether the note counts down: it stays.
func (s *State) counting() bool { return !s.note.until.IsZero() }

// do does what a key does, unless it changes a vault that cannot be changed.
func (s *State) do(key Key) Action {
	if why := s.readOnly(); why != "" && key.Verb.Writes() {
		s.say(why)
		return Action{}
	}
	if key.act != nil {
		return key.act(s)
	}
	return s.ask(key.Verb)
}

// ask is a request about what is chosen.
func (s *State) ask(verb wire.Verb) Action {
	q := wire.Request{Verb: verb}
	switch verb {
	case wire.Lock, wire.Init, wire.Trust, wire.Verify, wire.Suspend:
		return Action{Request: q}
	}
	if q.Name = s.Chosen(); q.Name == "" {
		s.say("nothing is chosen")
		return Action{}
	}
	if verb == wire.Compare && s.page == tablePage {
		q.Base = s.table.Base
	}
	if s.page == secretPage && len(s.secret.Versions) > 0 {
		chosen := s.secret.Versions[s.version]
		older := s.version > 0
		switch {
		case verb == wire.Rollback && !older:
			s.say("version " + number(chosen.Version) + " is the current one")
			return Action{}
		case chosen.Kind == gone && verb != wire.Set && verb != wire.Diff:
			s.say("version " + number(chosen.Version) + " is a deletion, and has no value")
			return Action{}
		case verb == wire.Diff && s.version == len(s.secret.Versions)-1:
			s.say("there is no older version to compare with")
			return Action{}
		case verb == wire.Diff, older && (verb == wire.Show || verb == wire.Copy || verb == wire.QR || verb == wire.Rollback):
			q.Version = chosen.Version
		}
	}
	s.opening = verb == wire.Secret
	return Action{Request: q}
}

// gone is the kind of a version that deleted its secret.
const gone = "gone"

// typeIn adds a letter to the search, where there is one.
func (s *State) typeIn(code string) {
	if code == "space" {
		code = " "
	}
	if s.opening { // it was meant for the page of the secret, and comes too early
		return
	}
	if len(code) != 1 || !searchable(code[0]) {
		return
	}
	s.Type(code)
}

// searchable are the characters of names and labels, and the space.
func searchable(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_- =.", c) >= 0
}

// Type adds to the search, as a paste does.
func (s *State) Type(text string) {
	text = strings.Map(func(r rune) rune {
		if r < 0x80 && searchable(byte(r)) {
			return r
		}
		return -1
	}, text)
	switch {
	case s.page == helpPage && len(s.helpTyped)+len(text) <= maxTyped:
		s.helpTyped, s.chosen, s.top = s.helpTyped+text, 0, 0
	case s.page == listPage || s.page == tablePage && s.table.searched():
		if l := s.searches(); len(l.typed)+len(text) <= maxTyped {
			l.search(l.typed+text, s.now)
		}
	}
}

func (s *State) erase() Action {
	if s.page == helpPage {
		s.helpTyped = s.helpTyped[:max(0, len(s.helpTyped)-1)]
		return Action{}
	}
	l := s.searches()
	l.search(l.typed[:max(0, len(l.typed)-1)], s.now)
	return Action{}
}

func (s *State) eraseWord() Action {
	l := s.searches()
	typed := strings.TrimRight(l.typed, " _-")
	l.search(typed[:strings.LastIndexAny(typed, " _-")+1], s.now)
	return Action{}
}

func (s *State) clearSearch() Action {
	s.searches().search("", s.now)
	return Action{}
}

// searches is what is searched: the list, or another view.
func (s *State) searches() *list {
	if s.page == tablePage {
		return &s.table.list
	}
	return &s.list
}

func (s *State) open() Action {
	if s.Chosen() == "" {
		return Action{}
	}
	return s.ask(wire.Secret)
}

// addNew stores a secret of the name that was typed.
func (s *State) addNew() Action {
	name := strings.ReplaceAll(strings.TrimSpace(s.list.typed), " ", "_")
	if name == "" || strings.ContainsAny(name, "=.") {
		s.say("type the name of the new secret first, then +")
		return Action{}
	}
	for i := range s.list.rows {
		if s.list.rows[i].Name == name {
			s.say("there is " + name + " already: Enter opens it")
			return Action{}
		}
	}
	return Action{Request: wire.Request{Verb: wire.Set, Name: name}}
}

func (s *State) toggleUrgent() Action {
	s.list.urgent = !s.list.urgent
	s.list.renew(s.now)
	return Action{}
}

// turnOrder takes another order.
func (s *State) turnOrder(by int) Action {
	for i, order := range orders {
		if order == s.list.order {
			s.list.order = orders[(i+by+len(orders))%len(orders)]
			break
		}
	}
	s.list.renew(s.now)
	return Action{}
}

func (s *State) back() Action {
	if s.asked = (asked{skipped: s.asked.skipped + s.asked.many}); s.note.passing {
		s.say("")
	}
	if s.page = listPage; s.place.State != wire.Listed {
		s.page = placePage
	}
	return Action{}
}

// again reads what is shown once more.
func (s *State) again() Action {
	q := wire.Request{Verb: wire.Again}
	switch s.page {
	case tablePage:
		q = viewing(s.table.View)
	case secretPage:
		q.Name = s.secret.Name
	}
	return Action{Request: q}
}

func (s *State) openHelp() Action {
	if s.page != helpPage {
		s.before = s.page
	}
	s.page, s.helpTyped, s.chosen, s.top = helpPage, "", 0, 0
	return Action{}
}

func (s *State) closeHelp() Action {
	s.page = s.before
	return Action{}
}

// move moves the cursor of what is shown.
func (s *State) move(by int) Action {
	switch s.page {
	case listPage:
		s.list.move(by)
	case secretPage:
		s.version = max(0, min(s.version+by, len(s.secret.Versions)-1))
	case tablePage:
		s.table.list.move(by)
	case helpPage:
		s.chosen = max(0, min(s.chosen+by, len(keysThatFit(s))-1))
	}
	return Action{}
}

func (s *State) beginCommand() Action {
	s.command = new(string)
	return Action{}
}

// pressCommand is a key while a command is typed.
func (s *State) pressCommand(code string) Action {
	typed := *s.command
	switch {
	case code == "esc" || code == "ctrl+c" || code == "backspace" && typed == "":
		s.command = nil
	case code == "enter":
		s.command = nil
		return s.obey(strings.Fields(typed))
	case code == "backspace" || code == "ctrl+h":
		*s.command = typed[:max(0, len(typed)-1)]
	case code == "space":
		*s.command += " "
	case len(code) == 1 && len(typed) < maxTyped:
		*s.command += code
	}
	return Action{}
}

// obey does what a command says.
func (s *State) obey(words []string) Action {
	switch strings.Join(words, " ") {
	case "":
		return Action{}
	case "q", "quit":
		return Action{Quit: true}
	case "lock":
		return Action{Request: wire.Request{Verb: wire.Lock}}
	case "ro":
		s.setup.ReadOnly = "read-only, as :ro has asked for"
		return Action{}
	case "remove":
		if s.page == tablePage && s.table.View == wire.Members {
			return expel(s)
		}
	case "sort name", "sort changed", "sort expires":
		s.list.order = strings.TrimPrefix(words[1], "name")
		s.list.renew(s.now)
		return Action{}
	}
	s.say("there is no command " + clean(words[0]) + "; there are lock, ro, quit, sort name|changed|expires")
	return Action{}
}
