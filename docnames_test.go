package main_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNamedTests: each test that a document names is there. A name that ends in "…"
// stands for all tests that begin so.
func TestNamedTests(t *testing.T) {
	t.Parallel()
	var defined []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(readFile(t, path), -1) {
				defined = append(defined, string(m[1]))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	source := "\n" + strings.Join(defined, "\n") + "\n"
	docs, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, doc := range append(docs, "README.md", "SECURITY.md", "CONTRIBUTING.md") {
		for _, m := range regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)(…?)").FindAllSubmatch(readFile(t, doc), -1) {
			found++
			name := "\n" + string(m[1])
			if len(m[2]) == 0 {
				name += "\n"
			}
			if !strings.Contains(source, name) {
				t.Errorf("%s names a test that is not there: %s%s", doc, m[1], m[2])
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d tests are named", found)
	}
}

// longSentence is how many words the sentences of a document may have on average.
const longSentence = 20

// TestSentences counts the words of sentences. What is code counts as one word.
func TestSentences(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range append(docs, "README.md", "SECURITY.md", "CONTRIBUTING.md") {
		words, sentences := 0, 0
		for _, s := range sentencesOf(string(readFile(t, doc))) {
			words, sentences = words+len(strings.Fields(s)), sentences+1
		}
		if sentences == 0 || words > longSentence*sentences {
			t.Errorf("%s: %d words in %d sentences, more than %d each", doc, words, sentences, longSentence)
		}
	}
}

// sentencesOf are the sentences of a document, and what stands alone in a list or in a
// table and has a few words.
func sentencesOf(doc string) (list []string) {
	doc = regexp.MustCompile("(?s)```.*?```").ReplaceAllString(doc, "")
	doc = regexp.MustCompile("`[^`]*`").ReplaceAllString(doc, "code")
	for _, s := range regexp.MustCompile(`[.?!:]\**\s|\n\n|\n *- |\n#|\|`).Split(doc, -1) {
		if len(strings.Fields(s)) > 3 {
			list = append(list, s)
		}
	}
	return list
}
