package screen

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

var update = flag.Bool("update", false, "write the frames again")

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// ago and ahead are times around noon.
func ago(d time.Duration) int64   { return noon.Add(-d).Unix() }
func ahead(d time.Duration) int64 { return noon.Add(d).Unix() }

func billing() []wire.Row {
	return []wire.Row{
		{Name: "API_BASE", Version: 5, Changed: ago(8 * 30 * day), Size: 24, Kind: "text"},
		{Name: "BILLING_DB_PASSWORD", Version: 3, Changed: ago(2 * time.Hour), Expires: ahead(3*day + time.Hour), Labels: "env=prod", Size: 26, Kind: "text"},
		{Name: "BILLING_DB_USER", Version: 1, Changed: ago(40 * day), Labels: "env=prod", Size: 22, Kind: "text"},
		{Name: "CONTROL", Version: 1, Changed: ago(time.Second), Labels: "a=\x1b[2J\r\n\u009b1m b=\u202eevil", Size: 1, Kind: "text"},
		{Name: "DB_PASSWORD", Version: 1041, Changed: ago(3 * time.Minute), Expires: ago(27 * day), Labels: "env=prod own=operations-and-more", Size: 26, Kind: "text"},
		{Name: "LEDGER_DB_URL", Version: 2, Changed: ago(900 * day), Expires: ahead(300 * day), Labels: "env=staging", Size: 2 << 20, Kind: "bytes"},
		{Name: "RIGHT_TO_LEFT", Version: 1, Changed: ago(day), Labels: "שם=שלום שלום", Size: 1, Kind: "json"},
		{Name: "WIDE", Version: 1, Changed: ago(day), Labels: "team=漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 e=e\u0301e\u0301e\u0301", Size: 1, Kind: "text"},
		{Name: "lower-case_and_" + strings.Repeat("long_", 30) + "name", Version: 1, Changed: ago(day), Size: 1, Kind: "text"},
	}
}

// of is a screen of some rows.
func of(rows []wire.Row) *State {
	s := New(80, 24, noon)
	s.Take(wire.Message{
		Setup: &wire.Setup{Style: int(style.Colour), IdleFor: 300},
		Place: &wire.Place{Where: "~/billing @prod", Lock: "unlocked by agent, 42m left", State: wire.Listed},
		Rows:  &wire.Rows{First: true, Last: true, Rows: rows},
	})
	return s
}

// at is a screen at a place that is no list.
func at(state wire.State, says ...string) *State {
	s := of(billing())
	s.Take(wire.Message{Place: &wire.Place{Where: "~/billing", State: state, Says: says}})
	return s
}

func typed(s *State, keys ...string) *State {
	for _, key := range keys {
		s.Press(key)
	}
	return s
}

func one() *State {
	s := of(billing())
	s.Take(wire.Message{Secret: &wire.OneSecret{Name: "DB_PASSWORD", Kept: 10, Versions: []wire.Row{
		{Version: 7, Changed: ago(3 * time.Minute), Expires: ago(27 * day), Labels: "env=prod own=ops", Size: 26, Kind: "text"},
		{Version: 6, Changed: ago(2 * day), Labels: "env=\x1b[31m漢字", Size: 26, Kind: "text"},
		{Version: 5, Changed: ago(2 * day), Kind: gone},
		{Version: 4, Changed: ago(31 * day), Size: 22, Kind: "text"},
	}}})
	return s
}

// environments is a screen of the environments of a project.
func environments(envs ...string) *State {
	s := of(billing())
	s.Take(wire.Message{Place: &wire.Place{Where: "~/billing @dev", Lock: "locked", State: wire.Listed, Views: []string{wire.Environments, wire.Health}}})
	row := func(look bool, cells ...string) wire.TableRow {
		named := append([]string{cells[0]}, slices.Repeat([]string{"v1 same"}, len(envs))...)
		copy(named, cells)
		return wire.TableRow{Cells: named, Look: look}
	}
	expiring := row(true, "BILLING_DB_PASSWORD", "v1", "v4 other", "v3 other")
	expiring.Cells = append(expiring.Cells, "in @prod it expires in 3d")
	table := wire.Table{View: wire.Environments, Base: envs[0], Head: "5 names, 2 differ, 2 missing", Titles: append([]string{"NAME"}, envs...), First: true, Rows: []wire.TableRow{row(true, "API_BASE", "v2", "v2 same", "v5 other"), expiring}}
	s.Take(wire.Message{Table: &table})
	table.First, table.Last = false, true
	table.Rows = []wire.TableRow{row(true, "NEW_RELIC_KEY", "MISSING", "MISSING", "v1"), row(true, "SMTP_PASSWORD", "v1", "v1 same", "MISSING"), row(false, "WEBHOOK_TOKEN", "v3 locked", "v2", "v2 same")}
	s.Take(wire.Message{Table: &table})
	return s
}

