package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

func TestArgs(t *testing.T) {
	for _, c := range []struct{ argv, want []string }{
		{[]string{"tacit", "get", "A"}, []string{"get", "A"}},
		{[]string{"/usr/local/bin/docker-credential-tacit", "get"}, []string{"docker-credential", "get"}},
		{[]string{"git-credential-tacit.exe", "store"}, []string{"git-credential", "store"}},
		{[]string{"./tacit-askpass", "--passphrase?"}, []string{"askpass", "--", "--passphrase?"}},
		{[]string{"/home/a/.local/bin/tacit-client", "--vault-id", "dev"}, []string{"ansible-vault", "--vault-id", "dev"}},
		{[]string{"tacit"}, nil},
		{nil, nil},
	} {
		if got := Args(c.argv); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q", c.argv, got)
		}
	}
}

// A credential that would be kept as another is refused.
func TestCredentialKeptWhole(t *testing.T) {
	long := "protocol=https\nhost=h\nusername=u\npath=" + strings.Repeat("x", maxCredential/2) + "\npassword="
	if _, err := readGitCredential(strings.NewReader(long + strings.Repeat("y", maxCredential))); err == nil || explain(err).exit != exitUsage {
		t.Errorf("git, too long: %v", err)
	}
	c, err := readGitCredential(strings.NewReader("protocol=https\nhost=h\nusername=u\npassword=p\xff\n\n"))
	if err != nil || c.kept() == nil {
		t.Errorf("git, not UTF-8: %v, %v", err, c.kept())
	}
	if _, err := readDockerCredential([]byte("{\"ServerURL\":\"x\",\"Secret\":\"p\xff\"}")); err == nil || explain(err).exit != exitUsage {
		t.Errorf("docker, not UTF-8: %v", err)
	}
}

// Whatever a credential is for, its name is one that a vault takes, and no two
// have the same.
func TestCredentialName(t *testing.T) {
	seen := map[string]string{}
	for _, what := range []string{"", "host", "ho.st", "ho/st", "ho_st", "hö.st", "\x00", strings.Repeat("long.", 100), strings.Repeat("long.", 101)} {
		name := credentialName("GIT", what, what)
		if err := vault.CheckName("test", name); err != nil {
			t.Errorf("%q: %v", what, err)
		}
		if !strings.HasPrefix(name, credentialPrefix("GIT", what)) {
			t.Errorf("%q: %s is not found by its prefix", what, name)
		}
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q have one name", what, other)
		}
		seen[name] = what
	}
}
