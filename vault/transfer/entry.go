package transfer

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tacit-vault/tacit/vault"
)

// Entries says how the entries of a password manager become secrets. One rule
// holds for all of them:
//
//   - What an entry is there for is the secret NAME, made of its title: the
//     password, the text of a secure note, the private half of an SSH key.
//   - Every other field is NAME_FIELD, in capitals: NAME_USERNAME, NAME_URL,
//     NAME_OTP (as it stands, mostly an otpauth URI), NAME_NOTES, and those that
//     cards, identities and users' own fields have, NAME_SECURITY_QUESTION. The
//     second field of a name in one entry is NAME_FIELD_2.
//   - A field that is empty is not there.
//   - A title that is empty is the URL's host, else "untitled". One without a letter
//     for a name is ENTRY_1, a field's label FIELD: Numbered tells them.
//   - Values are byte for byte what the file holds.
//
// Two entries that would share any name are an error which names both. What is
// in the trash or archived, attachments, passkeys, and older passwords are left
// out and told in Skipped. Tags, icons, favourites and times are no secrets and
// are left out without a word.
type Entries struct {
	// Folders puts the names of an entry's folders (vault, group, collection)
	// before its own.
	Folders bool
	// Unique gives an entry whose name is taken by one before it in the file the
	// name NAME_2, or the next that is free, with all that belongs to it.
	Unique bool
	// Naming makes names of titles. Its map goes by "folder/title" or by the
	// title, whether or not there are Folders, and names or leaves out an entry
	// with all that belongs to it.
	Naming Naming
}

// maxFields is how many fields an entry may have.
const maxFields = 1000

// The fields that every manager has a place for.
const (
	mainField     = ""
	usernameField = "USERNAME"
	urlField      = "URL"
	otpField      = "OTP"
	notesField    = "NOTES"
)

const passkeyLeft = "its passkey is not taken: only a browser could use it"

// entry is what a password manager keeps under one title.
type entry struct {
	title  string
	folder string // folders in it with "/" between them
	line   int    // 0 where the file has no lines worth telling
	fields []field
	// host is taken for the title where there is none.
	host string
}

// field is a secret of an entry: the one it is there for has no label.
type field struct {
	label string
	value vault.Value
	from  string // what the manager calls it, where the label does not say that
}

// shown is how messages name the entry.
func (e *entry) shown() string {
	if e.line == 0 {
		return printable(e.path(true))
	}
	return fmt.Sprintf("%s (line %d)", printable(e.path(true)), e.line)
}

// path is the title, with the folders before it where they are wanted.
func (e *entry) path(folders bool) string {
	title := e.title
	switch {
	case title != "":
	case e.host != "":
		title = e.host
	default:
		title = "untitled"
	}
	if folders && e.folder != "" {
		return e.folder + "/" + title
	}
	return title
}

// named makes a label of what the manager calls the last field, and remembers
// that where letters are lost.
func (e *entry) named(called string, before int) {
	if len(e.fields) > before && losesLetters(called) {
		e.fields[len(e.fields)-1].from = called
	}
}

// losesLetters tells whether the rule for names drops letters of s: those of
// other scripts.
func losesLetters(s string) bool {
	for _, r := range norm.NFD.String(s) {
		if r > unicode.MaxASCII && unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

// set adds a text, unless it is empty.
func (e *entry) set(label, text string) error {
	if text == "" {
		return nil
	}
	return e.setValue(label, vault.Text(text))
}

// setJSON adds a JSON value: a string as text, and nothing for "" and null.
func (e *entry) setJSON(label string, raw []byte) error {
	switch string(raw) {
	case "", "null", `""`:
		return nil
	}
	v, err := vault.FromJSON(raw, false)
	if err != nil {
		return fail(ErrValue, e.line, "%s: %v", printable(e.title), err)
	}
	return e.setValue(label, v)
}

func (e *entry) setValue(label string, v vault.Value) error {
	if len(e.fields) == maxFields {
		return fail(ErrLimit, e.line, "%s has more than %d fields", printable(e.title), maxFields)
	}
	e.fields = append(e.fields, field{label: label, value: v})
	return nil
}

// notesLabel is where notes go: what a secure note is there for is its text.
func (e *entry) notesLabel(isNote bool) string {
	if isNote && !e.has(mainField) {
		return mainField
	}
	return notesField
}

func (e *entry) has(label string) bool {
	for _, f := range e.fields {
		if f.label == label {
			return true
		}
	}
	return false
}

// setURL adds an address.
func (e *entry) setURL(address string) error {
	e.noteHost(address)
	return e.set(urlField, address)
}

// noteHost remembers the host of the first address.
func (e *entry) noteHost(address string) {
	if e.host != "" {
		return
	}
	if !strings.Contains(address, "://") {
		address = "//" + address // as people type it
	}
	if u, err := url.Parse(address); err == nil {
		e.host = u.Hostname()
	}
}

// label is a field's name as it stands after NAME_: by the rule for names, in
// capitals and without "-".
func label(s string) string {
	l := strings.Trim(strings.ReplaceAll(strings.ToUpper(Plain(s)), "-", "_"), "_")
	if l == "" {
		return "FIELD"
	}
	return l
}

// camelLabel is the label of a member such as cardholderName.
func camelLabel(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return label(b.String())
}

// numbered gives the second field of a name a number, and so on. Its memory is
// the caller's, for one entry after the other.
func (e *entry) numbered(used map[string]int) {
	clear(used)
	for i, f := range e.fields {
		free := f.label
		for used[free] > 0 {
			used[f.label]++
			free = strings.TrimPrefix(f.label+"_"+strconv.Itoa(used[f.label]), "_")
		}
		used[free] = 1
		e.fields[i].label = free
	}
}

// entries gathers the entries of a file.
type entries struct {
	collector
	list  []*entry
	begun int
}

// begin is a new entry, which add or skip ends.
func (l *entries) begin(line int) (*entry, error) {
	if l.begun++; l.begun > maxItems {
		return nil, fail(ErrLimit, line, "more than %d entries", maxItems)
	}
	return &entry{line: line}, nil
}

// add takes an entry whose fields are all there.
func (l *entries) add(e *entry) {
	if len(e.fields) == 0 {
		l.skip(e.path(true), "there is nothing in it to keep")
		return
	}
	l.list = append(l.list, e)
}
