package group

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// Sync exchanges bundles with each place that can be reached: it cuts what this vault
// has changed, takes what others have, and puts what the place lacks. Stopped
// anywhere, it can be run again; two at once do no harm.
//
// Codes: Unreachable where no place could be reached; Forked where another vault
// writes under this member's keys; NotMember where this member was removed; Locked;
// those of [vault.Vault.Merge].
func (g *Group) Sync(ctx context.Context, o SyncOptions, places ...Place) (Report, error) {
	s := &syncer{g: g, options: o}
	err := s.run(ctx, places)
	if err != nil || !s.became {
		return s.report, err
	}
	// This vault is another member now, which has not pulled anything yet.
	next := &syncer{g: g, options: o}
	err = next.run(ctx, places)
	next.report.Sent += s.report.Sent
	next.report.Received += s.report.Received
	next.report.Pushed += s.report.Pushed
	return next.report, err
}

// A syncer is one Sync.
type syncer struct {
	g       *Group
	options SyncOptions
	report  Report

	reached []reached
	beaten  *sealedBeat // the owner's beat, once it is made
	made    *made       // the owner's checkpoint, once it is made
	became  bool        // this vault has become another member
}

func (s *syncer) run(ctx context.Context, places []Place) error {
	// First what was set here is cut, whatever comes later.
	if err := s.g.merge(ctx, news{}, s.options, &s.report); err != nil {
		return err
	}
	var far error
	for _, p := range places {
		s.report.Places = append(s.report.Places, PlaceReport{Address: p.Address})
		err := s.pull(ctx, p)
		if err != nil && !leaves(s.here(), err) {
			return err
		}
		if far = err; err == nil {
			s.reached = append(s.reached, reached{p, len(s.report.Places) - 1})
		}
	}
	if len(s.reached) == 0 && len(places) > 0 {
		return unreachable(far)
	}
	if err := s.caughtUp(ctx); err != nil {
		return err
	}
	for _, r := range s.reached {
		if err := s.push(ctx, r); err != nil && !leaves(&s.report.Places[r.report], err) {
			return err
		}
	}
	return s.finish(ctx)
}

// A reached place is one that could be reached, and where it stands in the report.
type reached struct {
	Place
	report int
}

// leaves notes that a place is left, if the error is one of the place alone.
func leaves(r *PlaceReport, err error) bool {
	var e *vault.SecretError
	if errors.As(err, &e) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	r.Err = err
	return true
}

// here is the report of the place that is worked on.
func (s *syncer) here() *PlaceReport { return &s.report.Places[len(s.report.Places)-1] }

func unreachable(err error) error {
	return &vault.SecretError{Code: vault.Unreachable, Op: "sync", Message: "no address of the group could be reached", Err: err}
}

// pull takes everything that a place has and this vault lacks.
func (s *syncer) pull(ctx context.Context, p Place) error {
	st, charter, err := s.g.load(ctx)
	if err != nil {
		return err
	}
	f := s.fetcher(ctx, p, st, charter)
	if err := f.welcome(); err != nil {
		return err
	}
	if len(f.news.welcomes) > 0 {
		if err := s.g.merge(ctx, news{welcomes: f.news.welcomes}, s.options, &s.report); err != nil {
			return err
		}
	}
	whole, known := false, len(s.report.Forked)
	for more := true; more; {
		if st, charter, err = s.g.load(ctx); err != nil || charter == nil || st.Role == bundle.Removed {
			return err
		}
		f = s.fetcher(ctx, p, st, charter)
		f.whole = whole
		if err := f.all(); err != nil {
			return err
		}
		if err := s.checkOwn(ctx, f); err != nil {
			return err
		}
		if err := s.take(ctx, f); err != nil {
			return err
		}
		// Once a fork is known, the owner's checkpoint is asked for, once.
		again := !whole && len(s.report.Forked) > known
		whole = again
		more = f.more || again
	}
	return nil
}

func (s *syncer) fetcher(ctx context.Context, p Place, st *state, charter *bundle.Charter) *fetcher {
	return &fetcher{ctx: ctx, place: p, st: st, charter: charter, report: s.here(), openers: map[uint64]*crypto.Opener{}}
}

