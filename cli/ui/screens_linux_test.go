package ui_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/group"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/ui"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault"
)

var update = flag.Bool("update", false, "write the screens again")

// A studio is a project of two environments, by a clock of its own. That of @prod is in a
// group of a thousand.
type studio struct {
	t    *testing.T
	home string
	dir  string
	now  time.Time
}

// app is tacit in the studio.
func (s *studio) app(out, said *bytes.Buffer, in string) *frame.App {
	app := cli.New()
	app.In, app.Out, app.Err = strings.NewReader(in), out, said
	app.Environ = func() []string { return nil }
	app.Getwd = func() (string, error) { return s.dir, nil }
	app.Now = func() time.Time { return s.now }
	app.TTY = nil
	return app
}

// run runs a command line a second later, and returns what it printed.
func (s *studio) run(in string, args ...string) string {
	s.t.Helper()
	s.now = s.now.Add(time.Second)
	var out, said bytes.Buffer
	if code := s.app(&out, &said, in).Run(s.t.Context(), args); code != 0 {
		s.t.Fatalf("%v: exit code %d: %s", args, code, said.String())
	}
	return out.String()
}

// inside does something in a session of the vault.
func (s *studio) inside(do func(ctx context.Context, session *frame.Session) error, args ...string) {
	s.t.Helper()
	var out, said bytes.Buffer
	app := s.app(&out, &said, "")
	all := app.Commands
	app.Commands = func(session *frame.Session) []*cmdline.Command {
		return append(all(session), &cmdline.Command{Name: "inside", Group: cmdline.GroupHidden, Run: func(ctx context.Context, _ []string) error { return do(ctx, session) }})
	}
	if code := app.Run(s.t.Context(), append([]string{"inside"}, args...)); code != 0 {
		s.t.Fatalf("exit code %d: %s", code, said.String())
	}
}

// secrets are a thousand names and values as JSON.
func secrets(n int) string {
	services := []string{"BILLING", "LEDGER", "CHECKOUT", "SEARCH", "MAIL", "MEDIA", "AUTH", "REPORTS", "WAREHOUSE", "SUPPORT_CHAT_AND_TICKETS"}
	kinds := []string{"DB_PASSWORD", "DB_USER", "API_KEY", "WEBHOOK_TOKEN", "SIGNING_KEY"}
	all := map[string]string{}
	for i := 0; len(all) < n; i++ {
		name := fmt.Sprintf("%s_%02d_%s", services[i%len(services)], i/50, kinds[i/len(services)%len(kinds)])
		all[name] = fmt.Sprintf("value %d", i)
	}
	text, _ := json.Marshal(all)
	return string(text)
}

