package rescue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Collect reads everything again, opens every record, and tells of each secret
// what is left and how certain it is. It needs Unlock.
//
// Code Missing where not one record of the vault is left.
func (r *Ruin) Collect(ctx context.Context) (*Report, error) {
	c := &collector{r: r, names: map[string]*secret{}, opened: map[crypto.Digest]bool{}}
	for _, u := range r.vaults {
		if u.head != nil && (c.top == nil || u.head.Seq > c.top.Seq) {
			c.top = u.head
		}
	}
	if c.top != nil {
		// Before the records are read, so that those which it lists are known.
		if _, err := r.fragments.Walk(c.top.Root, c.prove); err != nil {
			return nil, err
		}
	}
	if err := c.collect(ctx); err != nil {
		return nil, err
	}
	if c.report.Searched.Records+c.report.Searched.Damaged == 0 {
		return nil, r.nothing(&c.report)
	}
	if err := c.proveMore(); err != nil {
		return nil, err
	}
	c.fill()
	c.takeHints()
	c.judge()
	r.found = c
	return &c.report, nil
}

func (r *Ruin) nothing(rep *Report) error {
	e := &vault.SecretError{
		Code: vault.Missing, Op: op, Path: r.path,
		Message: fmt.Sprintf("not one record of the vault is left in it; %d look like records and are not its own", rep.Searched.Found),
		Remedy:  remedy.To(remedy.NameWhatHeldVault),
	}
	if rep.Searched.Found > 0 && !slices.ContainsFunc(r.vaults, func(u *unsealed) bool { return u.head != nil }) {
		e.Remedy = remedy.To(remedy.NameOtherID)
	}
	return e
}

// prove takes an entry that the newest head proves.
func (c *collector) prove(e crypto.Entry) error {
	s := c.of(e.Name)
	s.entry = &e
	if s.within != nil && s.within.sum == e.Sum {
		s.exact = s.within
	}
	return nil
}

// proveMore makes the leaves of the index anew from the records, where the
// index itself is damaged: those that fit into what is left of it are proven.
func (c *collector) proveMore() error {
	if c.top == nil {
		return nil
	}
	var entries []crypto.Entry
	for name, s := range c.names {
		switch {
		case s.entry != nil:
			entries = append(entries, *s.entry)
		case s.within != nil:
			entries = append(entries, c.guess(name, s.within))
		}
	}
	if err := c.r.fragments.Rebuild(entries); err != nil {
		return err
	}
	var err error
	c.report.Gaps, err = c.r.fragments.Walk(c.top.Root, c.prove)
	return err
}

// takeHints looks into leaves that nothing proves, where that is all that is
// left of a part of the index: they tell of names whose records are gone.
func (c *collector) takeHints() {
	if c.top != nil && c.report.Gaps == 0 {
		return
	}
	c.r.fragments.Leaves(func(e crypto.Entry) {
		if c.top != nil && e.Seq > c.top.Seq {
			return
		}
		s := c.of(e.Name)
		if s.entry == nil && (s.hint == nil || newer(headerOf(e), headerOf(*s.hint))) {
			s.hint = &e
		}
	})
}

// headerOf is what an entry says of its record.
func headerOf(e crypto.Entry) crypto.Header {
	return crypto.Header{Name: e.Name, Version: e.Version, Seq: e.Seq, Kind: e.Kind}
}

// guess is what the index most likely says of a name whose newest record is r.
func (c *collector) guess(name string, r *record) crypto.Entry {
	kept := c.top.Policy[crypto.PolicyHistory]
	if kept < 1 || crypto.CheckName(name) != nil {
		kept = 1 // names of tacit's own keep no history
	}
	oldest := 1 + r.Version - min(r.Version, kept)
	return crypto.Entry{Name: name, Version: r.Version, Seq: r.Seq, Oldest: oldest, Kind: r.Kind, Sum: r.sum}
}

// fill says what was read.
func (c *collector) fill() {
	rep := &c.report
	rep.Searched.Files, rep.Searched.Bytes = len(c.r.files), c.r.total
	rep.Searched.Unreadable, rep.Searched.Unopened = c.r.bad, c.r.unread
	for _, u := range c.r.vaults {
		if u.sure {
			rep.Vault = u.keys[0].ID().String()
			if p, ok, err := c.r.anchors.Highest(u.keys[0].ID()); err != nil {
				c.r.missed(err)
			} else if ok {
				rep.Known = max(rep.Known, p.Seq)
			}
		}
	}
	if c.top != nil {
		rep.Head = Head{c.top.Pin.String(), c.top.Seq, time.Unix(c.top.Time, 0).UTC()}
	}
}

