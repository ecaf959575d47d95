package protocols

import (
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
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

// Git's lines end with LF. A CR or NUL in what tells credentials apart is refused,
// whatever the program that lets an address bring it along.
func TestGitCredentialCarriageReturn(t *testing.T) {
	const fine = "protocol=https\nhost=git.example\npath=a/b\nusername=me\npassword=p\npassword_expiry_utc=9\noauth_refresh_token=r\n"
	want := gitCredential{
		Protocol: "https", Host: "git.example", Path: "a/b", Username: "me", Password: "p", Expiry: "9", Refresh: "r",
	}
	if c, err := readGitCredential(strings.NewReader(fine)); err != nil || c != want {
		t.Fatalf("%+v: %v", c, err)
	}
	for line := range strings.Lines(fine) {
		line = strings.TrimSuffix(line, "\n")
		key, value, _ := strings.Cut(line, "=")
		for _, bad := range []string{
			line + "\r", key + "=\r" + value, key + "=" + value + "\rhost=evil.example", key + "=" + value + "\x00", key + "\x00=" + value,
			line + "\n\r", line + "\n" + key + "=x\r", // over what was said before
		} {
			_, err := readGitCredential(strings.NewReader(strings.Replace(fine, line, bad, 1)))
			if err == nil || failure.Explain(err).Exit != failure.ExitUsage {
				t.Errorf("%q is taken: %v", bad, err)
			}
		}
	}
	if c, err := readGitCredential(strings.NewReader("wwwauth[]=Basic\r\nstate[]=\r\n" + fine)); err != nil || c != want {
		t.Errorf("what is not ours to read is refused: %v", err)
	}
	for _, stored := range []gitCredential{
		{Protocol: "https", Host: "h", Username: "u\r", Password: "p"},
		{Protocol: "https", Host: "h", Username: "u", Password: "p\r"},
		{Protocol: "https", Host: "h", Username: "u", Password: "p\nhost=evil"},
		{Protocol: "https", Host: "h", Path: "\x00", Username: "u", Password: "p"},
	} {
		if stored.answers(gitCredential{Protocol: "https", Host: "h", NoUser: true}) {
			t.Errorf("%+v is given to git", stored)
		}
	}
}

// A credential that would be kept as another is refused.
func TestCredentialKeptWhole(t *testing.T) {
	long := "protocol=https\nhost=h\nusername=u\npath=" + strings.Repeat("x", maxCredential/2) + "\npassword="
	if _, err := readGitCredential(strings.NewReader(long + strings.Repeat("y", maxCredential))); err == nil || failure.Explain(err).Exit != failure.ExitUsage {
		t.Errorf("git, too long: %v", err)
	}
	c, err := readGitCredential(strings.NewReader("protocol=https\nhost=h\nusername=u\npassword=p\xff\n\n"))
	if err != nil || c.kept() == nil {
		t.Errorf("git, not UTF-8: %v, %v", err, c.kept())
	}
	if _, err := readDockerCredential([]byte("{\"ServerURL\":\"x\",\"Secret\":\"p\xff\"}")); err == nil || failure.Explain(err).Exit != failure.ExitUsage {
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