func newStudio(t *testing.T) *studio {
	s := &studio{t: t, home: t.TempDir(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s.dir = filepath.Join(s.home, "billing")
	kim := filepath.Join(s.home, "kim")
	for name, value := range map[string]string{
		"HOME": s.home, "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "", "XDG_DATA_HOME": "", "TACIT_AGENT": "off",
		"TACIT_VAULT": "", "TACIT_ENV": "", "TACIT_IDENTITY": "", "TACIT_EXPECT": "", "CREDENTIALS_DIRECTORY": "",
	} {
		t.Setenv(name, value)
	}
	for _, dir := range []string{s.dir, kim} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, env := range []string{"@dev", "@prod"} {
		s.run("", "init", "--here", env)
		s.run(secrets(1000), "import", "json", "-", env)
	}
	s.now = s.now.AddDate(0, 5, 0)
	for _, line := range []string{
		"AUTH_00_API_KEY --label env=prod --label own=ops --expires 2026-12-01", "AUTH_00_DB_PASSWORD --label env=prod --expires 2026-11-01",
		"BILLING_00_DB_PASSWORD --label env=prod --label own=operations-and-more", "BILLING_00_DB_PASSWORD", "BILLING_00_DB_PASSWORD --expires 2027-06-01",
		"NEW_RELIC_KEY --label own=ops",
	} {
		s.now = s.now.AddDate(0, 0, 11)
		s.run("another value", append([]string{"set", "@prod"}, strings.Fields(line)...)...)
	}
	s.run("", "group", "create", "cameras", "@prod", "--all", "--at", filepath.Join(s.home, "box"), "--label", "ana", "--no-recovery", "--yes")
	code := s.run("", "group", "invite", "cameras", "@prod", "--role", "writer", "--label", "bo")
	s.run("", "init", kim)
	if err := os.WriteFile(filepath.Join(s.home, "code"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run("", "join", "--vault", kim, "--code-file", filepath.Join(s.home, "code"), "--label", "bo", "--no-input")
	s.run("", "sync", "@prod")
	s.run("", "sync", "--vault", kim)
	for _, line := range [][]string{ // who has told more changes of it wins, whatever the ids are
		{"set", "LEDGER_00_DB_USER", "--vault", kim},
		{"set", "LEDGER_00_DB_USER", "@prod"},
		{"sync", "@prod"},
		{"set", "LEDGER_00_DB_USER", "@prod"},
		{"set", "MAIL_00_API_KEY", "@prod"},
		{"set", "MAIL_00_API_KEY", "--vault", kim},
		{"sync", "--vault", kim},
		{"set", "MAIL_00_API_KEY", "--vault", kim},
	} {
		s.now = s.now.Add(time.Hour)
		s.run(fmt.Sprint("value of ", s.now), line...)
	}
	s.run("", "sync", "--vault", kim)
	s.now = s.now.Add(2 * time.Hour)
	s.run("", "sync", "@prod")
	s.inside(s.enrol, "@prod")
	s.now = s.now.Add(4 * time.Minute)
	return s
}

// enrol puts members on the owner's list, until there are a thousand. What the owner knows
// of each by its receipts is told by its number.
func (s *studio) enrol(ctx context.Context, session *frame.Session) error {
	v, err := frame.OpenAlone(ctx, session, true)
	if err != nil {
		return err
	}
	defer v.Close()
	return v.Merge(ctx, "test", func(w *vault.MergeView) (vault.Merge, error) {
		records, err := vault.GroupRecords(ctx, v.Vault)
		if err != nil {
			return vault.Merge{}, err
		}
		name := records[slices.IndexFunc(records, func(name string) bool { return strings.HasSuffix(name, "-m") })]
		value, _, err := w.Own(name)
		if err != nil {
			return vault.Merge{}, err
		}
		var roster map[string]any
		if err := json.Unmarshal(value.Reveal(), &roster); err != nil {
			return vault.Merge{}, err
		}
		members := roster["members"].([]any)
		for i := range 998 { // there are two already
			one := map[string]any{}
			for key, is := range members[0].(map[string]any) {
				one[key] = is
			}
			one["id"], one["label"], one["role"] = idLike(one["id"], i+1), fmt.Sprintf("cam-%03d", i), 4
			one["admitted"], one["seen"] = s.now.AddDate(0, 0, -i%90).Unix(), s.now.Add(-time.Duration(i)*time.Minute).Unix()
			one["behind"] = i%83 == 17
			members = append(members, one)
		}
		roster["members"] = members
		text, err := json.Marshal(roster)
		if err != nil {
			return vault.Merge{}, err
		}
		value, err = vault.JSON(text)
		return vault.Merge{Own: map[string]vault.Value{name: value}}, err
	})
}

// idLike is an id of a member, written as another one is.
func idLike(like any, i int) any {
	if list, ok := like.([]any); ok {
		id := make([]any, len(list))
		for at := range id {
			id[at] = i >> (8 * (len(id) - 1 - at)) & 0xff
		}
		return id
	}
	return fmt.Sprintf("%0*x", len(like.(string)), i)
}

// A camera takes pictures of a screen.
type camera struct {
	ctx    context.Context
	studio *studio
	teller ui.Teller
	screen *screen.State
}

// shows has the screen take messages. What is this machine's or this run's is replaced.
func (c *camera) shows(messages []wire.Message) {
	own := regexp.MustCompile(`(?:[0-9a-f]{16}){1,4}\b|go1\.[0-9.]+|[0-9.]+ [KMGT]iB are free|lies on \w+|billing-[0-9a-f]{8}|linux/[0-9a-z]+`)
	for _, m := range messages {
		text, _ := json.Marshal(m)
		text = bytes.ReplaceAll(text, []byte(c.studio.home), []byte("/home/ana"))
		text = own.ReplaceAllFunc(text, func(found []byte) []byte {
			switch {
			case bytes.HasPrefix(found, []byte("go1")):
				return []byte("go1.27")
			case bytes.HasSuffix(found, []byte("free")):
				return []byte("41 GiB are free")
			case bytes.HasPrefix(found, []byte("lies")):
				return []byte("lies on ext4")
			case bytes.HasPrefix(found, []byte("linux")):
				return []byte("linux/amd64")
			case bytes.HasPrefix(found, []byte("billing-")):
				return []byte("billing-01234567")
			}
			return bytes.Repeat([]byte("0123456789abcdef"), len(found)/16)
		})
		var stable wire.Message
		if err := json.Unmarshal(text, &stable); err != nil {
			c.studio.t.Fatal(err)
		}
		c.screen.Take(stable)
	}
}

// presses keys, and waits for what they ask for.
func (c *camera) presses(keys ...string) {
	for _, key := range keys {
		switch q := c.screen.Press(key).Request; {
		case q.Verb == "":
		case q.Verb.TakesTerminal():
			c.studio.t.Errorf("%s takes the terminal", key)
		default:
			c.shows(c.teller.Answer(c.ctx, q))
		}
	}
}

// text is what is on the screen, in both sizes.
func (c *camera) text() string {
	var b strings.Builder
	for _, size := range [][2]int{{80, 24}, {40, 12}} {
		c.screen.Resize(size[0], size[1])
		fmt.Fprintf(&b, "== %dx%d\n", size[0], size[1])
		for _, line := range c.screen.Frame() {
			fmt.Fprintf(&b, "%s\n", strings.TrimRight(line.String(), " "))
			if width := style.Width(line.String()); width > size[0] {
				c.studio.t.Errorf("%d cells: %q", width, line.String())
			}
		}
	}
	return b.String()
}

// Each view of a vault with a thousand secrets, two environments and a group of a thousand
// members, as it is on the screen. -update writes them again: look at them then.
func TestScreensOfEachView(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a thousand secrets")
	}
	s := newStudio(t)
	views := []struct {
		name string
		keys []string
	}{
		{"secrets", nil},
		{"search", []string{"d", "b", "space", "p", "a", "s", "s", "space", "b", "i", "l", "down"}},
		{"labels", []string{"e", "n", "v", "=", "p"}},
		{"expiring", []string{"!"}},
		{"sorted", []string{">"}},
		{"nothing", []string{"z", "e", "b", "r", "a"}},
		{"secret", []string{"b", "i", "l", "l", "space", "0", "0", "space", "p", "a", "s", "s", "enter", "down"}},
		{"keys", []string{"?"}},
		{"keys-of-a-secret", []string{"enter", "?"}},
		{"environments", []string{"tab", "down"}},
		{"environments-that-differ", []string{"tab", "!"}},
		{"groups", []string{"tab", "tab"}},
		{"members", []string{"tab", "tab", "enter"}},
		{"members-behind", []string{"tab", "tab", "enter", "!", "end"}},
		{"members-searched", []string{"tab", "tab", "enter", "9", "9", "down"}},
		{"conflicts", []string{"tab", "tab", "tab", "down"}},
		{"keys-of-conflicts", []string{"tab", "tab", "tab", "?"}},
		{"health", []string{"shift+tab"}},
		{"vaults", []string{"@"}},
		{"command", []string{":", "s", "o", "r", "t"}},
	}
	s.inside(func(ctx context.Context, session *frame.Session) error {
		for _, view := range views {
			c := &camera{ctx, s, ui.NewTeller(session, ui.Rooms{Conflicts: group.ConflictsOf}), screen.New(80, 24, s.now)}
			c.shows(c.teller.Begin(ctx))
			c.presses(view.keys...)
			got, path := c.text(), filepath.Join("testdata", "screens", view.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					return err
				}
			}
			if want, err := os.ReadFile(path); err != nil || string(want) != got {
				t.Errorf("%s: %v\n%s", view.name, err, got)
			}
		}
		return nil
	}, "@prod")
}
