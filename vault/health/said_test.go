package health

import (
	"strings"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// said is a remedy in one line: its name and the names of its objects, what follows it,
// and the other way.
func said(r remedy.Remedy) string {
	if r.IsZero() {
		return ""
	}
	words := []string{string(r.Action)}
	for _, o := range r.Objects {
		words = append(words, o.Name)
	}
	line := strings.Join(words, " ")
	if r.Then != nil {
		line += ", then " + said(*r.Then)
	}
	if r.Or != nil {
		line += ", or " + said(*r.Or)
	}
	return line
}
