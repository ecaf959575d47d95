package screen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// Half a table is not shown, and one that comes anew keeps what was typed and the cursor.
func TestTableComesInParts(t *testing.T) {
	s := of(billing())
	table := wire.Table{View: wire.Environments, Titles: []string{"NAME", "@dev"}, First: true, Rows: []wire.TableRow{{Cells: []string{"A_ONE", "v1"}}, {Cells: []string{"A_TWO", "v1"}}}}
	s.Take(wire.Message{Table: &table})
	if s.page == tablePage {
		t.Error("half a table is shown")
	}
	table.First, table.Last = false, true
	table.Rows = []wire.TableRow{{Cells: []string{"A_XTWO", "v1"}}, {Cells: []string{"B", "v1"}}}
	s.Take(wire.Message{Table: &table})
	typed(s, "t", "w", "o", "down")
	if s.page != tablePage || len(s.table.list.hits()) != 2 || s.Chosen() != "A_XTWO" {
		t.Errorf("page %v, %d found, %q is chosen", s.page, len(s.table.list.hits()), s.Chosen())
	}
	table.First, table.Base = true, "@dev"
	table.Rows = []wire.TableRow{{Cells: []string{"A_TOO_TWO", "v1"}}, {Cells: []string{"A_TWO", "v1"}}, {Cells: []string{"A_XTWO", "v1"}}}
	s.Take(wire.Message{Table: &table})
	if s.table.list.typed != "two" || len(s.table.list.hits()) != 3 || s.Chosen() != "A_XTWO" {
		t.Errorf("%q is typed, %q is chosen", s.table.list.typed, s.Chosen())
	}
}

// In a table no letter acts either, and none is typed into the list behind it.
func TestTypingSearchesTables(t *testing.T) {
	for c := byte('!'); c < 0x7f; c++ {
		s := environments("@dev", "@prod")
		if action := s.Press(string(c)); searchable(c) && (action != (Action{}) || s.table.list.typed != string(c) || s.list.typed != "" || s.page != tablePage) {
			t.Errorf("%q acts: %+v", c, action)
		}
	}
	s := typed(environments("@dev", "@prod"), "d", "b", "space", "p", "ctrl+w")
	if s.table.list.typed != "db " {
		t.Errorf("%q is typed", s.table.list.typed)
	}
	if typed(s, "esc"); s.page != tablePage || s.table.list.typed != "" {
		t.Errorf("Esc leaves %q", s.table.list.typed)
	}
	if typed(s, "esc"); s.page != listPage {
		t.Error("Esc does not go back")
	}
}

// The base is turned around, and what is compared is named with it.
func TestEnvironmentKeys(t *testing.T) {
	s := environments("@dev", "@staging", "@prod")
	for code, want := range map[string]wire.Request{
		">":      {Verb: wire.View, Name: wire.Environments, Base: "@staging"},
		"<":      {Verb: wire.View, Name: wire.Environments, Base: "@prod"},
		"ctrl+r": {Verb: wire.View, Name: wire.Environments},
		"enter":  {Verb: wire.Compare, Name: "API_BASE", Base: "@dev"},
	} {
		if got := s.Press(code).Request; got != want {
			t.Errorf("%s: %+v, not %+v", code, got, want)
		}
	}
	typed(s, "!")
	if n := len(s.table.list.hits()); n != 4 {
		t.Errorf("%d differ", n)
	}
	typed(s, "!")
	if n := len(s.table.list.hits()); n != 5 {
		t.Errorf("%d of all", n)
	}
}

// Each column is reached, and no further one.
func TestSideways(t *testing.T) {
	envs := []string{"@a", "@b", "@c", "@d", "@e", "@f", "@g", "@h", "@i"}
	for _, size := range sizes {
		s := environments(envs...)
		s.Resize(size[0], size[1])
		seen := ""
		for range envs {
			seen += s.Frame()[2].String()
			s.Press("right")
		}
		for _, env := range envs {
			if !strings.Contains(seen, env) {
				t.Errorf("at %v %s is never seen", size, env)
			}
		}
		end := fmt.Sprint(s.Frame())
		if !strings.Contains(s.Frame()[2].String(), "@i") || fmt.Sprint(typed(s, "right").Frame()) != end {
			t.Errorf("at %v there is more than the last: %s", size, end)
		}
		for range envs {
			s.Press("left")
		}
		if !strings.Contains(s.Frame()[2].String(), "@a") {
			t.Errorf("at %v the first is not reached again", size)
		}
	}
}

