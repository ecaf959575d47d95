package transfer

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/vault"
)

// kbs2Fields are the fields of a record of kbs2, by its kind, the one that is
// the secret itself first.
func kbs2Fields(kind string) []string {
	switch kind {
	case "Login":
		return []string{"password", "username"}
	case "Environment":
		return []string{"value", "variable"}
	case "Unstructured":
		return []string{"contents"}
	}
	return nil
}

// ReadKBS2 makes items of a record of kbs2, the JSON in one of its files:
// {"timestamp":…,"label":…,"body":{"kind":…,"fields":{…}}}. The password, value
// or contents is LABEL, a username LABEL/username, a variable LABEL/variable; the
// timestamp is not kept. A record that is of no known kind, or has not exactly the
// fields of its kind, is an error wrapping [ErrSyntax].
func ReadKBS2(file string, record []byte) (Result, error) {
	var parsed struct {
		Label string `json:"label"`
		Body  struct {
			Kind   string            `json:"kind"`
			Fields map[string]string `json:"fields"`
		} `json:"body"`
	}
	name := printable(file)
	if !utf8.Valid(record) || json.Unmarshal(record, &parsed) != nil { // its error would quote a character
		return Result{}, fail(ErrSyntax, 0, "%s is no record of kbs2", name)
	}
	fields := kbs2Fields(parsed.Body.Kind)
	if parsed.Label == "" || len(fields) == 0 || len(fields) != len(parsed.Body.Fields) {
		return Result{}, fail(ErrSyntax, 0, "%s is a record of a kind that is not known", name)
	}
	if parsed.Label != file {
		return Result{}, fail(ErrSyntax, 0, "%s holds the record of %s", name, printable(parsed.Label))
	}
	var r Result
	for i, field := range fields {
		value, ok := parsed.Body.Fields[field]
		if !ok {
			return Result{}, fail(ErrSyntax, 0, "%s has no %s", name, field)
		}
		item := Item{Name: parsed.Label, Value: vault.Text(value)}
		if i > 0 {
			item.Name = fmt.Sprintf("%s/%s", parsed.Label, field)
		}
		r.Items = append(r.Items, item)
	}
	return r, nil
}
