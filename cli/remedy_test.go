package cli

import (
	"regexp"
	"testing"
)

// coming are commands that are named before they are there.
var coming = map[string]bool{"restore": true, "backup": true, "rescue": true}

var named = regexp.MustCompile(`\btacit ([a-z]+)`)

// wantCommands fails the test where a text names a command that there is not.
func wantCommands(t *testing.T, text string) {
	t.Helper()
	commands := allCommands()
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if findIn(commands, m[1]) == nil && !coming[m[1]] {
			t.Errorf("there is no command %s: %s", m[1], text)
		}
	}
}
