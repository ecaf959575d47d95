package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

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
			if explain(err).exit != exitUsage {
				t.Fatalf("%q: %v", said, err)
			}
			return
		}
		for _, field := range []string{c.Protocol, c.Host, c.Path, c.Username, c.Password} {
			if unsafeField(field) {
				t.Fatalf("%q: %q is taken", said, field)
			}
		}
		name := credentialName(gitPrefix, c.place(), c.key())
		if vault.CheckName("test", name) != nil || !strings.HasPrefix(name, credentialPrefix(gitPrefix, c.place())) {
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
			if explain(err).exit != exitUsage || c != (dockerCredential{}) {
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
		if name := credentialName(dockerPrefix, c.ServerURL, c.ServerURL); vault.CheckName("test", name) != nil {
			t.Fatalf("%q is stored as %s", said, name)
		}
	})
}

// one is a vault in which every secret has the same value.
type one struct {
	opened
	value string
}

func (o one) Read(_ context.Context, name string) (vault.Secret, error) {
	return vault.Secret{Info: vault.Info{Name: name}, Value: vault.Text(o.value)}, vault.CheckName("read", name)
}

// FuzzTemplate: a template is refused as wrong, or filled in; no error holds a
// value, and what is no reference stays as it is.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"", "text", "a {{ tacit://A }} b", "{{tacit://A}}{{- tacit://B -}}", "{{ tacit:// }}", "{{ tacit://a b }}", "{{ tacit://é }}", "{{ tacit://A", "}}",
		`{{ secret "A" | base64 | quote }}`, `{{ (json "A").host }}`, `{{ secret (printf "%s" "A") }}`, "{{ secret (secret `A`) }}", "{{`{{ tacit://A }}`}}",
		"{{/* tacit://A */}}", "{{ if true }}{{ tacit://A }}", "{{ index (json `A`) 9 }}", `{{ call (secret "A") }}`, "{{ tacit://A }}\x00\xff", "{{ nothing }}", `{{ secret "A" | secret }}`,
		"{{range 9000000000000000000}}{{end}}", `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`, `{{printf "%999999d" 1}}{{printf "%[1]*[1]d" 9}}`,
	} {
		f.Add(s)
	}
	const value = "canary"
	f.Fuzz(func(t *testing.T, source string) {
		if strings.Contains(source, value) {
			return
		}
		in := newInjection(source, ordinaryDelims)
		in.vault = one{value: value}
		parsed, err := in.parse()
		var out []byte
		if err == nil {
			out, err = in.fill(t.Context(), parsed)
		}
		switch {
		case err == nil && !strings.Contains(source, "{{") && string(out) != source:
			t.Fatalf("%q becomes %q", source, out)
		case err == nil && !strings.Contains(source, "A") && len(in.values) == 0 && bytes.Contains(out, []byte(value)):
			t.Fatalf("%q becomes %q", source, out)
		case err == nil:
			return
		}
		failed := explain(err)
		if failed.exit != exitInvalid {
			t.Fatalf("%q: exit code %d: %v", source, failed.exit, err)
		}
		if strings.Contains(failed.message+failed.detail+failed.hint, value) {
			t.Fatalf("%q: the error holds a value: %v", source, err)
		}
	})
}

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
