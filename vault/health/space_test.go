package health

import (
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/store/badgerfiles"
)

// A ballast that a copy has lost: where there is room for it, nobody is told to make
// some; where there is none, how much is said; and nothing is offered that another
// process keeps from working.
func TestBallastRemedy(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		free    int64
		ballast int64
		held    bool
		remedy  string
		fixable bool
	}{
		"room":         {free: 1000 * mb, remedy: "fix", fixable: true},
		"in use":       {free: 1000 * mb, held: true, remedy: "fix_when_free"},
		"no room":      {free: 9 * mb, remedy: "free_space_and_fix 9.0 MiB 12.0 MiB"},
		"half of it":   {free: 9 * mb, ballast: 4 * mb, remedy: "fix", fixable: true},
		"not for half": {free: 7 * mb, ballast: 4 * mb, remedy: "free_space_and_fix 7.0 MiB 8.0 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			look := badgerfiles.Survey{Free: c.free, Need: 4 * mb, NeedTight: mb, Ballast: c.ballast, FullBallast: 8 * mb}
			for _, f := range space(t.TempDir(), look, c.held, func() (string, error) { return "", nil }) {
				if !strings.Contains(f.Message, "ballast") {
					continue
				}
				if said(f.Remedy) != c.remedy || (f.Fix != nil) != c.fixable || !strings.Contains(f.Message, "to write it again takes "+mib(8*mb-c.ballast)) {
					t.Errorf("%+v, want %s", f, c.remedy)
				}
				return
			}
			t.Error("the ballast is not told of")
		})
	}
}