// fetcherAt is a fetcher for a place that was pulled from.
func (s *syncer) fetcherAt(ctx context.Context, r reached, st *state, charter *bundle.Charter) *fetcher {
	return &fetcher{
		ctx: ctx, place: r.Place, st: st, charter: charter, report: &s.report.Places[r.report], openers: map[uint64]*crypto.Opener{},
	}
}

// take applies what was fetched.
func (s *syncer) take(ctx context.Context, f *fetcher) error {
	n := f.news
	n.welcomes = nil
	if len(n.changes) == 0 && n.checkpoint == nil && n.covered == nil && (n.beat == nil || n.beat.number <= f.st.Beat) {
		return nil
	}
	return s.g.merge(ctx, n, s.options, &s.report)
}

// checkOwn looks at bundles of this member that it does not know to have written: those
// of its feed, and one that a checkpoint covers.
func (s *syncer) checkOwn(ctx context.Context, f *fetcher) error {
	if f.st.Careful || f.st.Next != nil {
		return nil // it is finding out, or goes on as another member
	}
	own := f.news.own(f.st.Self)
	if len(own) == 0 {
		return nil
	}
	now, _, err := s.g.load(ctx) // another sync of this vault may just have written them
	if err != nil || now.Careful || now.Next != nil {
		return err
	}
	for _, d := range own {
		ours, err := s.g.wrote(ctx, now, d)
		if err != nil {
			return err
		}
		if !ours {
			return forkOfUs()
		}
	}
	return nil
}

// own are the changes of a member that the news are about.
func (n *news) own(self bundle.MemberID) (dots []bundle.Dot) {
	for _, c := range n.changes {
		if c.Dot.Member == self {
			dots = append(dots, c.Dot)
		}
	}
	if n.covered != nil && n.covered.own.Seq > 0 {
		dots = append(dots, n.covered.own)
	}
	if n.checkpoint != nil {
		if d, ok := n.checkpoint.Seen.Of(self); ok {
			dots = append(dots, d)
		}
	}
	return dots
}

// wrote tells whether this member may have written a change: what it knows of it is not
// another one. Of older changes that every place has it knows no more.
func (g *Group) wrote(ctx context.Context, st *state, d bundle.Dot) (bool, error) {
	if d.Seq >= st.Last.Seq {
		return st.Last.bundle() == d, nil
	}
	for _, q := range st.Queue {
		if q.Seq != d.Seq {
			continue
		}
		data, err := g.ringBundle(ctx, st, q)
		if err != nil || data == nil {
			return true, err
		}
		h, err := bundle.ParseHead(data)
		return err == nil && h.Digest() == d.Digest, nil
	}
	return true, nil
}

func forkOfUs() error {
	return &vault.SecretError{
		Code: vault.Forked, Op: "sync",
		Message: "another vault writes under this member's keys: this one was copied, or put back to an older state",
	}
}

// caughtUp ends the care after a restore, once each place that the vault knows of was
// asked for what this member has written.
func (s *syncer) caughtUp(ctx context.Context) error {
	st, charter, err := s.g.load(ctx)
	if err != nil || charter == nil || !st.Careful || len(s.reached) == 0 || !s.asked(st) {
		return err
	}
	if err := s.g.merge(ctx, news{caught: true}, s.options, &s.report); err != nil {
		return err
	}
	return s.g.merge(ctx, news{}, s.options, &s.report)
}

// asked tells whether each place was reached that the group is synced through, or that
// something was ever put at.
func (s *syncer) asked(st *state) bool {
	for _, address := range slices.Concat(st.Places, slices.Collect(maps.Keys(st.Pushed))) {
		if !slices.ContainsFunc(s.reached, func(r reached) bool { return r.Address == address }) {
			return false
		}
	}
	return true
}

// load reads the state and the newest charter.
func (g *Group) load(ctx context.Context) (*state, *bundle.Charter, error) {
	st, err := readState(ctx, g.vault, g.id)
	if err != nil {
		return nil, nil, err
	}
	charter, err := st.newest()
	return st, charter, err
}

// finish fills in what the report says of the end.
func (s *syncer) finish(ctx context.Context) error {
	st, charter, err := s.g.load(ctx)
	if err != nil {
		return err
	}
	s.report.Removed = st.Role == bundle.Removed
	if charter != nil {
		s.report.AsOf = st.asOf()
	}
	conflicts, err := s.g.countConflicts(ctx)
	s.report.Conflicts = conflicts
	return err
}