// places is a screen of where it can go.
func places(s *State) *State {
	s.Take(wire.Message{Table: &wire.Table{View: wire.Places, Titles: []string{"VAULT", "STATE", "FOLDER"}, Head: "4 vaults", First: true, Last: true, Rows: []wire.TableRow{
		{Cells: []string{"-", "-", "~/billing/.tacit"}},
		{Cells: []string{"@prod", "shown", "~/billing/.tacit.prod"}},
		{Cells: []string{"~/.local/share/tacit/default", "-", "~/.local/share/tacit/default"}},
		{Cells: []string{"/mnt/\x1b]0;x\a漢字/vault", "-", "/mnt/?/vault"}},
	}}})
	return s
}

// screens are each state that there is.
func screens() map[string]*State {
	many := make([]wire.Row, 412)
	for i := range many {
		many[i] = wire.Row{Name: fmt.Sprintf("NAME_%03d", i), Version: 1, Changed: ago(time.Duration(i) * time.Hour), Size: 3, Kind: "text"}
	}
	readOnly := of(billing())
	readOnly.Take(wire.Message{Place: &wire.Place{Where: "~/billing", Lock: "locked", State: wire.Listed, Why: "the disk is read-only"}})
	changed := typed(of(billing()), "down", "down")
	changed.Take(wire.Message{Place: &wire.Place{Where: "~/billing", Lock: "locked", State: wire.Listed, Note: "3 names changed by another process"}})
	changed.Take(wire.Message{Rows: &wire.Rows{First: true, Last: true, Rows: billing()[1:]}})
	copied := one()
	copied.Take(wire.Message{Done: &wire.Done{Note: "copied DB_PASSWORD; cleared in %d s", Seconds: 45}})
	copied.Pass(noon.Add(7 * time.Second))
	table := of(billing())
	table.Take(wire.Message{Table: &wire.Table{
		View: wire.Health, Head: "2 to look at", Titles: []string{"STATE", "WHAT"}, First: true, Last: true,
		Rows: []wire.TableRow{{Cells: []string{"!", "one key slot only\x1b[2J", "mend: tacit key add recovery"}, Look: true}, {Cells: []string{"ok", "verified 漢字"}}},
	}})
	deleted := of(billing())
	deleted.Take(wire.Message{Secret: &wire.OneSecret{Name: "GONE", Kept: 10, Versions: []wire.Row{{Version: 2, Changed: ago(day), Kind: gone}, {Version: 1, Changed: ago(2 * day), Size: 3, Kind: "text"}}}})
	all := map[string]*State{
		"beginning": New(80, 24, noon), "list": of(billing()), "empty": of(nil), "many": typed(of(many), "end", "up", "up"),
		"search": typed(of(billing()), "d", "b", "space", "e", "n", "v", "=", "p", "down"), "nothing matches": typed(of(billing()), "d", "b", "x"), "nothing near": typed(of(billing()), "z", "z", "z", "z"),
		"expiring": typed(of(billing()), "!", ">", ">"), "none expires": typed(of(billing()[:1]), "!"), "read-only": readOnly, "changed beneath": changed,
		"secret": one(), "older version": typed(one(), "down", "down"), "copied": copied, "deleted": deleted,
		"keys": typed(of(billing()), "?"), "keys of a secret": typed(one(), "?", "down"), "keys searched": typed(of(billing()), "?", "c", "o", "p", "y"),
		"command": typed(of(billing()), ":", "s", "o", "r", "t"), "no command": typed(of(billing()), ":", "x", "enter"), "table": table,
		"places": places(of(billing())), "places searched": typed(places(of(billing())), "d", "e", "f"),
		"environments": environments("@dev", "@staging", "@prod"), "environments searched": typed(environments("@dev", "@staging", "@prod"), "p", "a", "s", "s", "down"), "environments that differ": typed(environments("@dev", "@staging", "@prod"), "!", "end"),
		"many environments": typed(environments("@a", "@b", "@c-long-name", "@d\x1b[2J", "@e", "@f", "@g", "@h", "@i"), "right", "right", "down"), "no such environment": typed(environments("@dev", "@prod"), "z"), "keys of environments": typed(environments("@dev", "@prod"), "?"),
		"no vault": at(wire.NoVault), "away": at(wire.Away),
		"untrusted": at(wire.Untrusted, "/home/ana/billing/.tacit", "id 0123", "pin "+strings.Repeat("ab", 32)),
		"tampered":  at(wire.Tampered, "the record of A is not the one that was written", "try: tacit verify"), "failing": at(wire.Failing, "the vault is in use by another process"),
		"long words": typed(of(billing()), strings.Split(strings.Repeat("long", 40), "")...),
	}
	both := one()
	secret := both.secret
	secret.Envs, secret.Groups = []string{"@dev", "@staging"}, []string{"web\x1b[2J"}
	secret.More = true
	both.Take(wire.Message{Secret: &secret})
	all["secret elsewhere"] = both
	maps.Copy(all, groupScreens())
	return all
}

