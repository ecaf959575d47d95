package run

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// one is a vault in which every secret has the same value.
type one struct {
	frame.OpenVault
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
		failed := failure.Explain(err)
		if failed.Exit != failure.ExitInvalid {
			t.Fatalf("%q: exit code %d: %v", source, failed.Exit, err)
		}
		if strings.Contains(failed.Message+failed.Detail+failed.Words(), value) {
			t.Fatalf("%q: the error holds a value: %v", source, err)
		}
	})
}