// judge tells of each name what is left of it.
func (c *collector) judge() {
	rep, listed := &c.report, uint64(0)
	for _, name := range slices.Sorted(maps.Keys(c.names)) {
		s := c.names[name]
		if s.entry != nil || s.hint != nil || s.within != nil || s.lost != nil && c.top != nil && s.lost.Seq <= c.top.Seq {
			listed++
		}
		if strings.HasPrefix(name, ".") {
			rep.Own = append(rep.Own, name)
			continue
		}
		rep.Items = append(rep.Items, c.judgeOne(name, s))
	}
	if c.top != nil && rep.Gaps > 0 {
		if all := c.top.Names + c.top.Gone; all > listed {
			rep.Unknown = int(all - listed)
		}
	}
}

// choose is the record that is kept of a name, nil where there is none.
func (s *secret) choose() *record {
	kept := s.within
	if s.exact != nil {
		kept = s.exact
	}
	// A record of a later commit is newer, unless it is the same version sealed
	// once more, by a rotation that did not finish.
	if s.beyond != nil && (kept == nil || s.beyond.Version > kept.Version) {
		return s.beyond
	}
	return kept
}

func (c *collector) judgeOne(name string, s *secret) Item {
	kept := s.choose()
	if kept == nil {
		return c.withoutRecord(name, s)
	}
	i := Item{
		Name: name, State: Certain, Version: kept.Version, Commit: kept.Seq, Kind: kept.Kind.String(),
		Size: kept.Size, Updated: time.Unix(kept.Updated, 0).UTC(), Why: c.doubt(s, kept),
	}
	for _, a := range kept.Attrs {
		if i.Attrs == nil {
			i.Attrs = map[string]string{}
		}
		i.Attrs[a.Name] = a.Value
	}
	switch {
	case kept.Kind == crypto.Gone:
		i.State = Deleted
	case i.Why != "":
		i.State = Uncertain
	}
	return i
}

// withoutRecord is a name of which no version is whole.
func (c *collector) withoutRecord(name string, s *secret) Item {
	i := Item{Name: name, State: Missing}
	switch {
	case s.entry != nil && s.entry.Kind == crypto.Gone:
		i.State, i.Version, i.Commit, i.Kind = Deleted, s.entry.Version, s.entry.Seq, s.entry.Kind.String()
		i.Why = c.behind()
	case s.entry != nil:
		i.Version, i.Commit = s.entry.Version, s.entry.Seq
		i.Why = fmt.Sprintf("version %d is listed, and the bytes of no version are left", s.entry.Version)
	case s.hint != nil && (s.lost == nil || !newer(*s.lost, headerOf(*s.hint))):
		i.Version, i.Commit = s.hint.Version, s.hint.Seq
		i.Why = fmt.Sprintf("a part of the index lists version %d, which nothing proves, and the bytes of no version are left", i.Version)
		if s.hint.Kind == crypto.Gone {
			i.State, i.Kind = Deleted, s.hint.Kind.String()
			i.Why = "a part of the index says so, which nothing proves"
		}
	default:
		i.Version, i.Commit = s.lost.Version, s.lost.Seq
		i.Why = fmt.Sprintf("the header of version %d is left, and the bytes of no value", s.lost.Version)
	}
	return i
}

// doubt is why a record may not be the current one; "" where it is.
func (c *collector) doubt(s *secret, kept *record) string {
	switch {
	case s.lost != nil && newer(*s.lost, kept.Header) && s.lost.Version > kept.Version && kept != s.exact:
		return fmt.Sprintf("version %d is known of, and its bytes are damaged", s.lost.Version)
	case s.entry == nil && s.hint != nil && s.hint.Version > kept.Version:
		return fmt.Sprintf("a part of the index lists version %d, which nothing proves, and its bytes are gone", s.hint.Version)
	case c.top == nil && s.hint != nil && s.hint.Sum == kept.sum:
		return "no head of the vault is left; the parts of the index that are list no newer version"
	case c.top == nil:
		return "no head of the vault is left that could say which version is the current one"
	case kept == s.beyond:
		return fmt.Sprintf("commit %d wrote it, and the newest head left is that of commit %d: it may be of a change that was not finished",
			kept.Seq, c.top.Seq)
	case kept == s.exact:
		return c.behind()
	case s.entry != nil && s.entry.Version == kept.Version:
		return fmt.Sprintf("it is sealed by commit %d, and the index lists the same version of commit %d", kept.Seq, s.entry.Seq)
	case s.entry != nil && s.entry.Version > kept.Version:
		return fmt.Sprintf("version %d is the current one, and its bytes are gone", s.entry.Version)
	case c.report.Gaps > 0:
		return "the part of the index that lists it is gone"
	}
	return fmt.Sprintf("the index of commit %d does not list it", c.top.Seq)
}

// behind is the doubt about all that the newest head proves.
func (c *collector) behind() string {
	if c.report.Known <= c.top.Seq {
		return ""
	}
	return fmt.Sprintf("it was the current one at commit %d, and this machine has seen commit %d", c.top.Seq, c.report.Known)
}
