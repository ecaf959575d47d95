//go:build linux || darwin || freebsd

package server

import (
	"slices"
	"strings"
	"testing"
)

// described are the routes in the description: the paths two spaces deep, and
// their methods four.
func described(t *testing.T) (routes []string) {
	t.Helper()
	_, rest, ok := strings.Cut(OpenAPI(), "\npaths:\n")
	if !ok {
		t.Fatal("the description has no paths")
	}
	path := ""
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, "\n")
		name, isKey := strings.CutSuffix(strings.TrimLeft(line, " "), ":")
		switch indent := len(line) - len(strings.TrimLeft(line, " ")); {
		case indent == 0:
			return routes
		case indent == 2 && isKey:
			path = name
		case indent == 4 && isKey && name != "parameters":
			routes = append(routes, strings.ToUpper(name)+" "+path)
		}
	}
	return routes
}

// TestDescription holds the description against the routes, both ways.
func TestDescription(t *testing.T) {
	t.Parallel()
	inYAML := described(t)
	if len(inYAML) == 0 {
		t.Fatal("no route was found in the description")
	}
	var inTable []string
	for _, rt := range routeTable() {
		inTable = append(inTable, rt.pattern)
		if !slices.Contains(inYAML, rt.pattern) {
			t.Errorf("%s is not described", rt.pattern)
		}
	}
	for _, route := range inYAML {
		if !slices.Contains(inTable, route) {
			t.Errorf("%s is described and not there", route)
		}
	}
}

// TestDescriptionReferences follows every $ref of the description.
func TestDescriptionReferences(t *testing.T) {
	t.Parallel()
	refs := 0
	for part := range strings.SplitSeq(OpenAPI(), `$ref: "#/components/`) {
		ref, _, ok := strings.Cut(part, `"`)
		kind, name, isRef := strings.Cut(ref, "/")
		if !ok || !isRef || strings.Contains(ref, "\n") {
			continue // the text before the first one
		}
		refs++
		_, section, _ := strings.Cut(OpenAPI(), "\n  "+kind+":\n")
		if !strings.Contains(section, "\n    "+name+":") && !strings.HasPrefix(section, "    "+name+":") {
			t.Errorf("%s is nowhere", ref)
		}
	}
	if refs < 50 {
		t.Errorf("only %d references were found", refs)
	}
}
