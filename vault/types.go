package vault

import (
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// Info is what is known of one version of a secret without its value. Name,
// Version, Oldest, Kind and Deleted are proven by the index alone; the
// others come from the record and are there where it was read: that needs no key
// either, and the index proves the record by its SHA-256.
type Info struct {
	Name    string
	Version uint64 // grows with each change, through deletion and re-creation too
	Oldest  uint64 // the oldest version kept
	Kind    string // "text", "json", "bytes"; "gone" for a deletion
	Size    int64  // bytes of the value
	Updated time.Time
	Expires time.Time         // zero: never
	Labels  map[string]string // nil: none
	Attrs   map[string]string // attributes that this version gives no meaning; nil: none
	Deleted bool
	// Unchanged tells of a change with SkipSame that this version was there already.
	Unchanged bool
}

// Secret is a version of a secret with its value.
type Secret struct {
	Info
	Value Value
}

// Policy is what a vault asks of its values and keeps of their history.
type Policy struct {
	MaxValue int // longest value in UTF-16 code units, 1 to 1,048,576
	History  int // versions kept of each name, the current included, 1 to 10,000
}

// DefaultPolicy is the platform's limit for a value, and ten versions.
func DefaultPolicy() Policy { return Policy{MaxValue: 10_000, History: 10} }

// Limits of a policy.
const (
	MaxValueLimit = crypto.MaxValueLimit
	HistoryLimit  = crypto.HistoryLimit
)

// SlotInfo is a key slot as the head lists it.
type SlotInfo struct {
	ID        uint32
	Label     string
	Kind      string
	Created   time.Time
	Recipient string // the public recipient, "" where there is none

	// Used is the day this machine last opened the vault by it, Drilled when it
	// was last proven to open everything. Both are zero where that is not known:
	// Slots fills them in, Status does not.
	Used, Drilled time.Time

	// WorkFactor is scrypt's log N of a slot that a passphrase opens; 0 for any
	// other, and in Status.
	WorkFactor int
}

// Status is what can be told of a vault without a key.
type Status struct {
	Path     string
	ID       string
	Pin      string // public key of the heads; the user may compare it
	Suite    string // "x25519" or "hybrid"
	Format   uint64
	Created  time.Time
	Seq      uint64 // commits so far
	Changed  time.Time
	Names    int // secrets; of a Backup, tacit's own records, too
	Gone     int // deleted names still listed
	Records  int // versions kept, deletions and tacit's own records included
	Policy   Policy
	Slots    []SlotInfo
	Unlocked bool
	Writable bool
	New      bool // this machine had not seen the vault before
	// Newer is a commit that this machine has seen in another place, and that the
	// vault here does not come from: it is an older copy, or goes its own way. Until
	// Trust it is only read. nil: there is none.
	Newer *Sighting
}

// Condition says when a change may be made.
type Condition struct {
	kind    conditionKind
	version uint64
}

type conditionKind uint8

const (
	always conditionKind = iota
	absent
	present
	atVersion
	presentAt
)

// The conditions. The zero Condition is Always.
var (
	Always  = Condition{}
	Absent  = Condition{kind: absent}  // there is no such secret; else Exists
	Present = Condition{kind: present} // there is one; else NotFound
)

// AtVersion asks that the current version is n; else Conflict. Zero asks that
// there is no such secret and never was.
func AtVersion(n uint64) Condition { return Condition{kind: atVersion, version: n} }

// AndPresent asks as well that there is such a secret, else NotFound, as an
// update does: a version may be a deletion. Absent stays what it is.
func (c Condition) AndPresent() Condition {
	switch c.kind {
	case always:
		return Present
	case atVersion:
		return Condition{kind: presentAt, version: c.version}
	}
	return c
}

// SetOption is an option of Set.
type SetOption func(*Change)

// IfAbsent refuses with Exists where there is such a secret.
func IfAbsent() SetOption { return func(c *Change) { c.If = Absent } }

// IfPresent refuses with NotFound where there is none.
func IfPresent() SetOption { return func(c *Change) { c.If = Present } }

// IfVersion refuses with Conflict where the current version is not n.
func IfVersion(n uint64) SetOption { return func(c *Change) { c.If = AtVersion(n) } }

// Change is one change of a batch. A new version keeps expiry and labels of the
// one before it, as far as the change says nothing else; so does one that sets
// another value.
type Change struct {
	Name   string
	Value  Value
	Delete bool // delete instead of setting; only Name and If are looked at
	If     Condition

	Expires *time.Time        // nil: as it was; the zero time: never
	Labels  map[string]string // labels to set, or with the value "" to remove
	Keep    bool              // see KeepValue
	// SameWorth: see the option of that name.
	SameWorth bool
	// SkipSame: see the option of that name.
	SkipSame bool

	purge bool   // with Delete: keep no older version
	given *Given // what a merge stores, just as it is
}

// Given is a value with all that belongs to it, as another vault has it.
type Given struct {
	Name    string
	Value   Value // of no kind for a deletion
	Deleted bool
	Purge   bool          // of a deletion: keep no older version, and not their bytes
	Attrs   []crypto.Attr // sorted by name; origin is this vault's own affair, and left out
	Updated time.Time     // 1970 to 9999
}

// DeleteOptions are the options of Delete.
type DeleteOptions struct {
	Purge bool // delete the older versions too, and their bytes
	If    Condition
}

// ListOptions are the options of List. The zero value lists every secret.
type ListOptions struct {
	Prefix  string
	After   string // list names greater than this one: the last of the page before
	Limit   int    // at most so many; 0: all
	Details bool   // read the records too: Size, Updated, Expires, Labels, Attrs
	Deleted bool   // list deleted names too
	// Hint says that the list is a help while a name is typed: each name in it is
	// proven, but not that none is missing, which takes long in a large vault.
	Hint bool
}