// Tab goes through the views and back, Shift-Tab the other way.
func TestViews(t *testing.T) {
	s := of(billing())
	s.Take(wire.Message{Place: &wire.Place{State: wire.Listed, Views: []string{wire.Environments, wire.Health}}})
	show := func(view string) {
		s.Take(wire.Message{Table: &wire.Table{View: view, Titles: []string{"A"}, First: true, Last: true}})
	}
	for _, code := range []string{"tab", "shift+tab"} {
		order := []string{wire.Environments, wire.Health}
		if code == "shift+tab" {
			order = []string{wire.Health, wire.Environments}
		}
		for _, want := range order {
			if got := s.Press(code).Request; got != (wire.Request{Verb: wire.View, Name: want}) {
				t.Fatalf("%s asks for %+v, not %s", code, got, want)
			}
			show(want)
		}
		if got := s.Press(code); got != (Action{}) || s.page != listPage {
			t.Errorf("%s behind the last: %+v", code, got)
		}
	}
}

// Keys that come before the answers go on from what was asked for, and a view that nobody
// waits for any more is not shown.
func TestTabsInARow(t *testing.T) {
	s := of(billing())
	s.Take(wire.Message{Place: &wire.Place{State: wire.Listed, Views: []string{wire.Environments, wire.Health}}})
	show := func(view string) {
		s.Take(wire.Message{Table: &wire.Table{View: view, Titles: []string{"A"}, First: true, Last: true}})
	}
	for _, want := range []string{wire.Environments, wire.Health} {
		if got := s.Press("tab").Request; got.Name != want {
			t.Errorf("Tab asks for %+v, not %s", got, want)
		}
	}
	show(wire.Environments)
	show(wire.Health)
	if s.page != tablePage || s.table.View != wire.Health {
		t.Errorf("page %v, %s", s.page, s.table.View)
	}
	typed(s, "esc", "tab", "tab", "tab")
	if s.page != listPage || s.note.text != "" {
		t.Errorf("page %v, %q", s.page, s.note.text)
	}
	show(wire.Environments)
	show(wire.Health)
	if s.page != listPage {
		t.Error("who has gone on is brought back")
	}
	typed(s, "tab")
	if show(wire.Environments); s.page != tablePage {
		t.Error("the next one is not shown")
	}
}

// The chosen place is named by its row, whatever was searched, and nothing of the vault
// before stays.
func TestPlaces(t *testing.T) {
	s := one()
	typed(s, "esc")
	if got := s.Press("@").Request; got != (wire.Request{Verb: wire.View, Name: wire.Places}) {
		t.Errorf("@ asks for %+v", got)
	}
	typed(places(s), "d", "e", "f", "a")
	if got := s.Press("enter").Request; got != (wire.Request{Verb: wire.Go, Version: 3}) {
		t.Errorf("Enter asks for %+v", got)
	}
	if text := fmt.Sprintf("%+v", *s); strings.Contains(text, "DB_PASSWORD") || s.page != listPage {
		t.Errorf("there stays %s", text)
	}
	if action := typed(places(of(billing())), "z", "z").Press("enter"); action != (Action{}) {
		t.Errorf("nothing is gone to: %+v", action)
	}
}

// From a place that is no list there is a way to others, and back.
func TestPlacesFromNoList(t *testing.T) {
	for _, state := range []wire.State{wire.NoVault, wire.Untrusted, wire.Tampered, wire.Failing} {
		s := at(state)
		if got := s.Press("@").Request; got != (wire.Request{Verb: wire.View, Name: wire.Places}) {
			t.Errorf("%s: @ asks for %+v", state, got)
		}
		if typed(places(s), "esc"); s.page != placePage {
			t.Errorf("%s: Esc goes to page %v", state, s.page)
		}
	}
}
