package frame

import (
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"
)

// A build says which commit it is of, and whether that is all it is of.
func TestBuild(t *testing.T) {
	const commit = "6d8dfde50f9612345678901234567890abcdef12"
	for want, info := range map[string]*debug.BuildInfo{
		"(devel) ": {},
		"v0.1.0 commit 6d8dfde50f96": {
			Main: debug.Module{Version: "v0.1.0"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: "false"}},
		},
		"v0.1.0+dirty commit 6d8dfde50f96 with changes": {
			Main: debug.Module{Version: "v0.1.0+dirty"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: "true"}},
		},
		"v0.1.0 commit 6d8dfde": {
			Main: debug.Module{Version: "v0.1.0"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "6d8dfde"}},
		},
	} {
		b := buildOf(info)
		if said := b.Version + " " + b.Source(); said != want {
			t.Errorf("%q, not %q", said, want)
		}
		j, err := json.Marshal(b)
		if err != nil || strings.Contains(string(j), "modified") != b.Modified {
			t.Errorf("%s, %v", j, err)
		}
	}
}
