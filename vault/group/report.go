package group

import (
	"slices"
	"time"
)

// SyncOptions are the options of [Group.Sync]. The zero value is right for most.
type SyncOptions struct {
	// Stale is asked where this vault has changes and was last synced longer than 30
	// days ago: they replace what others have. false leaves them for the next sync.
	Stale func(names []string, since time.Time) bool
}

// Report is what a sync did.
type Report struct {
	Sent     int // changes of this vault that went into bundles
	Received int // names that got another value, or were deleted
	Pushed   int // bundles that were put somewhere, those of others included

	Conflicts  int          // values that lost and wait for the user
	Kept       []string     // names that this reader changed: the values are in Conflicts
	Waiting    []Waiting    // what holds up bundles of a member
	Forked     []string     // labels of members who wrote two changes under one number
	Full       bool         // changes wait here: too many bundles are still to be taken to a place
	Removed    bool         // this member is no longer one
	Unanswered []Unanswered // requests to join that this owner cannot admit
	AsOf       time.Time    // the time of the newest beat, zero where there was none
	Places     []PlaceReport
}

// Waiting says that bundles of one member need bundles of another, which no place has.
type Waiting struct {
	From  string // label of the member whose bundle cannot be applied yet
	For   string // label of the member whose bundle is missing
	Until uint64 // its number
}

// PlaceReport is what became of one place.
type PlaceReport struct {
	Address string
	Err     error    // why it could not be reached, or was left; nil
	Lost    uint64   // from this change on the place has lost what this vault had put there, and has no more; 0
	Damaged []string // keys that held what is no bundle, and were replaced or passed over
}

// add adds what a merge did.
func (r *Report) add(o Report) {
	r.Sent += o.Sent
	r.Received += o.Received
	r.Conflicts += o.Conflicts
	r.Kept = append(r.Kept, o.Kept...)
	r.Waiting = o.Waiting
	for _, label := range o.Forked {
		if !slices.Contains(r.Forked, label) {
			r.Forked = append(r.Forked, label)
		}
	}
	r.Full = o.Full
}

// wait notes what is missing, once.
func (r *Report) wait(w Waiting) {
	if !slices.Contains(r.Waiting, w) {
		r.Waiting = append(r.Waiting, w)
	}
}
