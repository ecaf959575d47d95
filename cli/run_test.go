package cli

import (
	"slices"
	"testing"
)

func TestMergeNamesEachVariableOnce(t *testing.T) {
	got := merge([]string{"A=1", "B=2", "A=3", "EMPTY=", "odd"}, map[string]string{"A": "A=secret", "C": "C=x"})
	slices.Sort(got)
	if want := []string{"A=secret", "B=2", "C=x", "EMPTY=", "odd"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestDangerous(t *testing.T) {
	for _, name := range []string{"PATH", "Path", "LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "NODE_OPTIONS", "BASH_ENV", "ENV", "IFS", "PYTHONPATH", "GIT_SSH_COMMAND"} {
		if !dangerous(name) {
			t.Errorf("%s is let through", name)
		}
	}
	for _, name := range []string{"API_KEY", "PATHS", "LDAP_PASSWORD", "DB_PATH", "ENVIRONMENT", "PYTHON", "GITHUB_TOKEN"} {
		if dangerous(name) {
			t.Errorf("%s is refused", name)
		}
	}
}
