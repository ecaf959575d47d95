package heads

import (
	"cmp"
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
)

// A Writer makes the next changes of its feed.
type Writer struct {
	Last  bundle.Dot // its newest change; Seq 0: none yet
	Epoch uint64
	// Seal makes a bundle of a change, and returns its digest, which the change has not.
	Seal func(Change) (crypto.Digest, error)
}

// News is what came from others, in any order. Changes may be there twice.
type News struct {
	Former     Former // as the newest charter says; nil: as before
	Checkpoint *Checkpoint
	Changes    []Change
}

// An Outcome is what a commit does.
type Outcome struct {
	Cut      []Change          // made by the writer
	Applied  []Change          // of News, in the order in which they were applied
	Waiting  []Wait            // what stays to be applied
	Forked   []bundle.MemberID // whose feeds are forked, sorted
	Vanished []Vanished
	Adopted  bool // the checkpoint
}

// Wait is a change that needs others.
type Wait struct {
	Change Change
	Needs  []bundle.Dot
}

// Commit is one step of a member: first a change is cut of what it has set itself, a
// bundle for each list of dirty items; only then comes what others wrote. What a user
// set before the commit, the user set without having seen the news: cut after them it
// would claim to have.
func (s *State) Commit(w Writer, dirty [][]Item, news News) (out Outcome, err error) {
	if err = s.cutAll(w, dirty, &out); err != nil {
		return out, err
	}
	err = s.take(news, &out)
	return out, err
}

// take takes what others wrote.
func (s *State) take(news News, out *Outcome) (err error) {
	if news.Former != nil {
		s.Former = news.Former
	}
	if news.Checkpoint != nil {
		if out.Vanished, err = s.Adopt(*news.Checkpoint); err != nil {
			return err
		}
		out.Adopted = true
	}
	// Where a checkpoint has become the state, what was cut just now comes again.
	s.applyAll(slices.Concat(out.Cut, news.Changes), out)
	return nil
}

// cutAll makes a change of each list.
func (s *State) cutAll(w Writer, dirty [][]Item, out *Outcome) error {
	for _, items := range dirty {
		c, err := s.cut(&w, items)
		if err != nil {
			return err
		}
		out.Cut = append(out.Cut, c)
	}
	return nil
}

// ErrBehind: the writer has not applied its own feed.
var ErrBehind = errors.New("the writer has not applied its own feed")

// cut makes the writer's next change. All of its own feed has to be applied: what it
// restored of an older state, it would say again under numbers that are taken.
func (s *State) cut(w *Writer, items []Item) (Change, error) {
	if last, _ := s.Seen.Of(w.Last.Member); last.Seq != w.Last.Seq || last.Digest != w.Last.Digest {
		return Change{}, ErrBehind
	}
	c := Change{
		Dot:  bundle.Dot{Member: w.Last.Member, Seq: w.Last.Seq + 1},
		Prev: w.Last.Digest, Epoch: w.Epoch, Seen: s.Seen, Items: s.Cut(items),
	}
	var err error
	if c.Dot.Digest, err = w.Seal(c); err != nil {
		return Change{}, err
	}
	s.Apply(c)
	w.Last = c.Dot
	return c, nil
}

// applyAll applies what can be applied, until nothing more can.
func (s *State) applyAll(changes []Change, out *Outcome) {
	forked := map[bundle.MemberID]bool{}
	for again := true; again; {
		again = false
		var left []Change
		out.Waiting = nil
		for _, c := range changes {
			standing, needs := s.Judge(c)
			switch {
			case standing == Ready && !s.Former.Exceeded(s.Seen):
				s.Apply(c)
				out.Applied = append(out.Applied, c)
				again = true
			case standing == Ready, standing == Waiting:
				left = append(left, c)
				out.Waiting = append(out.Waiting, Wait{c, needs})
			case standing == Forked:
				forked[c.Dot.Member] = true
			}
		}
		changes = left
	}
	for m := range forked {
		out.Forked = append(out.Forked, m)
	}
	slices.SortFunc(out.Forked, func(a, b bundle.MemberID) int { return cmp.Compare(a.String(), b.String()) })
}
