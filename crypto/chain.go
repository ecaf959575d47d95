package crypto

import (
	"errors"
	"fmt"
)

// LogWindow is how many commits back the log of older heads reaches: an entry
// whose seq is that far, or farther, below the head's is deleted.
const LogWindow = 65_536

// What Descends can find besides descent.
var (
	// ErrForked means that two heads come from a common past, and neither from the other.
	ErrForked = errors.New("forked")
	// ErrBehind means that the head is older than what it was to descend from.
	ErrBehind = errors.New("behind")
)

// LogGetter returns the stored log entry of the head with the seq, or nil and no
// error where there is none.
type LogGetter func(seq uint64) ([]byte, error)

// Trimmable tells whether entry, the log entry of the head of seq, is deleted
// once it lies LogWindow below the head, unless a leap follows it. The entries of
// jumps are kept for good: heads whose seq is not their prev's plus one.
func Trimmable(seq uint64, entry []byte) bool {
	e, err := parseLog(seq, entry)
	return err == nil && e.prev.Seq+1 == seq
}

// Leapt tells, where the head of seq came LogWindow or more after the one before
// it, which that was. That one's entry is kept, so that who last saw it can prove
// where the vault comes from.
func Leapt(seq uint64, entry []byte) (from uint64, ok bool) {
	e, err := parseLog(seq, entry)
	return e.prev.Seq, err == nil && e.prev.Seq > 0 && seq-e.prev.Seq >= LogWindow
}

// Descends proves that target is the head itself or an ancestor of it. The
// proof costs a hash for every entry of the log that it passes: about a hundred
// for 65,536 commits.
//
// ErrForked: the chain passes target's seq, and not at target. ErrUnproven: the
// log does not reach as far back, or target is the zero point. ErrBehind:
// target's seq is above the head's. ErrForged: an entry of the log is not the
// one that its successor names. An error of get is wrapped.
func Descends(head *Head, target Point, get LogGetter) error {
	switch {
	case target.IsZero():
		return fmt.Errorf("%w: nothing to descend from", ErrUnproven)
	case target.Seq > head.Seq:
		return fmt.Errorf("%w: at commit %d, not %d", ErrBehind, head.Seq, target.Seq)
	}
	found, err := ancestor(head, target.Seq, get)
	if err != nil {
		return err
	}
	if found != target {
		return fmt.Errorf("%w: commit %d is another one", ErrForked, target.Seq)
	}
	return nil
}

// SkipFor is the skip of a head of seq whose prev is head: the newest ancestor
// still kept whose seq is at most seq with its lowest set bit cleared. Where
// there is none, or the log does not lead there, it is head itself. The walk
// begins at head, which must have been verified. Errors are ErrForged, as in
// Descends, or one of get.
func SkipFor(head *Head, seq uint64, get LogGetter) (Point, error) {
	most := seq & (seq - 1)
	if most == 0 || most >= head.Seq {
		return head.Point(), nil
	}
	found, err := ancestor(head, most, get)
	if errors.Is(err, ErrUnproven) {
		return head.Point(), nil
	}
	if err != nil {
		return Point{}, err
	}
	if _, err = readLog(found, get); errors.Is(err, ErrUnproven) {
		return head.Point(), nil // named, but no longer kept
	}
	if err != nil {
		return Point{}, err
	}
	return found, nil
}

// ancestor is the newest of head and its ancestors whose seq is at most the one
// given, the zero point if there is none. It walks down along prev and skip,
// and believes no entry that its successor does not name.
func ancestor(head *Head, most uint64, get LogGetter) (Point, error) {
	if head.Seq <= most {
		return head.Point(), nil
	}
	at := logEntry{prev: head.Prev, skip: head.Skip}
	for {
		// Everything between the entry and its prev is empty.
		if at.prev.Seq <= most {
			return at.prev, nil
		}
		if at.skip.Seq == most {
			return at.skip, nil
		}
		next, err := at.down(most, get)
		if err != nil {
			return Point{}, err
		}
		at = next
	}
}

// down reads the next entry on the way to the ancestor: skip's if that is not
// too far and still kept, else prev's.
func (e logEntry) down(most uint64, get LogGetter) (logEntry, error) {
	if e.skip.Seq > most && e.skip != e.prev {
		next, err := readLog(e.skip, get)
		if !errors.Is(err, ErrUnproven) {
			return next, err
		}
	}
	return readLog(e.prev, get)
}

// logEntry is what is left of an older head.
type logEntry struct {
	body       Digest // SHA-256 of its body
	prev, skip Point
}

// parseLog reads the log entry of the head of seq.
func parseLog(seq uint64, b []byte) (e logEntry, err error) {
	f, err := Decode("tacit/1/log", b, 3)
	if err != nil {
		return e, err
	}
	p := Fields{rest: f}
	p.Fixed(e.body[:])
	prev, skip := p.Next(), p.Next()
	if err := p.End(); err != nil {
		return e, err
	}
	if e.prev, err = parsePoint(prev); err != nil {
		return e, err
	}
	if e.skip, err = parsePoint(skip); err != nil {
		return e, err
	}
	return e, checkAncestors(seq, e.prev, e.skip)
}

// readLog reads the entry of a head and proves that it is that of the point:
// ErrUnproven if it is not there, ErrForged if it is another.
func readLog(p Point, get LogGetter) (logEntry, error) {
	b, err := get(p.Seq)
	if err != nil {
		return logEntry{}, fmt.Errorf("reading the log of heads: %w", err)
	}
	if b == nil {
		return logEntry{}, fmt.Errorf("%w: the log does not reach back to commit %d", ErrUnproven, p.Seq)
	}
	e, err := parseLog(p.Seq, b)
	if err != nil || pointDigest(e.body, e.prev, e.skip) != p.Digest {
		return logEntry{}, fmt.Errorf("%w: log entry of commit %d", ErrForged, p.Seq)
	}
	return e, nil
}
