package transfer

import "testing"

// As Compose's documentation has it: single quotes are literal, a backslash before a
// quote escapes it, double quotes expand variables and escapes, and an unquoted value
// ends at " #".
func TestDotenvForCompose(t *testing.T) {
	for value, want := range map[string]string{
		"VAL":               "VAL",
		"VAL # a comment":   "'VAL # a comment'",
		"$OTHER":            "'$OTHER'",
		"${OTHER}":          "'${OTHER}'",
		`some\tvalue`:       `'some\tvalue'`,
		"a\nb":              "'a\nb'",
		"Let's go!":         `"Let's go!"`,
		`{"hello": "json"}`: `'{"hello": "json"}'`,
	} {
		if got, ok := quoteForCompose(value); !ok || got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	for _, value := range []string{`it's "$5"`, `it's $5`, `end\`, "a\rb", `it's \n`} {
		if got, ok := quoteForCompose(value); ok {
			t.Errorf("%q: %q, and nobody is sure of it", value, got)
		}
	}
}
