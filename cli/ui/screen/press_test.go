package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// Every key of every page does what its line says: it asks for its verb, ends, or changes
// what is drawn or held.
func TestKeysDoWhatTheySay(t *testing.T) {
	for name, s := range screens() {
		if s.command != nil || !s.begun {
			continue
		}
		for _, key := range s.Keys() {
			for _, code := range key.Codes {
				of := screens()[name]
				for i, way := range of.Keys() {
					if way.has(code) && i < len(of.Keys()) && way.Does != key.Does {
						break // one before it has the code
					}
				}
				action := of.Press(code)
				q := action.Request
				switch {
				case key.Verb == "" || of.note.text != "":
				case q.Verb != key.Verb:
					t.Errorf("%s: %s asks for %q, not %q", name, code, q.Verb, key.Verb)
				}
			}
		}
	}
}

// Each hint stands for a key that acts: in no state is one shown that only says no.
func TestHintsAct(t *testing.T) {
	for _, name := range []string{"list", "secret", "secret elsewhere", "search", "no vault", "untrusted", "tampered", "keys", "table", "away", "environments", "places", "groups", "no group", "members", "members locked", "conflicts", "no conflict"} {
		s := screens()[name]
		s.Resize(200, 40)
		hints := s.hints().String()
		n := 0
		for _, key := range s.Keys() {
			if key.Hint == "" {
				continue
			}
			n++
			if !strings.Contains(hints, " "+key.Shown()+" "+key.Hint+" ") {
				t.Errorf("%s: %q does not hint at %s", name, hints, key.Shown())
			}
			if key.Verb == wire.Rollback || key.Codes[0] == "+" || name == "search" && key.Codes[0] == "esc" {
				continue // of the current version, and without a name, they say why not
			}
			of := screens()[name]
			before := fmt.Sprint(of.Frame())
			action := of.Press(key.Codes[0])
			if action == (Action{}) && fmt.Sprint(of.Frame()) == before {
				t.Errorf("%s: %s does nothing", name, key.Shown())
			}
		}
		if n == 0 || !strings.HasSuffix(hints, " ?") {
			t.Errorf("%s: the hints are %q", name, hints)
		}
	}
}

// No letter acts in a list: whatever is typed is searched for.
func TestTypingIsSearch(t *testing.T) {
	for c := byte(' '); c < 0x7f; c++ {
		code := string(c)
		if c == ' ' {
			code = "space"
		}
		s := of(billing())
		if action := s.Press(code); searchable(c) && (action != (Action{}) || s.list.typed != string(c) || s.page != listPage) {
			t.Errorf("%q acts: %+v", c, action)
		}
	}
}

// What a search finds.
func TestSearch(t *testing.T) {
	for typed, want := range map[string]string{
		"":              "API_BASE BILLING_DB_PASSWORD BILLING_DB_USER DB_PASSWORD LEDGER_DB_URL",
		"db":            "BILLING_DB_PASSWORD BILLING_DB_USER DB_PASSWORD LEDGER_DB_URL",
		"pass db":       "BILLING_DB_PASSWORD DB_PASSWORD",
		"PASS_bill":     "BILLING_DB_PASSWORD",
		"user-db":       "BILLING_DB_USER",
		"prod_db":       "",
		"db env=":       "BILLING_DB_PASSWORD BILLING_DB_USER DB_PASSWORD LEDGER_DB_URL",
		"env=prod":      "BILLING_DB_PASSWORD BILLING_DB_USER DB_PASSWORD",
		"ENV=PROD own":  "",
		"own=op":        "DB_PASSWORD",
		"env=prod own=": "DB_PASSWORD",
		"_ - ":          "API_BASE BILLING_DB_PASSWORD BILLING_DB_USER DB_PASSWORD LEDGER_DB_URL",
	} {
		rows := billing()
		s := of([]wire.Row{rows[0], rows[1], rows[2], rows[4], rows[5]})
		for i, c := range typed { // letter by letter, and some taken back
			code := strings.ReplaceAll(string(c), " ", "space")
			s.Press(code)
			if i%3 == 0 {
				s.Press("backspace")
				s.Press(code)
			}
		}
		var names []string
		for _, i := range s.list.hits() {
			names = append(names, s.list.rows[i].Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q finds %q, not %q", typed, got, want)
		}
	}
}

// Nearest is named only where it is near.
func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"dbx": "DB_PASSWORD", "zzzz": "", "apibsae": "API_BASE", "q": ""} {
		s := of(billing())
		s.Type(word)
		if got := s.list.nearest(); got != want {
			t.Errorf("%s: %q, not %q", word, got, want)
		}
	}
}