// sizes are those of the goldens, and some more that are only held to their bounds.
var sizes = [][2]int{{120, 40}, {80, 24}, {60, 20}, {40, 12}, {30, 8}}

// Each state looks as it did, at each size.
func TestFrames(t *testing.T) {
	for name, s := range screens() {
		var got strings.Builder
		for _, size := range sizes {
			s.Resize(size[0], size[1])
			fmt.Fprintf(&got, "== %dx%d\n", size[0], size[1])
			var roles strings.Builder
			for _, line := range s.Frame() {
				fmt.Fprintf(&got, "%s\n", strings.TrimRight(line.String(), " "))
				for _, span := range line {
					if span.Role != style.Plain {
						fmt.Fprintf(&roles, "%d: %q\n", span.Role, span.Text)
					}
				}
			}
			got.WriteString("-- roles\n" + roles.String())
		}
		path := filepath.Join("testdata", "frames", strings.ReplaceAll(name, " ", "-")+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s:\n%s", name, got.String())
		}
	}
}

// No line is wider than the screen, no frame higher, and nothing in it is obeyed by a
// terminal, at any size.
func TestBounds(t *testing.T) {
	for name, s := range screens() {
		for columns := 1; columns < 140; columns += 3 {
			for rows := 1; rows < 45; rows += 4 {
				s.Resize(columns, rows)
				frame := s.Frame()
				if len(frame) != rows {
					t.Errorf("%s at %dx%d: %d lines", name, columns, rows, len(frame))
				}
				for _, line := range frame {
					text := line.String()
					if style.Width(text) > columns || strings.ContainsFunc(text, func(r rune) bool {
						return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e
					}) {
						t.Errorf("%s at %dx%d: %d cells: %q", name, columns, rows, style.Width(text), text)
					}
				}
			}
		}
	}
}

// The chosen row is on the screen, wherever the cursor was moved.
func TestCursorIsSeen(t *testing.T) {
	for _, name := range []string{"many", "list", "older version", "keys", "keys of a secret", "table", "environments", "many environments", "groups", "members", "members behind", "conflicts", "keys of conflicts"} {
		s := screens()[name]
		for _, size := range sizes {
			s.Resize(size[0], size[1])
			for _, key := range []string{"home", "down", "pgdown", "pgdown", "up", "end", "pgup", "down", "home", "pgup", "end", "pgdown"} {
				s.Press(key)
				seen := 0
				for _, line := range s.Frame() {
					for _, span := range line {
						if span.Role == style.Chosen {
							seen++
						}
					}
				}
				if seen != 1 {
					t.Errorf("%s at %v after %s: %d rows are chosen", name, size, key, seen)
				}
			}
		}
	}
}
