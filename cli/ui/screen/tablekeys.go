package screen

import "github.com/tacit-vault/tacit/cli/ui/wire"

// tableKeys are those of the view that is shown.
func tableKeys(s *State) []Key {
	switch s.table.View {
	case wire.Environments:
		return append(environmentKeys(s), searchKeys()...)
	case wire.Groups:
		return groupKeys(s)
	case wire.Members:
		return memberKeys(s)
	case wire.Conflicts:
		return conflictKeys(s)
	case wire.Places:
		keys := []Key{{Codes: []string{"enter"}, Does: "go on with that vault", Hint: "go there", Plain: "tacit ui @ENV", act: (*State).goThere}}
		return append(append(append(keys, viewKeys(s)...), sidewaysKeys()...), searchKeys()...)
	}
	return append([]Key{{Codes: []string{"esc", "q"}, Does: "back to the list", Hint: "back", act: (*State).back}}, viewKeys(s)...)
}

// viewKeys go to other views.
func viewKeys(s *State) []Key {
	hint := s.beyond(1)
	if hint == "" {
		hint = "secrets"
	}
	return []Key{
		{Codes: []string{"tab"}, Does: "the next view: " + hint, Hint: hint, Plain: plainOf(hint), act: func(s *State) Action { return s.goBeyond(1) }},
		{Codes: []string{"shift+tab"}, Does: "the view before", act: func(s *State) Action { return s.goBeyond(-1) }},
	}
}

// plainOf is the command that tells what a view shows.
func plainOf(view string) string {
	switch view {
	case wire.Environments:
		return "tacit diff @A @B"
	case wire.Groups:
		return "tacit group list"
	case wire.Conflicts:
		return "tacit conflicts"
	case wire.Health:
		return "tacit doctor"
	}
	return "tacit ls"
}

func environmentKeys(s *State) []Key {
	base := func(by int) func(*State) Action {
		return func(s *State) Action {
			return Action{Request: wire.Request{Verb: wire.View, Name: s.table.View, Base: s.table.turned(by)}}
		}
	}
	keys := []Key{
		{Codes: []string{"enter"}, Does: "compare the values on a page that is erased", Hint: "compare", Plain: "tacit get NAME @ENV", Verb: wire.Compare},
		{Codes: []string{"!"}, Does: "only what is not everywhere the same", Hint: "only different", Plain: "tacit diff @A @B", act: (*State).narrow},
		{Codes: []string{"<"}, Does: "compare with the environment before", act: base(-1)},
		{Codes: []string{">"}, Does: "compare with the next environment", Hint: "base", act: base(1)},
	}
	return append(append(keys, viewKeys(s)...), sidewaysKeys()...)
}

// placesKey chooses another vault.
func placesKey() Key {
	return Key{Codes: []string{"@"}, Does: "another environment, or another vault of this machine", Hint: "vault", Plain: "tacit vaults", act: func(s *State) Action { return s.lookAt(viewing(wire.Places)) }}
}

// goThere goes to the chosen place. What is known of this one is forgotten.
func (s *State) goThere() Action {
	at := chosenRow(s)
	if at == 0 {
		return Action{}
	}
	s.list, s.table, s.secret, s.page = list{}, table{}, wire.OneSecret{}, listPage
	return Action{Request: wire.Request{Verb: wire.Go, Version: at}}
}

func sidewaysKeys() []Key {
	return []Key{
		{Codes: []string{"left"}, Does: "the columns before", act: func(s *State) Action { return s.sideways(-1) }},
		{Codes: []string{"right"}, Does: "the next columns", act: func(s *State) Action { return s.sideways(1) }},
	}
}

// searchKeys are those of what is typed.
func searchKeys() []Key {
	return []Key{
		{Codes: []string{"esc"}, Does: "clear the search, then back to the list", act: (*State).clearOrBack},
		{Codes: []string{"ctrl+u"}, Does: "clear the search", act: (*State).clearSearch},
		{Codes: []string{"ctrl+w"}, Does: "take the last word of the search away", act: (*State).eraseWord},
		{Codes: []string{"backspace", "ctrl+h"}, Does: "take the last letter of the search away", act: (*State).erase},
	}
}

func (s *State) narrow() Action {
	s.table.narrow(s.now)
	return Action{}
}

func (s *State) clearOrBack() Action {
	switch {
	case s.searches().typed != "":
		return s.clearSearch()
	case s.page == tablePage && within(s.table.View) != s.table.View:
		return s.lookAt(viewing(within(s.table.View)))
	}
	return s.back()
}
