package transfer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
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
// the map leaves out is added to Skipped. A name of other scripts loses what is not
// ours: nothing of it is left, and it is ENTRY_1; or what is left is taken, and it is
// numbered. Numbered tells both.
//
// Errors wrap ErrName (of a name that is empty, has control characters, or is too
// long; the first few are listed), ErrDuplicate (two names that become one), or
// ErrUnused (the map has a name that is not there).
func (n Naming) Apply(r Result) (Result, []Renamed, error) {
	g := giver{naming: n, seen: make(map[string]Item, len(r.Items)), tried: map[string]int{}, sources: map[string]Item{}}
	out := Result{Skipped: slices.Clone(r.Skipped), Numbered: slices.Clone(r.Numbered)}
	unused := maps.Clone(n.Map)
	names := make([]string, len(r.Items))
	for i, item := range r.Items {
		from := item.Source()
		delete(unused, from)
		if name, mapped := n.Map[from]; mapped && name == "" {
			out.Skipped = append(out.Skipped, Skipped{from, "left out by the map", true})
			continue
		}
		var err error
		if names[i], err = g.give(item); err != nil {
			return Result{}, nil, err
		}
	}
	out.Numbered = append(out.Numbered, g.number(r.Items, names)...)
	switch {
	case len(g.bad) > 0:
		return Result{}, nil, badNames(g.bad)
	case len(unused) > 0:
		from := slices.Min(slices.Collect(maps.Keys(unused)))
		return Result{}, nil, fail(ErrUnused, 0, "nothing in it is called %s", printable(from))
	}
	var renamed []Renamed
	for i, item := range r.Items {
		if names[i] == "" {
			item.Value.Wipe() // left out
			continue
		}
		item.From, item.Name = item.Source(), names[i]
		out.Items = append(out.Items, item)
		if item.From != item.Name {
			renamed = append(renamed, Renamed{item.From, item.Name})
		}
	}
	return out, renamed, nil
}

// giver gives names, each once.
type giver struct {
	naming Naming
	seen   map[string]Item
	tried  map[string]int // which number was tried last for a name
	later  []int          // items that take what others leave

	sources map[string]Item // of these, by what they were called
	given   int
	bad     []string
}

// give is the name of an item; "" where it is one for number.
func (g *giver) give(item Item) (string, error) {
	i := g.given
	g.given++
	from := item.Source()
	name, mapped := g.naming.Map[from]
	if !mapped {
		switch {
		case item.Name == "" || strings.ContainsFunc(from, unicode.IsControl):
			g.bad = append(g.bad, printable(from))
			return "", nil
		case losesLetters(item.Name) || Plain(item.Name) == "":
			if first, ok := g.sources[from]; ok {
				return "", collision("one name", first, item)
			}
			g.sources[from] = item
			g.later = append(g.later, i)
			return "", nil
		}
		name = g.naming.Prefix + Plain(item.Name)
		if crypto.CheckName(item.Name) == nil {
			name = g.naming.Prefix + item.Name
		}
	}
	if crypto.CheckName(name) != nil {
		g.bad = append(g.bad, printable(from))
		return "", nil
	}
	if first, ok := g.seen[name]; ok {
		return "", collision(name, first, item)
	}
	g.seen[name] = item
	return name, nil
}

// number names what is left, in order, by what nothing else is called.
func (g *giver) number(items []Item, names []string) (numbered []Renamed) {
	for _, i := range g.later {
		base := Plain(items[i].Name)
		name := g.naming.Prefix + base
		if base == "" {
			base = "ENTRY"
			name = g.next(base)
		}
		for _, taken := g.seen[name]; taken; _, taken = g.seen[name] {
			name = g.next(base)
		}
		if crypto.CheckName(name) != nil {
			g.bad = append(g.bad, printable(items[i].Source()))
			continue
		}
		g.seen[name], names[i] = items[i], name
		numbered = append(numbered, Renamed{items[i].Source(), name})
	}
	return numbered
}

// next is the name with the next number: ENTRY_1, but Mail_2, as there is a Mail.
func (g *giver) next(base string) string {
	g.tried[base]++
	n := g.tried[base]
	if base != "ENTRY" {
		n++
	}
	return g.naming.Prefix + base + "_" + strconv.Itoa(n)
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
