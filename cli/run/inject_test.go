package run

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
)

func injected(ctx context.Context, source, value string) (string, error) {
	in := newInjection(source, ordinaryDelims)
	in.vault = one{value: value}
	t, err := in.parse()
	if err != nil {
		return "", err
	}
	out, err := in.fill(ctx, t)
	return string(out), err
}

// thorough are the templates that reach a bound that another reaches too, in more time.
var thorough = []string{"range in range", "range, continue", "calls", "a call, deep, else", "println", "quoted"}

// Whatever a template does, it ends, and takes a bounded part of the memory.
func TestInjectBounds(t *testing.T) {
	doubled := `{{$x := secret "A"}}` + strings.Repeat(`{{$x = print $x $x $x $x}}`, 14)
	for name, source := range map[string]string{
		"range without end":  `{{range 9000000000000000000}}{{end}}`,
		"range in range":     `{{range 900000}}{{range 900000}}{{range 1}}{{end}}{{end}}{{end}}`,
		"range, continue":    `{{range 9000000000000000000}}{{continue}}{{end}}`,
		"calls":              `{{define "x"}}{{range 100000}}{{template "y"}}{{end}}{{end}}{{define "y"}}{{end}}{{range 1000}}{{template "x"}}{{end}}`,
		"a call, deep in":    `{{define "x"}}` + strings.Repeat(`{{if 1}}`, 300) + `{{template "x"}}` + strings.Repeat(`{{end}}`, 300) + `{{end}}{{template "x"}}`,
		"a call, deep, else": `{{define "x"}}` + strings.Repeat(`{{if 0}}{{else}}{{with 1}}{{range 1}}`, 100) + `{{template "x"}}` + strings.Repeat(`{{end}}{{end}}{{end}}`, 100) + `{{end}}{{template "x"}}`,
		"deep in":            strings.Repeat(`{{range 1}}`, 20_000) + strings.Repeat(`{{end}}`, 20_000),
		"a counter of ours":  `{{define "x"}}{{tacitLeave 1}}{{template "x"}}{{end}}{{template "x"}}`,
		"a call of itself":   `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`,
		"print, doubled":     doubled,
		"println":            strings.ReplaceAll(doubled, "print", "println"),
		"printf, doubled":    `{{$x := secret "A"}}` + strings.Repeat(`{{$x = printf "%s%[1]s%[1]s%[1]s" $x}}`, 14),
		"printf, wide":       strings.Repeat(`{{printf "`+strings.Repeat("%999999[1]d", 100)+`" 1}}`, 10),
		"printf, a variable": `{{printf "%*d" 999999 1}}`,
		"escaped":            `{{$x := secret "A"}}` + strings.Repeat(`{{$x = html $x "&&&&"}}{{$x = js $x}}{{$x = urlquery $x $x $x $x}}`, 9),
		"quoted":             `{{$x := secret "A"}}` + strings.Repeat(`{{$x = quote $x}}`, 30),
		"base64":             `{{$x := secret "A"}}` + strings.Repeat(`{{$x = base64 $x}}`, 60),
		"much output":        `{{range 1000000}}{{secret "A"}}{{end}}`,
		"nested":             strings.Repeat(`{{if 1}}`, 400_000),
		"parentheses":        `{{` + strings.Repeat(`(`, 3_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && slices.Contains(thorough, name) {
				t.Skip("as another, in more time")
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out, err := injected(t.Context(), source, strings.Repeat(`"&`, 5000))
			runtime.ReadMemStats(&after)
			if err == nil || failure.Explain(err).Exit != failure.ExitInvalid {
				t.Fatalf("%d bytes, %v", len(out), err)
			}
			if made := after.Sys - min(before.Sys, after.Sys); made > 2<<30 {
				t.Errorf("%d MiB more in use", made>>20)
			}
		})
	}
}

