package screen

import (
	"strings"

	"github.com/tacit-vault/tacit/cli/ui/wire"
	"github.com/tacit-vault/tacit/vault/match"
)

// A Query is what was typed to search: words in any order, each of them in the name, and
// labels as key=value. A space, "_" and "-" part words.
type Query struct {
	words  match.Words
	labels []string // "env=", "env=prod": how a label begins
}

// NewQuery takes apart what was typed.
func NewQuery(typed string) (q Query) {
	for _, word := range strings.Fields(strings.ToLower(typed)) {
		if strings.Contains(word, "=") {
			q.labels = append(q.labels, word)
			continue
		}
		q.words = append(q.words, match.New(word)...)
	}
	return q
}

// Matches tells whether a row is found. lower is its name in lower case.
func (q Query) Matches(row *wire.Row, lower string) bool {
	if !q.words.In(lower) {
		return false
	}
	for _, label := range q.labels {
		if !hasLabel(row.Labels, label) {
			return false
		}
	}
	return true
}

// hasLabel tells whether one of the labels begins with what was typed, in either case.
func hasLabel(labels, begins string) bool {
	for label := range strings.FieldsSeq(labels) {
		if len(label) >= len(begins) && strings.EqualFold(label[:len(begins)], begins) {
			return true
		}
	}
	return false
}

// narrows tells whether all that one query finds another has found: the list need not be
// looked through from its beginning.
func narrows(before, after string) bool {
	return strings.HasPrefix(after, before) && !strings.Contains(after, "=")
}

// nearness is how many letters of a word a name has in their order.
func nearness(word, lower string) (n int) {
	for i := range len(word) {
		at := strings.IndexByte(lower, word[i])
		if at < 0 {
			continue
		}
		lower = lower[at+1:]
		n++
	}
	return n
}
