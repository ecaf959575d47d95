package transfer

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tacit-vault/tacit/crypto"
)

// secrets gives every field its name. In its items, From is the title.
func (l *entries) secrets(o Entries) (Result, error) {
	n := namer{Entries: o, owners: map[string]*entry{}, tried: map[string]int{}, used: map[string]bool{}, numbered: map[string]bool{}}
	labels := make(map[string]int)
	var bad []string
	for _, e := range l.list {
		e.numbered(labels)
		name, err := n.name(e)
		switch {
		case errors.Is(err, errNoName):
			bad = append(bad, printable(e.path(o.Folders)))
			continue
		case err != nil:
			return Result{}, err
		case name == "":
			l.result.Skipped = append(l.result.Skipped, Skipped{e.path(true), "left out by the map", true})
			continue
		}
		for _, f := range e.fields {
			full, from := f.name(name), e.path(true)
			n.owners[full] = e
			if f.from != "" {
				from += ": " + f.from
			}
			if f.from != "" || n.numbered[name] {
				l.result.Numbered = append(l.result.Numbered, Renamed{from, full})
			}
			if err := l.collector.add(full, f.value, origin{from, e.line}); err != nil {
				return Result{}, err
			}
		}
	}
	if len(bad) > 0 {
		return Result{}, badNames(bad)
	}
	if err := n.unused(); err != nil {
		return Result{}, err
	}
	return l.result, nil
}

var errNoName = errors.New("no name can be made of it")

// namer names entries, one after the other.
type namer struct {
	Entries
	owners map[string]*entry // of the names that are taken
	tried  map[string]int    // which number was tried last for a name
	used   map[string]bool   // of the map
	// numbered are the names of entries whose titles have no letter for a name.
	numbered map[string]bool
	untitled int // of them
}

// name is "" for an entry that the map leaves out.
func (n *namer) name(e *entry) (string, error) {
	base, mapped := "", false
	for _, from := range []string{e.path(true), e.path(false)} {
		if base, mapped = n.Naming.Map[from]; mapped {
			n.used[from] = true
			break
		}
	}
	switch {
	case mapped && base == "":
		return "", nil
	case !mapped:
		title := e.path(n.Folders)
		if strings.ContainsFunc(title, unicode.IsControl) {
			return "", errNoName
		}
		base = n.Naming.Prefix + Plain(title)
		if Plain(title) == "" {
			base = n.free(e)
			n.numbered[base] = true
		}
	}
	name := base
	for first := e.meets(name, n.owners); first != nil; first = e.meets(name, n.owners) {
		if !n.Unique {
			return "", fail(ErrDuplicate, e.line, "%s and %s would both become %s", first.shown(), e.shown(), base)
		}
		n.tried[base] = max(n.tried[base], 1) + 1
		name = base + "_" + strconv.Itoa(n.tried[base])
	}
	for _, f := range e.fields {
		if crypto.CheckName(f.name(name)) != nil {
			return "", errNoName
		}
	}
	n.owners[name] = e
	return name, nil
}

// free is the next of ENTRY_1, ENTRY_2, … that nothing is called.
func (n *namer) free(e *entry) string {
	for {
		n.untitled++
		if base := n.Naming.Prefix + "ENTRY_" + strconv.Itoa(n.untitled); e.meets(base, n.owners) == nil {
			return base
		}
	}
}

// unused refuses what the map has and the file does not.
func (n *namer) unused() error {
	for _, from := range slices.Sorted(maps.Keys(n.Naming.Map)) {
		if !n.used[from] {
			return fail(ErrUnused, 0, "nothing in it is called %s", printable(from))
		}
	}
	return nil
}

func (f field) name(base string) string {
	if f.label == mainField {
		return base
	}
	return base + "_" + f.label
}

// meets is the entry that has one of the names that e would have under base.
func (e *entry) meets(base string, owners map[string]*entry) *entry {
	if first := owners[base]; first != nil {
		return first
	}
	for _, f := range e.fields {
		if first := owners[f.name(base)]; first != nil {
			return first
		}
	}
	return nil
}
