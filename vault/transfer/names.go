package transfer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tacit-vault/tacit/crypto"
)

// maxForeign is the longest name that a reader passes on, in bytes.
const maxForeign = 1000

// Naming is how names of other tools become ours. Without anything in it, it is
// the rule: letters lose their accents, and each run of other characters than
// A-Z a-z 0-9 _ and - becomes one _, which is dropped at both ends. A name with
// control characters in it is a mistake, not a name.
type Naming struct {
	Prefix string            // stands before each name that comes of the rule
	Map    map[string]string // a name as it is elsewhere, to ours; to "", it is left out
}

// Renamed is a name that is not ours as it was elsewhere.
type Renamed struct{ From, Name string }

// Apply gives each item its name, and keeps in From the one that it had. What
// the map leaves out is added to Skipped.
//
// Errors wrap ErrName (of a name that nothing is left of, or too much; the first
// few are listed), ErrDuplicate (two names that become one), or ErrUnused (the
// map has a name that is not there).
func (n Naming) Apply(r Result) (Result, []Renamed, error) {
	out := Result{Skipped: slices.Clone(r.Skipped)}
	seen := make(map[string]Item, len(r.Items))
	unused := maps.Clone(n.Map)
	var renamed []Renamed
	var bad []string
	for _, item := range r.Items {
		from := item.Source()
		name, mapped := n.Map[from]
		switch {
		case !mapped && crypto.CheckName(item.Name) == nil:
			name = n.Prefix + item.Name
		case !mapped:
			name = n.Prefix + Plain(item.Name)
		case name == "":
			out.Skipped = append(out.Skipped, Skipped{from, "left out by the map", true})
		}
		delete(unused, from)
		if mapped && name == "" {
			item.Value.Wipe()
			continue
		}
		if crypto.CheckName(name) != nil || !mapped && (name == n.Prefix || strings.ContainsFunc(from, unicode.IsControl)) {
			bad = append(bad, printable(from))
			continue
		}
		if first, ok := seen[name]; ok {
			return Result{}, nil, collision(name, first, item)
		}
		item.From, item.Name = from, name
		seen[name] = item
		out.Items = append(out.Items, item)
		if from != name {
			renamed = append(renamed, Renamed{from, name})
		}
	}
	switch {
	case len(bad) > 0:
		return Result{}, nil, badNames(bad)
	case len(unused) > 0:
		from := slices.Min(slices.Collect(maps.Keys(unused)))
		return Result{}, nil, fail(ErrUnused, 0, "nothing in it is called %s", printable(from))
	}
	return out, renamed, nil
}

// badNames lists the first few.
func badNames(bad []string) error {
	const most = 5
	more := ""
	if n := len(bad) - most; n > 0 {
		bad, more = bad[:most], fmt.Sprintf(" and %d more", n)
	}
	return fail(ErrName, 0, "no name of 1 to %d of the characters A-Z a-z 0-9 _ and - can be made of %s%s",
		crypto.MaxName, strings.Join(bad, ", "), more)
}

func collision(name string, first, second Item) error {
	a, b := first.Source(), second.Source()
	where := ""
	if first.Line > 0 {
		where = fmt.Sprintf(" in line %d", first.Line)
	}
	if a == b {
		return fail(ErrDuplicate, second.Line, "%s is there twice%s", printable(a), strings.Replace(where, " in", ", first in", 1))
	}
	return fail(ErrDuplicate, second.Line, "%s becomes %s, and so does %s%s", printable(b), name, printable(a), where)
}

// Plain is the rule for names, without a prefix: "Mail/Zoë & me (old)" becomes
// "Mail_Zoe_me_old". Of a name without any of our characters, nothing is left.
func Plain(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(name) {
		switch {
		case r < unicode.MaxASCII && crypto.CheckName(string(r)) == nil:
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r):
			gap = true
		}
	}
	return b.String()
}
