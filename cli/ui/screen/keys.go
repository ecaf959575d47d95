package screen

import (
	"slices"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// A Key is what a key does.
type Key struct {
	Codes []string // what the terminal's keys are called, the first is shown
	Does  string   // in the list of keys
	Hint  string   // in the last line; "" where it is not there
	Plain string   // the command that does the same; "" for none
	Verb  wire.Verb
	act   func(*State) Action // where there is no verb, or before it
}

// An Action is what a key asks the program for.
type Action struct {
	Request wire.Request // Verb is "" for none
	Quit    bool
	Redraw  bool
}

// Shown is how a key is written.
func (k Key) Shown() string {
	names := [...][2]string{
		{"enter", "Enter"},
		{"esc", "Esc"},
		{"tab", "Tab"},
		{"shift+tab", "Shift-Tab"},
		{"up", "Up"},
		{"down", "Down"},
		{"left", "Left"},
		{"right", "Right"},
		{"pgup", "PgUp"},
		{"pgdown", "PgDn"},
		{"home", "Home"},
		{"end", "End"},
		{"space", "Space"},
		{"backspace", "Backspace"},
		{"1", "1-9"},
	}
	code := k.Codes[0]
	for _, name := range names {
		if name[0] == code {
			return name[1]
		}
	}
	if len(code) == len("ctrl+x") && code[:5] == "ctrl+" {
		return "^" + string(code[5]-'a'+'A')
	}
	return code
}

// Keys are those of what is shown now, those with a hint first.
func (s *State) Keys() []Key {
	var own []Key
	switch s.page {
	case listPage:
		own = listKeys(s)
	case secretPage:
		own = secretKeys(s)
	case tablePage:
		own = tableKeys(s)
	case placePage:
		own = placeKeys(s)
	case helpPage:
		own = helpKeys()
	}
	keys := append(own, moveKeys()...)
	for _, key := range everyKeys() {
		if !slices.ContainsFunc(own, func(one Key) bool { return one.has(key.Codes[0]) }) {
			keys = append(keys, key)
		}
	}
	return keys
}

func listKeys(s *State) []Key {
	keys := []Key{
		{Codes: []string{"enter"}, Does: "open the secret", Hint: "open", Plain: "tacit history NAME", act: (*State).open},
		{Codes: []string{"ctrl+y"}, Does: "copy the value, and clear it later", Hint: "copy", Plain: "tacit copy NAME", Verb: wire.Copy},
		{Codes: []string{"ctrl+o"}, Does: "show the value on a page that is erased", Hint: "show", Plain: "tacit get NAME", Verb: wire.Show},
		{Codes: []string{"+"}, Does: "store a new secret, of the name that is typed", Hint: "new", Plain: "tacit set NAME", Verb: wire.Set, act: (*State).addNew},
		{Codes: []string{"!"}, Does: "only what expires within seven days", Hint: "expiring", Plain: "tacit ls --expiring 7d", act: (*State).toggleUrgent},
		placesKey(),
	}
	keys = append(keys, viewKeys(s)...)
	keys = append(keys,
		Key{Codes: []string{"<"}, Does: "the order before", Plain: "tacit ls --sort changed", act: func(s *State) Action { return s.turnOrder(-1) }},
		Key{Codes: []string{">"}, Does: "the next order", Hint: "sort", Plain: "tacit ls --sort expires", act: func(s *State) Action { return s.turnOrder(1) }},
	)
	search := searchKeys()
	search[0].Does = "clear the search"
	return append(keys, search...)
}

func secretKeys(s *State) []Key {
	keys := []Key{
		{Codes: []string{"esc", "q"}, Does: "back to the list", Hint: "back", act: (*State).back},
		{Codes: []string{"x", "space"}, Does: "show the value on a page that is erased", Hint: "show", Plain: "tacit get NAME", Verb: wire.Show},
		{Codes: []string{"c", "y"}, Does: "copy the value, and clear it later", Hint: "copy", Plain: "tacit copy NAME", Verb: wire.Copy},
		{Codes: []string{"d"}, Does: "what the version changed, with the values", Hint: "diff", Plain: "tacit diff NAME --show", Verb: wire.Diff},
		{Codes: []string{"r"}, Does: "make the version the current one", Hint: "roll back", Plain: "tacit rollback NAME VERSION", Verb: wire.Rollback},
		{Codes: []string{"e"}, Does: "edit the value in your editor", Hint: "edit", Plain: "tacit edit NAME", Verb: wire.Edit},
		{Codes: []string{"n"}, Does: "store a new value", Hint: "new value", Plain: "tacit set NAME", Verb: wire.Set},
		{Codes: []string{"D"}, Does: "delete it; its name has to be typed", Hint: "delete", Plain: "tacit rm NAME", Verb: wire.Remove},
		{Codes: []string{"Q"}, Does: "show the value as a QR code", Hint: "QR", Plain: "tacit get NAME --qr", Verb: wire.QR},
		{Codes: []string{"o"}, Does: "show its one-time code", Hint: "code", Plain: "tacit otp NAME --watch", Verb: wire.Code},
		{Codes: []string{"["}, Does: "an older version", act: func(s *State) Action { return s.move(1) }},
		{Codes: []string{"]"}, Does: "a newer version", act: func(s *State) Action { return s.move(-1) }},
		{Codes: []string{"L"}, Does: "forget the passphrase that was typed", Plain: "tacit lock", Verb: wire.Lock},
	}
	if len(s.secret.Envs) > 0 {
		compare := Key{Codes: []string{"="}, Does: "compare with the other environments on a page that is erased", Hint: "compare", Plain: "tacit get NAME @ENV", Verb: wire.Compare}
		keys = slices.Insert(keys, 4, compare)
	}
	return keys
}

// placeKeys are those of a place that is no list.
func placeKeys(s *State) []Key {
	var keys []Key
	switch s.place.State {
	case wire.NoVault:
		keys = []Key{{Codes: []string{"n"}, Does: "make a vault", Hint: "make one", Plain: "tacit init", Verb: wire.Init}}
	case wire.Untrusted:
		keys = []Key{{Codes: []string{"T"}, Does: "trust it; compare the pin with its maker's", Hint: "trust", Plain: "tacit trust", Verb: wire.Trust}}
	case wire.Tampered:
		keys = []Key{{Codes: []string{"v"}, Does: "check everything", Hint: "verify", Plain: "tacit verify", Verb: wire.Verify}}
	case wire.Away:
		return []Key{{Codes: []string{"enter", "space"}, Does: "go on; any key does", Hint: "any key", act: (*State).again}}
	}
	return append(keys, placesKey(), Key{Codes: []string{"esc"}, Does: "end", act: func(*State) Action { return Action{Quit: true} }})
}

func helpKeys() []Key {
	return []Key{
		{Codes: []string{"esc"}, Does: "back", Hint: "back", act: (*State).closeHelp},
		{Codes: []string{"backspace", "ctrl+h"}, Does: "take the last letter away", act: (*State).erase},
	}
}

func moveKeys() []Key {
	page := func(s *State) int { return max(1, s.body()-2) }
	return []Key{
		{Codes: []string{"up", "ctrl+p"}, Does: "up", act: func(s *State) Action { return s.move(-1) }},
		{Codes: []string{"down", "ctrl+n"}, Does: "down", act: func(s *State) Action { return s.move(1) }},
		{Codes: []string{"pgup"}, Does: "a page up", act: func(s *State) Action { return s.move(-page(s)) }},
		{Codes: []string{"pgdown"}, Does: "a page down", act: func(s *State) Action { return s.move(page(s)) }},
		{Codes: []string{"home"}, Does: "the first", act: func(s *State) Action { return s.move(-1 << 30) }},
		{Codes: []string{"end"}, Does: "the last", act: func(s *State) Action { return s.move(1 << 30) }},
	}
}

func everyKeys() []Key {
	return []Key{
		{Codes: []string{"ctrl+r"}, Does: "read everything again", act: (*State).again},
		{Codes: []string{"ctrl+l"}, Does: "draw everything again", act: func(*State) Action { return Action{Redraw: true} }},
		{Codes: []string{":"}, Does: "a command by its name: lock, ro, quit, sort changed", act: (*State).beginCommand},
		{Codes: []string{"ctrl+z"}, Does: "stop, and back to the shell", Verb: wire.Suspend},
		{Codes: []string{"ctrl+c"}, Does: "end", act: func(*State) Action { return Action{Quit: true} }},
		{Codes: []string{"?"}, Does: "the keys", act: (*State).openHelp},
	}
}

// has tells whether a key has a code.
func (k Key) has(code string) bool { return slices.Contains(k.Codes, code) }
