package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/cli/help"
	"github.com/tacit-vault/tacit/cli/ui/screen"
	"github.com/tacit-vault/tacit/cli/ui/wire"
)

// screensOfTopic are the pages that the topic tells of, by its titles.
func screensOfTopic() map[string]*screen.State {
	list := func() *screen.State {
		s := screen.New(80, 24, time.Now())
		row := wire.Row{Name: "A", Version: 1, Kind: "text"}
		s.Take(wire.Message{Place: &wire.Place{State: wire.Listed}, Rows: &wire.Rows{First: true, Last: true, Rows: []wire.Row{row}}})
		return s
	}
	table := func(view string) *screen.State {
		s := list()
		s.Take(wire.Message{Table: &wire.Table{View: view, Titles: []string{"A"}, Rows: []wire.TableRow{{Cells: []string{"A"}}}, First: true, Last: true}})
		return s
	}
	secret := list()
	secret.Take(wire.Message{Secret: &wire.OneSecret{Name: "A", Versions: []wire.Row{{Version: 1, Kind: "text"}}, Envs: []string{"@dev"}}})
	return map[string]*screen.State{
		"everywhere": list(), "the list of secrets": list(), "one secret": secret, "environments": table(wire.Environments),
		"groups": table(wire.Groups), "members": table(wire.Members), "conflicts": table(wire.Conflicts),
	}
}

// keysOfTopic are the keys that the topic tells of, by its titles.
func keysOfTopic(t *testing.T) map[string][]string {
	t.Helper()
	topic := help.FindTopic(help.AllTopics(), "screen")
	if topic == nil {
		t.Fatal("there is no topic")
	}
	told, title := map[string][]string{}, ""
	for line := range strings.Lines(topic.Body(allCommands(nil))) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "  ") {
			title = line
			continue
		}
		keys, _, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Errorf("%q has no keys and what they do", line)
		}
		told[title] = append(told[title], strings.Fields(keys)...)
	}
	return told
}

// Each key that the topic tells of is one of the page that it is told of, and each hint of
// a page is told of there, or as one of everywhere.
func TestScreenTopic(t *testing.T) {
	t.Parallel()
	told := keysOfTopic(t)
	pages := screensOfTopic()
	if len(told) != len(pages) {
		t.Errorf("%d pages are told of, not %d", len(told), len(pages))
	}
	for title, s := range pages {
		var has []string
		for _, key := range s.Keys() {
			for _, code := range key.Codes {
				has = append(has, screen.Key{Codes: []string{code}}.Shown())
			}
			if has = append(has, key.Shown()); key.Hint != "" && title != "everywhere" && !slices.Contains(told[title], key.Shown()) && !slices.Contains(told["everywhere"], key.Shown()) {
				t.Errorf("%s: %s, %s, is not told of", title, key.Shown(), key.Hint)
			}
		}
		for _, key := range told[title] {
			if !slices.Contains(has, key) {
				t.Errorf("%s: there is no key %s", title, key)
			}
		}
	}
	for _, key := range told["everywhere"] {
		for title, s := range pages {
			if !slices.ContainsFunc(s.Keys(), func(one screen.Key) bool { return one.Shown() == key }) && !(title == "one secret" && strings.Contains(key, "Tab")) {
				t.Errorf("%s has no key %s", title, key)
			}
		}
	}
}