// A vault that cannot be changed: keys that change it say why, and are no hints.
func TestReadOnly(t *testing.T) {
	s := screens()["read-only"]
	if strings.Contains(s.hints().String(), "new") {
		t.Error(s.hints().String())
	}
	s.Type("NEW")
	if action := s.Press("+"); action != (Action{}) || s.note.text != "the disk is read-only" {
		t.Errorf("%+v, %q", action, s.note.text)
	}
	s = one()
	s.Press(":")
	for _, code := range []string{"r", "o", "enter"} {
		s.Press(code)
	}
	for _, code := range []string{"e", "n", "D", "r"} {
		if action := s.Press(code); action != (Action{}) || !strings.Contains(s.note.text, ":ro") {
			t.Errorf("%s: %+v, %q", code, action, s.note.text)
		}
	}
	if action := s.Press("x"); action.Request.Verb != wire.Show {
		t.Errorf("x: %+v", action)
	}
}

// What is asked for names the version that is chosen.
func TestVersions(t *testing.T) {
	for _, c := range []struct {
		down int
		code string
		want wire.Request
	}{
		{0, "x", wire.Request{Verb: wire.Show, Name: "DB_PASSWORD"}},
		{1, "x", wire.Request{Verb: wire.Show, Name: "DB_PASSWORD", Version: 6}},
		{1, "space", wire.Request{Verb: wire.Show, Name: "DB_PASSWORD", Version: 6}},
		{1, "r", wire.Request{Verb: wire.Rollback, Name: "DB_PASSWORD", Version: 6}},
		{1, "n", wire.Request{Verb: wire.Set, Name: "DB_PASSWORD"}},
		{1, "D", wire.Request{Verb: wire.Remove, Name: "DB_PASSWORD"}},
		{0, "d", wire.Request{Verb: wire.Diff, Name: "DB_PASSWORD", Version: 7}},
		{3, "d", wire.Request{}},
		{0, "r", wire.Request{}},
		{2, "x", wire.Request{}},
		{2, "c", wire.Request{}},
	} {
		s := one()
		for range c.down {
			s.Press("[")
		}
		if got := s.Press(c.code).Request; got != c.want {
			t.Errorf("%s at %d: %+v, not %+v", c.code, c.down, got, c.want)
		}
	}
}

// What is told later of a secret does not bring back who has gone on.
func TestToldLater(t *testing.T) {
	s := typed(one(), "down", "esc")
	more := wire.OneSecret{Name: "DB_PASSWORD", Versions: s.secret.Versions, Envs: []string{"@dev"}, More: true}
	s.Take(wire.Message{Secret: &more})
	if s.page != listPage {
		t.Error("the secret is shown again")
	}
	s = typed(one(), "down")
	s.Take(wire.Message{Secret: &more})
	if s.page != secretPage || s.version != 1 || s.Press("=").Request != (wire.Request{Verb: wire.Compare, Name: "DB_PASSWORD"}) {
		t.Errorf("version %d of page %v", s.version, s.page)
	}
}

