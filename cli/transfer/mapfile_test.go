package transfer

import (
	"maps"
	"strings"
	"testing"
)

// FuzzMapFile: a map file is taken apart into what it was written from, or names
// the line that is wrong.
func FuzzMapFile(f *testing.F) {
	for _, s := range []string{"", "a=B", "a=B\r\nc=D\n\n", "Mail/me=", "=X", "=", "a==b=C", "a=B\na=C", "a", "\na", "a=B\rc=D", "\ufeffa=B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := map[string]string{}
		lines := strings.Count(text, "\n") + 1
		if wrong := addMappings(m, text); wrong != 0 {
			if wrong < 0 || wrong > lines {
				t.Fatalf("%q: line %d", text, wrong)
			}
			return
		}
		var written strings.Builder
		for from, name := range m {
			if strings.Contains(name, "=") || strings.Contains(from+name, "\n") {
				t.Fatalf("%q maps %q to %q", text, from, name)
			}
			written.WriteString(from + "=" + name + "\r\n")
		}
		again := map[string]string{}
		if addMappings(again, written.String()) != 0 || !maps.Equal(m, again) {
			t.Fatalf("%q is read as %q, and that as %q", text, m, again)
		}
	})
}
