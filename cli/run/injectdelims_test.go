package run

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// Whatever actions stand between, they do the same, and what is ordinary is text.
func TestInjectDelims(t *testing.T) {
	for _, d := range []delims{{"<<", ">>"}, {"[[", "]]"}, {"<%", "%>"}, {"«", "»"}, {"@@{", "}@@"}, {"$[", "]$"}, {"|:", ":|"}, {"^+", "+^"}, {"((", "))"}, {"}}", "{{"}} {
		pair, err := readDelims(d.left, []string{d.right})
		if d.left == "((" {
			if err == nil {
				t.Errorf("%v are taken, and end within an action", d)
			}
			continue
		}
		if err != nil || pair != d {
			t.Errorf("%v: %v, %v", d, pair, err)
		}
		for source, want := range map[string]string{
			"L tacit://A R":                                  "v",
			"Ltacit://ARLtacit://AR,L tacit://A R":           "vv,v",
			"'L- tacit://A -R  x'":                           "'vx'",
			"{ tacit } L secret \"A\" | quote R":             `{ tacit } "v"`,
			"L/* L tacit://NONE R */RL tacit://A R":          "v",
			"L- /* ' `L tacit://NONE R */ -R L\"R\"R":        d.right,
			"L print `L tacit://NONE R` R":                   d.left + " tacit://NONE " + d.right,
			"Lif eq (secret \"A\") \"v\"RyLelseRnLendR":      "y",
			"Lrange $i, $x := json \"J\"RL$iR=L$xR;LendR":    "0=1;1=2;",
			"Lrange $x := json \"J\"RL$xRLendR":              "12",
			"L(json \"O\").k.lR":                             "deep",
			"Ldefine \"x\"R(L.R)LendRLtemplate \"x\" \"y\"R": "(y)",
			"L 1.5e3 RL -1 RL 'a' R":                         "1500-197",
		} {
			source = strings.NewReplacer("L", d.left, "R", d.right).Replace(source)
			got, err := injectedBetween(t, d, source)
			if err != nil || got != want {
				t.Errorf("%v: %s: %q, %v; want %q", d, source, got, err, want)
			}
		}
		if d.left == "}}" {
			continue
		}
		const helm = "{{ .Values.x }} {% if y %} {{ tacit://A }}"
		if got, err := injectedBetween(t, d, helm); d.left != "<%" && (err != nil || got != helm) {
			t.Errorf("%v: %q, %v", d, got, err)
		}
	}
}

type several struct {
	frame.OpenVault
	values map[string]string
}

func (o several) Read(_ context.Context, name string) (vault.Secret, error) {
	return vault.Secret{Info: vault.Info{Name: name}, Value: vault.Text(o.values[name])}, nil
}

func injectedBetween(t *testing.T, d delims, source string) (string, error) {
	in := newInjection(source, d)
	in.vault = several{values: map[string]string{"A": "v", "J": "[1,2]", "O": `{"k":{"l":"deep"}}`}}
	parsed, err := in.parse()
	if err != nil {
		return "", err
	}
	out, err := in.fill(t.Context(), parsed)
	return string(out), err
}

// No delimiter is part of what an action holds, and two of them are wanted.
func TestReadDelims(t *testing.T) {
	for flag, args := range map[string][]string{
		"<<": nil, "<< >> ]]": nil, "<< >>": {"]]"}, "<": {">>"}, "{": {"}"}, "<<-": {"->>"}, "a": {"bb"}, "<a": {"a>"}, "##": {"##"}, "\"\"": {"''"}, "\\{": {"\\}"},
		"/*": {"*/"}, "//": {"::"}, "<<<<<<<<<": {">>"}, "<(": {")>"}, "\xff\xff": {">>"}, "<<\x00": {">>"}, "": {">>"}, "::": {".."}, "%%": {"__"}, " ": {">>"},
	} {
		var f *failure.Failure
		if d, err := readDelims(flag, args); !errors.As(err, &f) || f.Exit != failure.ExitUsage || f.Hint == "" {
			t.Errorf("%q %q: %v, %v", flag, args, d, err)
		}
	}
	for _, flag := range []string{"<< >>", "  <<\t>> ", "{{ }}"} {
		if d, err := readDelims(flag, nil); err != nil || d.left == "" || d.right == "" {
			t.Errorf("%q: %v, %v", flag, d, err)
		}
	}
}

// What is almost a reference is told by its line; what an action has is its own.
func TestInjectNear(t *testing.T) {
	for source, want := range map[string]int{
		"a\nb: tacit://A\ntacit://B":                       2,
		"{{ tacit://A }}\n{ tacit://A }":                   2,
		"{{/* tacit://A */}}\n{{ \"tacit://\" }}":          0,
		"{{ tacit://A }} {{tacit://A}}\n{{- tacit://A -}}": 0,
		"tacit: //A": 0,
	} {
		in := newInjection(source, ordinaryDelims)
		if _, err := in.parse(); err != nil || in.near != want {
			t.Errorf("%q: line %d, want %d; %v", source, in.near, want, err)
		}
	}
}

// FuzzDelims: any two delimiters are refused as a wrong use, or a reference between
// them is filled in, and the same in other braces is text.
func FuzzDelims(f *testing.F) {
	for _, s := range [][2]string{{"<<", ">>"}, {"[[", "]]"}, {"«", "»"}, {"<%", "%>"}, {"$$", "%%"}, {"::=", "=::"}, {"(", ")"}, {"{{", "}}"}, {"", ""}, {"^[", "]^"}, {"&&", "||"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, left, right string) {
		d, err := readDelims(left, []string{right})
		if err != nil {
			if failure.Explain(err).Exit != failure.ExitUsage {
				t.Fatalf("%q %q: %v", left, right, err)
			}
			return
		}
		source := d.left + " tacit://A " + d.right + d.left + `json "J" | len` + d.right + d.left + "/* c */" + d.right
		if got, err := injectedBetween(t, d, source); err != nil || got != "v2" {
			t.Fatalf("%q: %q, %v", source, got, err)
		}
	})
}
