package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// taken is a screen of a table, in a vault that is in a group.
func taken(t wire.Table) *State {
	s := of(billing())
	s.Take(wire.Message{Place: &wire.Place{Where: "~/billing @prod", Lock: "unlocked by agent, 42m left", State: wire.Listed, Views: []string{wire.Groups, wire.Conflicts, wire.Health}}})
	for _, part := range t.Parts() {
		s.Take(wire.Message{Table: &part})
	}
	return s
}

func groupsTable() wire.Table {
	return wire.Table{
		View: wire.Groups, Head: "3 groups, 2 conflicts", Titles: []string{"GROUP", "ROLE", "CONFLICTS", "MEMBERS", "SECRETS", "UNSENT", "AS OF", "SYNCED"},
		Rows: []wire.TableRow{
			{Cells: []string{"cameras", "owner", "2", "1000", "412", "0", "4m ago", "4m ago", "this vault is ana", "through ./secrets"}, Look: true},
			{Cells: []string{"web", "removed !", "0", "4", "12", "0", "9d ago !", "9d ago", "this vault is laptop"}, Look: true},
			{Cells: []string{strings.Repeat("0123456789abcdef", 2), "waiting", "0", "0", "0", "0", "never", "never", "this vault is \x1b[2J"}},
		},
	}
}

// membersTable is a group of so many.
func membersTable(n int) wire.Table {
	t := wire.Table{View: wire.Members, Of: "cameras", Head: fmt.Sprintf("%d members, 2 behind", n), Side: "as of 4m ago, by ana", Titles: []string{"MEMBER", "ROLE", "STATE", "SEEN", "ADMITTED"}}
	for i := range n {
		cells := []string{fmt.Sprintf("cam-%03d", i), "reader", "-", "2m ago", "2026-03-02", "id 0123456789abcdef"}
		switch i {
		case 0, 1:
			cells[2] = "behind !"
		case 2:
			cells = []string{"ana", "owner", "this vault", "-", "2026-01-02", "id 00"}
		}
		t.Rows = append(t.Rows, wire.TableRow{Cells: cells, Look: i < 2})
	}
	return t
}

func conflictsTable() wire.Table {
	return wire.Table{
		View: wire.Conflicts, Head: "2 names to resolve", Titles: []string{"NAME", "VALUE", "BY", "SET", "KIND", "WHY", "GROUP"},
		Rows: []wire.TableRow{
			{Cells: []string{"MODEL_URL", "in use", "-", "-", "gone", "-", "cameras", "what every command reads"}, Look: true},
			{Cells: []string{"MODEL_URL", "1", "bo", "2h ago", "text", "concurrent", "cameras", "set without seeing the other"}, Look: true, Nth: 1},
			{Cells: []string{"STREAM_KEY", "in use, v9", "-", "2h ago", "text", "-", "cameras", "what every command reads"}, Look: true},
			{Cells: []string{"STREAM_KEY", "1", "this vault", "3h ago", "text", "restored", "cameras", "set here before a restore"}, Look: true, Nth: 1},
			{Cells: []string{"STREAM_KEY", "2", "kim", "4h ago", "gone", "concurrent", "cameras", "set without seeing the other"}, Look: true, Nth: 2},
		},
	}
}

// groupScreens are those of groups.
func groupScreens() map[string]*State {
	none := wire.Table{View: wire.Groups, Head: "0 groups", Titles: []string{"GROUP"}, None: []string{"This vault is in no group: tacit group create NAME makes one, and tacit join enters one."}}
	locked := wire.Table{View: wire.Members, Of: "cameras", Titles: []string{"MEMBER"}, Locked: true, None: []string{"Only a key tells of this: Enter asks for one."}}
	calm := wire.Table{View: wire.Conflicts, Head: "0 names to resolve", Titles: []string{"NAME"}, None: []string{"No value lost against another."}}
	return map[string]*State{
		"groups": taken(groupsTable()), "groups searched": typed(taken(groupsTable()), "w", "e", "b"), "no group": taken(none), "keys of groups": typed(taken(groupsTable()), "?"),
		"members": taken(membersTable(60)), "members behind": typed(taken(membersTable(1000)), "!", "end"), "members searched": typed(taken(membersTable(1000)), "9", "9"),
		"members locked": taken(locked), "conflicts": typed(taken(conflictsTable()), "down", "down", "down"), "no conflict": taken(calm), "keys of conflicts": typed(taken(conflictsTable()), "?"),
	}
}