// What stands in a string or a comment of an action is no reference, and what is
// called many times, one after the other, is not deep.
func TestInjectText(t *testing.T) {
	for source, want := range map[string]string{
		"{{`{{ tacit://A }}`}}": "{{ tacit://A }}",
		"{{print `\"` `{{ tacit://NONE }}` \"\\\"`\"}} {{tacit://A}}":                                "\"{{ tacit://NONE }}\"` v",
		"{{/* ' {{ tacit://NONE }} */}}{{ tacit://A }}":                                              "v",
		"{{- /* \" `{{ tacit://NONE }} */ -}} {{ tacit://A }}":                                       "v",
		"'{{ tacit://A }}' \"{{- tacit://A -}} \"":                                                   `'v' "v"`,
		"{{ '}' }}{{ tacit://A }}":                                                                   "125v",
		"{{define `x`}}{{if 1}}{{if 1}}-{{end}}{{end}}{{end}}{{range 20000}}{{template `x`}}{{end}}": strings.Repeat("-", 20000),
	} {
		if got, err := injected(t.Context(), source, "v"); err != nil || got != want {
			t.Errorf("%.60s: %.60q, %v", source, got, err)
		}
	}
}

// The first interrupt ends it, whatever it is at.
func TestInjectInterrupted(t *testing.T) {
	for _, source := range []string{`{{range 900000}}{{range 900000}}{{end}}{{end}}`, `{{range 1000000}}{{eq (secret "A") "x"}}{{end}}`, "text"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := injected(ctx, source, "v"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// A name is one that the template spells out, as a string: no value leads to
// another secret, and no text, comment or part of a string does.
func TestInjectSpelledNames(t *testing.T) {
	for _, source := range []string{`{{$n := "KEY"}}{{secret $n}}`, "{{secret `KEY`}}", `{{with "KEY"}}{{secret .}}{{end}}`, `{{define "d"}}{{secret .}}{{end}}{{template "d" "KEY"}}`, `{{"KEY" | secret}}`, `{{ tacit://KEY }}`, `{{len (json "KEY")}}{{/**/}}`} {
		if out, err := injected(t.Context(), source, `"x"`); err != nil {
			t.Errorf("%s: %q, %v", source, out, err)
		}
	}
	for _, source := range []string{
		`KEY {{secret (secret "POINTER")}}`, `{{/* KEY */}}{{secret (secret "POINTER")}}`, `{{"MY_KEY"}}{{secret (secret "POINTER")}}`,
		`{{define "KEY"}}{{end}}{{secret (secret "POINTER")}}`, `{{$KEY := 1}}{{secret (secret "POINTER")}}`, `{{secret (print "K" "EY")}}`, `{{json (secret "POINTER")}}`,
	} {
		if out, err := injected(t.Context(), source, "KEY"); err == nil || !strings.Contains(fmt.Sprint(err), "spelled out") {
			t.Errorf("%s: %q, %v", source, out, err)
		}
	}
}

// What templates make of strings is what text/template makes of them.
func TestInjectFunctions(t *testing.T) {
	for source, want := range map[string]string{
		`{{printf "%s-%5d|%-4s|%q|%x|%%" "a" 7 "b" "c" "d"}}`:     `a-    7|b   |"c"|64|%`,
		`{{print "a" 1 2 "b"}}{{println "x"}}`:                    "a1 2b" + "x\n",
		`{{html "<&>"}}{{js "'"}}{{urlquery "a b"}}`:              `&lt;&amp;&gt;\'a+b`,
		`{{range $i, $x := json "J"}}{{$i}}={{$x}};{{end}}`:       "0=1.50;1=two;",
		`{{range 3}}{{if eq . 1}}{{continue}}{{end}}{{.}}{{end}}`: "02",
		`{{define "x"}}[{{.}}]{{end}}{{template "x" "y"}}`:        "[y]",
	} {
		if out, err := injected(t.Context(), source, `[1.50,"two"]`); err != nil || out != want {
			t.Errorf("%s: %q, %v", source, out, err)
		}
	}
}
