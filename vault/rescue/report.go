package rescue

import (
	"slices"
	"time"
)

// State is how much is known of a secret.
type State string

// The states.
const (
	// Certain: the newest head proves that it is the current value, and this
	// machine knows of no newer commit.
	Certain State = "certain"
	// Uncertain: the newest value that was found; why it may not be the current
	// one is said.
	Uncertain State = "uncertain"
	// Missing: there was such a secret, and no version of it is left whole.
	Missing State = "missing"
	// Deleted: the newest that was found is a deletion.
	Deleted State = "deleted"
)

// Item is what became of one secret.
type Item struct {
	Name    string
	State   State
	Version uint64 // in the vault that was; of what is missing, the version known of
	Commit  uint64 // that wrote it, in the vault that was
	Kind    string // "text", "json", "bytes", "gone"; "" where it is missing
	Size    int64  // bytes of the value
	Updated time.Time
	Attrs   map[string]string
	// Why says what a state other than Certain rests on, and of a deletion
	// whether it is certain: then it is empty.
	Why string
}

// Report is what was found, and how much of it is certain.
type Report struct {
	Vault    string // id of the vault that was
	Searched Searched
	Head     Head
	Known    uint64 // the newest commit that this machine remembers, 0 where none

	// Gaps is how many parts of the newest head's index are gone, Unknown how
	// many names were in them that nothing else tells of.
	Gaps, Unknown int

	Items []Item   // secrets, by name
	Own   []string // tacit's own entries, which are not carried over
}

// Searched is what was read, and what is in it.
type Searched struct {
	Files      int
	Bytes      int64
	Unreadable int64 // bytes that could not be read, taken for zeros
	Unopened   int   // files and folders that could not be opened

	Found   int // what begins like a record
	Records int // different records that are authentic and whole
	Copies  int // the same once more
	Older   int // older than one that is authentic, and not looked at
	Damaged int // authentic headers without a whole value, copies included
	Foreign int // not this vault's, forged, or damaged beyond telling
	Newer   int // made by a newer tacit
}

// Head is the newest head that is authentic. It is zero where none is left.
type Head struct {
	Pin    string
	Commit uint64
	When   time.Time // that it was made
}

// Count is how many secrets are in a state.
func (r *Report) Count(state State) (n int) {
	for _, item := range r.Items {
		if item.State == state {
			n++
		}
	}
	return n
}

// Rescued is how many secrets have a value.
func (r *Report) Rescued() int { return r.Count(Certain) + r.Count(Uncertain) }

// Complete tells whether all that was in the vault is there, and certain.
func (r *Report) Complete() bool {
	return r.Head.Commit > 0 && r.Known <= r.Head.Commit && r.Gaps == 0 && r.Unknown == 0 &&
		!slices.ContainsFunc(r.Items, func(i Item) bool { return i.Why != "" })
}
