package platform_test

import (
	"go/build/constraint"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPlatforms holds three lists together: what compiles, what .ci/package builds,
// and what the README says. Every other target that Go knows is refused.
func TestPlatforms(t *testing.T) {
	accepts, refuses := constraintOf(t, "supported.go"), constraintOf(t, "refused.go")
	out, err := exec.Command("go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	var accepted []string
	for _, target := range strings.Fields(string(out)) {
		system, arch, _ := strings.Cut(target, "/")
		tag := func(tag string) bool { return tag == system || tag == arch }
		if accepts.Eval(tag) == refuses.Eval(tag) {
			t.Errorf("%s: accepted %v, refused %v", target, accepts.Eval(tag), refuses.Eval(tag))
		}
		if accepts.Eval(tag) {
			accepted = append(accepted, target)
		}
	}
	built := strings.Fields(find(t, "../../.ci/package", `(?m)^targets="([^"]+)"$`))
	slices.Sort(built)
	if !slices.Equal(accepted, built) {
		t.Errorf("accepted %v\nbuilt by .ci/package %v", accepted, built)
	}
	readme := find(t, "../../README.md", `(?s)## Where it runs\n(.*?)\n## `)
	for _, target := range accepted {
		if !strings.Contains(readme, "`"+target+"`") {
			t.Errorf("README.md does not name %s", target)
		}
	}
}

// TestRefused compiles the package as for a machine of the other byte order: the
// error is the sentence.
func TestRefused(t *testing.T) {
	for _, target := range []string{"linux/s390x", "linux/mips64le", "openbsd/amd64", "netbsd/amd64", "js/wasm", "windows/arm64"} {
		system, arch, _ := strings.Cut(target, "/")
		cmd := exec.Command("go", "build", ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "tacit_does_not_run_on_this_platform__README_md") {
			t.Errorf("%s: %v\n%s", target, err, out)
		}
	}
}

// constraintOf is the build constraint of a file of this package.
func constraintOf(t *testing.T, name string) constraint.Expr {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	e, err := constraint.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// find is what a pattern's first group finds in a file.
func find(t *testing.T, path, pattern string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(pattern).FindSubmatch(b)
	if m == nil {
		t.Fatalf("%s has nothing like %s", path, pattern)
	}
	return string(m[1])
}
