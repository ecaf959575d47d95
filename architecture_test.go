package main_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// picture is the drawing of docs/architecture.md: boxes that hold packages, and
// arrows between them, which are imports.
type picture struct {
	boxOf  map[string]string // by the folder of a package of ours, or the path of a library
	arrows map[string]bool   // "box --> box"
}

// testsOnly are packages that nothing but tests imports. They are not drawn.
var testsOnly = []string{
	"cli/torture", "crypto/cryptotest", "keyring/keyringtest", "store/forge", "store/longtest", "store/storetest", "vault/attack", "vault/banktest",
	"vault/group/transport/transporttest",
}

// box of a package, "" where it is not drawn.
func (p picture) box(path string) string {
	folder, ours := inside(path)
	if !ours {
		for library, box := range p.boxOf {
			if strings.Contains(library, ".") && (path == library || strings.HasPrefix(path, library+"/")) {
				return box
			}
		}
		return ""
	}
	if folder == "" {
		folder = "main"
	}
	return p.boxOf[folder]
}

// draws reads the first drawing of a document. A box is `id["package<br/>package"]`,
// arrows are `a --> b & c`.
func draws(t *testing.T, doc string) picture {
	t.Helper()
	_, text, ok := strings.Cut(doc, "```mermaid\n")
	text, _, closed := strings.Cut(text, "```")
	if !ok || !closed {
		t.Fatal("no drawing")
	}
	p := picture{map[string]string{}, map[string]bool{}}
	boxes := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\w+)\["([^"]+)"\]$`).FindAllStringSubmatch(text, -1) {
		boxes[m[1]] = true
		for _, path := range strings.Split(m[2], "<br/>") {
			if p.boxOf[path] != "" {
				t.Errorf("%s is drawn twice", path)
			}
			p.boxOf[path] = m[1]
		}
	}
	for line := range strings.Lines(text) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " --> ")
		if !ok {
			continue
		}
		for _, a := range strings.Split(from, " & ") {
			for _, b := range strings.Split(to, " & ") {
				if !boxes[a] || !boxes[b] {
					t.Errorf("an arrow without a box: %s", strings.TrimSpace(line))
				}
				p.arrows[a+" --> "+b] = true
			}
		}
	}
	return p
}

// imports are the arrows that the code would draw.
func (p picture) imports(list []pkg) map[string]bool {
	arrows := map[string]bool{}
	for _, q := range list {
		from := p.box(q.ImportPath)
		for _, path := range q.Imports {
			if to := p.box(path); from != "" && to != "" && to != from {
				arrows[from+" --> "+to] = true
			}
		}
	}
	return arrows
}

// lies are what the picture and the code do not have in common.
func (p picture) lies(list []pkg) (lies []string) {
	there := p.imports(list)
	for _, arrow := range slices.Sorted(maps.Keys(p.arrows)) {
		if !there[arrow] {
			lies = append(lies, "drawn, and not imported: "+arrow)
		}
	}
	for _, arrow := range slices.Sorted(maps.Keys(there)) {
		if !p.arrows[arrow] {
			lies = append(lies, "imported, and not drawn: "+arrow)
		}
	}
	found := map[string]bool{}
	for _, q := range list {
		folder, _ := inside(q.ImportPath)
		if folder == "" {
			folder = "main"
		}
		found[folder] = true
		if p.box(q.ImportPath) == "" && !slices.Contains(testsOnly, folder) {
			lies = append(lies, "in no box: "+folder)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(p.boxOf)) {
		if !strings.Contains(path, ".") && !found[path] {
			lies = append(lies, "drawn, and not there: "+path)
		}
	}
	return lies
}

// TestArchitecture holds the picture against what go list says.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	p := draws(t, string(readFile(t, "docs/architecture.md")))
	for _, lie := range p.lies(packages(t)) {
		t.Error("docs/architecture.md: " + lie)
	}
	if len(p.boxOf) < 15 || len(p.arrows) < 15 {
		t.Errorf("only %d packages and %d arrows", len(p.boxOf), len(p.arrows))
	}
}

// TestArchitectureSeesLies tells each kind of lie once.
func TestArchitectureSeesLies(t *testing.T) {
	t.Parallel()
	doc := "```mermaid\nflowchart TD\n  a[\"main\"]\n  b[\"vault<br/>vault/otp\"]\n  age[\"filippo.io/age\"]\n  a --> b\n  b --> age\n```\n"
	p := draws(t, doc)
	truth := []pkg{
		{ImportPath: module, Imports: []string{module + "/vault", "os"}},
		{ImportPath: module + "/vault", Imports: []string{module + "/vault/otp", "filippo.io/age/armor"}},
		{ImportPath: module + "/vault/otp"},
		{ImportPath: module + "/vault/attack", Imports: []string{module}},
	}
	if lies := p.lies(truth); len(lies) != 0 {
		t.Errorf("the truth is called %q", lies)
	}
	for want, list := range map[string][]pkg{
		"drawn, and not imported: b --> age": {truth[0], {ImportPath: module + "/vault"}, truth[2]},
		"imported, and not drawn: b --> a":   append(truth[:3:3], pkg{ImportPath: module + "/vault/otp", Imports: []string{module}}),
		"in no box: store":                   append(truth[:3:3], pkg{ImportPath: module + "/store"}),
		"drawn, and not there: vault/otp":    truth[:2],
	} {
		if lies := p.lies(list); !slices.Equal(lies, []string{want}) {
			t.Errorf("%q, want %q", lies, want)
		}
	}
}

// TestNamedFiles: each file and folder of the code that a document names is there.
func TestNamedFiles(t *testing.T) {
	t.Parallel()
	found := 0
	for _, doc := range []string{"docs/architecture.md", "docs/dependencies.md", "docs/evidence.md", "CONTRIBUTING.md", "SECURITY.md"} {
		for _, m := range regexp.MustCompile("`((?:cli|vault|crypto|store|keyring|testdata|docs)/[\\w./-]+)`").FindAllStringSubmatch(string(readFile(t, doc)), -1) {
			found++
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s: %v", doc, err)
			}
		}
	}
	if found < 30 {
		t.Errorf("only %d files are named", found)
	}
}
