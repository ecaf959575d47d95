package main_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWorkflows: what others could change under the same name takes no part in a release.
// The same image makes and tests it, and both workflows call what CI calls.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(".github", "workflows", "*.yml"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	images := map[string]bool{}
	for _, file := range files {
		text := string(readFile(t, file))
		for _, faulty := range unpinned(text) {
			t.Errorf("%s: %s is not named by a digest", file, faulty)
		}
		for _, image := range regexp.MustCompile(`IMAGE: (\S+)`).FindAllStringSubmatch(text, -1) {
			images[image[1]] = true
		}
		if !strings.Contains(text, "exec .ci/run") {
			t.Errorf("%s does not call .ci/run", file)
		}
	}
	if len(images) != 1 {
		t.Errorf("images: %v", images)
	}
}

// unpinned are the actions and images of a workflow that have no digest.
func unpinned(text string) (names []string) {
	pinned := regexp.MustCompile(`@(sha256:)?([0-9a-f]{40}|[0-9a-f]{64})$`)
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:- )?(?:uses|image|IMAGE|container): *(\S+)`).FindAllStringSubmatch(text, -1) {
		if !pinned.MatchString(m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

func TestUnpinnedIsSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"      - uses: actions/checkout@v4\n":          1,
		"    container: golang:1.26\n":                 1,
		"  IMAGE: golang@sha256:abcd\n":                1,
		"  uses: a/b@" + strings.Repeat("0", 40):       0,
		"  IMAGE: a@sha256:" + strings.Repeat("0", 64): 0,
	} {
		if got := unpinned(text); len(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