// A place that is no list has no name in its state, in any field.
func TestNoNamesOfAnUntrustedVault(t *testing.T) {
	for _, state := range []wire.State{wire.Untrusted, wire.Tampered, wire.NoVault, wire.Away} {
		s := one()
		behind := wire.Table{View: wire.Environments, Titles: []string{"NAME"}, Rows: []wire.TableRow{{Cells: []string{"DB_PASSWORD"}}}, First: true, Last: true}
		s.Take(wire.Message{Table: &behind})
		s.Take(wire.Message{Place: &wire.Place{State: state}})
		if text := fmt.Sprintf("%+v", *s); strings.Contains(text, "DB_PASSWORD") {
			t.Errorf("%s: %s", state, text)
		}
	}
}

// A list that changes beneath keeps its cursor on the name.
func TestCursorStays(t *testing.T) {
	s := typed(of(billing()), "down", "down")
	s.Take(wire.Message{Rows: &wire.Rows{First: true, Rows: billing()[1:3]}})
	if found, all := s.Found(); found != 9 || all != 9 {
		t.Errorf("half a list is shown: %d of %d", found, all)
	}
	s.Take(wire.Message{Rows: &wire.Rows{Last: true, Rows: billing()[3:]}})
	if found, _ := s.Found(); found != 8 || s.Chosen() != "BILLING_DB_USER" {
		t.Errorf("%d, %s", found, s.Chosen())
	}
}

// Esc never ends the program in a list, and a note that counts down ends.
func TestEscAndNotes(t *testing.T) {
	s := of(billing())
	if s.Press("esc").Quit || !s.Press("ctrl+c").Quit {
		t.Error("Esc ends, or ^C does not")
	}
	s.Take(wire.Message{Done: &wire.Done{Note: "cleared in %d s", Seconds: 2}})
	if !s.Pass(noon.Add(time.Second)) || !strings.Contains(s.status().String(), "cleared in 1 s") || s.Pass(noon.Add(2*time.Second)) || strings.Contains(s.status().String(), "cleared") {
		t.Error(s.status().String())
	}
}

// With 100,000 names a letter takes no more than a blink.
func TestManyNames(t *testing.T) {
	rows := make([]wire.Row, 100_000)
	for i := range rows {
		rows[i] = wire.Row{Name: fmt.Sprintf("SERVICE_%05d_DB_PASSWORD", i), Version: 1, Changed: noon.Unix(), Size: 20, Kind: "text", Labels: "env=prod"}
	}
	s := of(rows)
	worst := time.Duration(0)
	for _, c := range "db 99" {
		typed := s.list.typed
		worst = max(worst, quickest(200*time.Millisecond, func() { s.list.search(typed, noon) }, func() {
			s.Press(strings.ReplaceAll(string(c), " ", "space"))
			_ = s.Frame()
		}))
	}
	t.Logf("the slowest letter took %v", worst)
	if worst > 200*time.Millisecond {
		t.Errorf("a letter took %v", worst)
	}
	if found, _ := s.Found(); found == 0 || found == len(rows) {
		t.Errorf("%d are found", found)
	}
}

// quickest is how long something takes that is to take no longer than that. Other processes
// are no fault of its own: what was too slow is done again, for a minute.
func quickest(wanted time.Duration, before, do func()) time.Duration {
	best := time.Hour
	for n, end := 0, time.Now().Add(time.Minute); n < 3 || best > wanted && time.Now().Before(end); n++ {
		before()
		begun := time.Now()
		do()
		best = min(best, time.Since(begun))
	}
	return best
}

// A letter that comes before the secret that was asked for is no search of the list, to
// which somebody will come back.
func TestLetterBeforeTheSecret(t *testing.T) {
	s := screens()["list"]
	q := s.Press("enter").Request
	if q.Verb != wire.Secret {
		t.Fatalf("enter asks for %q", q.Verb)
	}
	s.Press("e")
	s.Take(wire.Message{Secret: &wire.OneSecret{Name: q.Name}})
	s.Press("esc")
	if typed := s.searches().typed; typed != "" {
		t.Errorf("the search is %q", typed)
	}
	s.Press("e")
	if typed := s.searches().typed; typed != "e" {
		t.Errorf("the search is %q", typed)
	}
}