// The members of a group are asked for by its row, whatever was searched, and Esc goes back
// to the groups.
func TestMembers(t *testing.T) {
	s := typed(taken(groupsTable()), "w", "e", "b")
	if got := s.Press("enter").Request; got != (wire.Request{Verb: wire.View, Name: wire.Members, Version: 2}) {
		t.Errorf("Enter asks for %+v", got)
	}
	if got := s.Press("ctrl+r").Request; got != (wire.Request{Verb: wire.Sync, Version: 2, View: wire.Groups}) {
		t.Errorf("^R asks for %+v", got)
	}
	s = taken(membersTable(1000))
	if got := s.Press("ctrl+r").Request; got != (wire.Request{Verb: wire.Sync, View: wire.Members}) {
		t.Errorf("^R asks for %+v", got)
	}
	if got := s.Press("+").Request; got != (wire.Request{Verb: wire.Invite, View: wire.Members}) {
		t.Errorf("+ asks for %+v", got)
	}
	remove := append([]string{":"}, strings.Split("remove", "")...)
	if got := typed(s, remove...).Press("enter").Request; got != (wire.Request{Verb: wire.Expel, Name: "cam-000", View: wire.Members}) {
		t.Errorf(":remove asks for %+v", got)
	}
	if got := typed(taken(groupsTable()), remove...).Press("enter"); got != (Action{}) {
		t.Errorf("of the groups :remove asks for %+v", got)
	}
	readOnly := taken(membersTable(3))
	readOnly.setup.ReadOnly = "no"
	if got := typed(readOnly, remove...).Press("enter"); got != (Action{}) || readOnly.note.text != "no" {
		t.Errorf("read-only, :remove asks for %+v", got)
	}
	readOnly.note.text = ""
	if got := readOnly.Press("+"); got != (Action{}) || readOnly.note.text != "no" {
		t.Errorf("read-only, + asks for %+v", got)
	}
	if typed(s, "!"); len(s.table.list.hits()) != 2 {
		t.Errorf("%d are behind", len(s.table.list.hits()))
	}
	if typed(s, "!", "c", "a", "m", "space", "9", "9", "9"); s.Chosen() != "cam-999" {
		t.Errorf("%s is found", s.Chosen())
	}
	if got := typed(s, "esc").Press("esc").Request; got != (wire.Request{Verb: wire.View, Name: wire.Groups}) {
		t.Errorf("Esc asks for %+v", got)
	}
	if got := s.Press("tab").Request; got != (wire.Request{Verb: wire.View, Name: wire.Conflicts}) {
		t.Errorf("Tab asks for %+v", got)
	}
	if s := taken(groupsTable()); s.note.text != "" {
		t.Errorf("%q is said", s.note.text)
	}
	s.Take(wire.Message{Table: &wire.Table{View: wire.Conflicts, First: true, Last: true}})
	if s.note.text != "" {
		t.Errorf("what was looked for stays: %q", s.note.text)
	}
}

