package screen

import "github.com/tacit-vault/tacit/cli/ui/wire"

// groupKeys are those of the groups.
func groupKeys(s *State) []Key {
	keys := []Key{unlockKey()}
	if !s.table.Locked {
		keys = nil
		if len(s.table.Rows) > 0 {
			keys = []Key{{Codes: []string{"enter"}, Does: "the members of the group", Hint: "members", Plain: "tacit group members NAME", act: openMembers}, syncKey()}
		}
	}
	return append(append(append(keys, viewKeys(s)...), sidewaysKeys()...), searchKeys()...)
}

// memberKeys are those of the members of a group.
func memberKeys(s *State) []Key {
	keys := []Key{unlockKey()}
	if !s.table.Locked {
		keys = []Key{
			{Codes: []string{"+"}, Does: "invite a member: its code is on a page that is erased", Hint: "invite", Plain: "tacit group invite NAME", Verb: wire.Invite, act: invite},
			{Codes: []string{"!"}, Does: "only members that lack something", Hint: "behind only", Plain: "tacit group members NAME --behind", act: (*State).narrow},
			syncKey(),
			{Codes: []string{":"}, Does: "a command by its name: remove, lock, ro, quit", Hint: "remove…", Plain: "tacit group remove NAME MEMBER", act: (*State).beginCommand},
		}
	}
	search := searchKeys()
	search[0].Does = "clear the search, then back to the groups"
	return append(append(append(keys, viewKeys(s)...), sidewaysKeys()...), search...)
}

// conflictKeys are those of the values that lost. Nothing is typed there: letters act.
func conflictKeys(s *State) []Key {
	keys := []Key{{Codes: []string{"esc", "q"}, Does: "back to the list", Hint: "later", act: (*State).back}}
	switch {
	case s.table.Locked:
		keys = append(keys, unlockKey())
	case len(s.table.Rows) > 0:
		digits := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
		keys = append([]Key{
			{Codes: digits, Does: "give the secret the value of that number", Hint: "take that one", Plain: "tacit resolve NAME --take 1", Verb: wire.Choose, act: takeNumber},
			{Codes: []string{"k"}, Does: "keep the value that is in use", Hint: "keep", Plain: "tacit resolve NAME --keep", Verb: wire.Choose, act: func(s *State) Action { return aboutConflict(s, wire.Choose, 0) }},
			{Codes: []string{"x", "space"}, Does: "show the chosen value on a page that is erased", Hint: "show", Plain: "tacit conflicts NAME --value 1", act: showLost},
			{Codes: []string{"d"}, Does: "show all values of the secret on a page that is erased", Hint: "compare", Verb: wire.Beside, act: func(s *State) Action { return aboutConflict(s, wire.Beside, 0) }},
			{Codes: []string{"e"}, Does: "write another value, and keep that", Hint: "write a third", Plain: "tacit edit NAME", Verb: wire.Third, act: func(s *State) Action { return aboutConflict(s, wire.Third, 0) }},
			{Codes: []string{"enter"}, Does: "open the secret", Plain: "tacit history NAME", act: (*State).open},
		}, keys...)
	}
	return append(append(keys, viewKeys(s)...), sidewaysKeys()...)
}

// unlockKey asks for a key, where nothing is told without one.
func unlockKey() Key {
	return Key{Codes: []string{"enter"}, Does: "ask for a key", Hint: "unlock", Verb: wire.Unlock, act: func(s *State) Action {
		return Action{Request: wire.Request{Verb: wire.Unlock, View: s.table.View}}
	}}
}

// syncKey exchanges changes, and reads again.
func syncKey() Key {
	return Key{Codes: []string{"ctrl+r"}, Does: "exchange changes with the group, and read it again", Hint: "sync now", Plain: "tacit sync NAME", Verb: wire.Sync, act: func(s *State) Action {
		q := wire.Request{Verb: wire.Sync, View: s.table.View}
		if s.table.View == wire.Groups {
			if q.Version = chosenRow(s); q.Version == 0 {
				return Action{}
			}
		}
		return Action{Request: q}
	}}
}

// chosenRow is the chosen row of a table, counted from 1 whatever is searched; 0 for none.
func chosenRow(s *State) uint64 {
	hits := s.table.list.hits()
	if len(hits) == 0 {
		return 0
	}
	return uint64(hits[s.table.list.chosen]) + 1
}

func openMembers(s *State) Action {
	at := chosenRow(s)
	if at == 0 {
		return Action{}
	}
	q := viewing(wire.Members)
	q.Version = at
	return s.lookAt(q)
}

// invite makes the code by which another vault joins.
func invite(*State) Action {
	return Action{Request: wire.Request{Verb: wire.Invite, View: wire.Members}}
}

// expel removes the chosen member, whose label is typed then.
func expel(s *State) Action {
	row := s.table.row()
	switch {
	case s.readOnly() != "":
		s.say(s.readOnly())
	case row != nil && len(row.Cells) > 0:
		return Action{Request: wire.Request{Verb: wire.Expel, Name: row.Cells[0], View: wire.Members}}
	}
	return Action{}
}

// aboutConflict asks for something about the chosen name.
func aboutConflict(s *State, verb wire.Verb, number uint64) Action {
	row := s.table.row()
	if row == nil || len(row.Cells) == 0 {
		return Action{}
	}
	return Action{Request: wire.Request{Verb: verb, Name: row.Cells[0], Version: number, View: wire.Conflicts}}
}

// takeNumber takes the value of the number that was pressed, if the chosen name has it.
func takeNumber(s *State) Action {
	row, number := s.table.row(), uint64(s.code[0]-'0')
	if row == nil {
		return Action{}
	}
	for _, one := range s.table.Rows {
		if one.Nth == number && one.Cells[0] == row.Cells[0] {
			return aboutConflict(s, wire.Choose, number)
		}
	}
	s.say(row.Cells[0] + " has no value " + s.code + " in conflict")
	return Action{}
}

// showLost shows the chosen value: one that lost, or the one that stands.
func showLost(s *State) Action {
	row := s.table.row()
	if row == nil {
		return Action{}
	}
	if row.Nth == 0 {
		return aboutConflict(s, wire.Show, 0)
	}
	return aboutConflict(s, wire.Lost, row.Nth)
}
