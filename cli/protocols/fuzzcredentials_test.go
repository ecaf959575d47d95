package protocols

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// FuzzGitCredential: what git says is refused as a wrong use, or read; what may be
// kept comes back as it was, and answers the question that git then asks.
func FuzzGitCredential(f *testing.F) {
	for _, s := range []string{
		"protocol=https\nhost=example.com\nusername=me\npassword=x=y\n\n", "protocol=https\nhost=h\r\npath=a/b\r\n\r\nhost=other\n",
		"protocol=cert\npath=/x\npassword=p\npassword_expiry_utc=99\noauth_refresh_token=r", "capability[]=authtype\nprotocol=p\nhost=h",
		"", "\n", "=", "protocol", "protocol=\nhost=", "protocol=https\nhost=h\npassword=\x00", "protocol=https\nhost=\xff\nusername=\xfe\npassword=\xc3",
		"protocol=https\nhost=h\nusername=u\npassword=" + strings.Repeat("x", 1000),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		c, err := readGitCredential(bytes.NewReader(said))
		if err != nil {
			if failure.Explain(err).Exit != failure.ExitUsage {
				t.Fatalf("%q: %v", said, err)
			}
			return
		}
		for _, field := range []string{c.Protocol, c.Host, c.Path, c.Username, c.Password} {
			if unsafeField(field) {
				t.Fatalf("%q: %q is taken", said, field)
			}
		}
		name := credentialName(GitPrefix, c.place(), c.key())
		if vault.CheckName("test", name) != nil || !strings.HasPrefix(name, credentialPrefix(GitPrefix, c.place())) {
			t.Fatalf("%q is stored as %s", said, name)
		}
		if c.kept() != nil {
			return
		}
		c.ephemeral, c.knowsAuthType = false, false // of the request, not of what is kept
		b, err := json.Marshal(c)
		var again gitCredential
		if err != nil || json.Unmarshal(b, &again) != nil || again != c {
			t.Fatalf("%q becomes %+v: %v", said, again, err)
		}
		if !again.answers(gitCredential{Protocol: c.Protocol, Host: c.Host, NoUser: true}) || !again.answers(c) {
			t.Fatalf("%q does not answer for itself", said)
		}
	})
}

// FuzzDockerCredential: what docker says is refused as a wrong use, or comes back
// as it was, under a server that can be asked for.
func FuzzDockerCredential(f *testing.F) {
	for _, s := range []string{
		`{"ServerURL":"https://index.docker.io/v1/","Username":"me","Secret":"s"}`, `{"serverurl":" x ","Secret":"\u0000<&>"}` + "\n",
		`{"ServerURL":"a","ServerURL":"b"}`, `{"ServerURL":""}`, `{"ServerURL":" "}`, `{"ServerURL":1}`, `[]`, `null`, `{}`, "", "{\"ServerURL\":\"\xff\"}",
		`{"ServerURL":"\ud800"}`, `{"ServerURL":"x"} {}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		c, err := readDockerCredential(said)
		if err != nil {
			if failure.Explain(err).Exit != failure.ExitUsage || c != (dockerCredential{}) {
				t.Fatalf("%q: %v", said, err)
			}
			return
		}
		b, err := json.Marshal(c)
		var again dockerCredential
		if err != nil || json.Unmarshal(b, &again) != nil || again != c {
			t.Fatalf("%q becomes %q: %v", said, again, err)
		}
		if asked := strings.TrimSpace(c.ServerURL + "\n"); asked != c.ServerURL || c.ServerURL == "" {
			t.Fatalf("%q cannot be asked for", c.ServerURL)
		}
		if name := credentialName(DockerPrefix, c.ServerURL, c.ServerURL); vault.CheckName("test", name) != nil {
			t.Fatalf("%q is stored as %s", said, name)
		}
	})
}