// What is asked for a conflict names the secret and the number.
func TestConflicts(t *testing.T) {
	for _, c := range []struct {
		down int
		code string
		want wire.Request
	}{
		{0, "1", wire.Request{Verb: wire.Choose, Name: "MODEL_URL", Version: 1, View: wire.Conflicts}},
		{0, "2", wire.Request{}},
		{0, "x", wire.Request{Verb: wire.Show, Name: "MODEL_URL", View: wire.Conflicts}},
		{1, "space", wire.Request{Verb: wire.Lost, Name: "MODEL_URL", Version: 1, View: wire.Conflicts}},
		{3, "2", wire.Request{Verb: wire.Choose, Name: "STREAM_KEY", Version: 2, View: wire.Conflicts}},
		{3, "k", wire.Request{Verb: wire.Choose, Name: "STREAM_KEY", View: wire.Conflicts}},
		{4, "d", wire.Request{Verb: wire.Beside, Name: "STREAM_KEY", View: wire.Conflicts}},
		{4, "e", wire.Request{Verb: wire.Third, Name: "STREAM_KEY", View: wire.Conflicts}},
		{4, "enter", wire.Request{Verb: wire.Secret, Name: "STREAM_KEY"}},
		{4, "s", wire.Request{}},
	} {
		s := taken(conflictsTable())
		for range c.down {
			s.Press("down")
		}
		if got := s.Press(c.code).Request; got != c.want {
			t.Errorf("%s at %d: %+v, not %+v", c.code, c.down, got, c.want)
		}
	}
	s := taken(conflictsTable())
	s.setup.ReadOnly = "no"
	for _, code := range []string{"1", "k", "e"} {
		if got := s.Press(code); got != (Action{}) || s.note.text != "no" {
			t.Errorf("read-only, %s: %+v", code, got)
		}
	}
}

// The cursor stays on its row, of several of one name, when they are told anew.
func TestCursorStaysAmongSame(t *testing.T) {
	s := typed(taken(conflictsTable()), "down", "down", "down")
	for _, part := range conflictsTable().Parts() {
		s.Take(wire.Message{Table: &part})
	}
	if row := s.table.row(); row.Nth != 1 || row.Cells[0] != "STREAM_KEY" {
		t.Errorf("%+v is chosen", row)
	}
}

// What only a key tells asks for one, and is told anew then.
func TestLockedTables(t *testing.T) {
	for _, view := range []string{wire.Groups, wire.Members, wire.Conflicts} {
		s := taken(wire.Table{View: view, Titles: []string{"A"}, Locked: true})
		if got := s.Press("enter").Request; got != (wire.Request{Verb: wire.Unlock, View: view}) || !strings.Contains(s.hints().String(), "Enter unlock") {
			t.Errorf("%s: %+v, %s", view, got, s.hints())
		}
	}
}

// A group of many is searched and moved through as quickly as a list of names.
func TestManyMembers(t *testing.T) {
	s := taken(membersTable(1000))
	worst := time.Duration(0)
	for _, code := range []string{"c", "a", "m", "-", "9", "backspace", "backspace", "esc", "down", "pgdown", "end", "pgup", "!", "!"} {
		worst = max(worst, quickest(20*time.Millisecond, func() {}, func() {
			s.Press(code)
			_ = s.Frame()
		}))
	}
	t.Logf("the slowest key took %v", worst)
	if worst > 20*time.Millisecond {
		t.Errorf("a key took %v", worst)
	}
}

// A row in words, for who draws no screen.
func TestRowSays(t *testing.T) {
	table := conflictsTable()
	for at, want := range []string{
		"MODEL_URL, value in use, kind gone, group cameras, what every command reads",
		"MODEL_URL, value 1, by bo, set 2h ago, kind text, why concurrent, group cameras, set without seeing the other",
	} {
		if got := RowSays(table.Titles, table.Rows[at]); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got := RowSays([]string{"A", "B"}, wire.TableRow{Cells: []string{"a\x1b[2J", "behind !"}}); got != "a?[2J, b behind" {
		t.Errorf("%q", got)
	}
	if got := FindRows(table, "key stream"); len(got) != 3 || got[0] != 2 {
		t.Errorf("%v are found", got)
	}
}
