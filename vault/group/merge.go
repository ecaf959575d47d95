package group

import (
	"context"
	"maps"
	"slices"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// News is what was fetched and verified, and not yet applied.
type news struct {
	welcomes   [][]byte // as they came: the state judges them
	checkpoint *checkpoint
	changes    []*change
	beat       *beat
	covered    *covered
	caught     bool // all of this member's own feed is here: it need be careful no more
}

// A change is a bundle of changes that was opened.
type change struct {
	heads.Change
	items map[string]*bundle.Item
	data  []byte // the bundle
}

// A checkpoint is one of which all parts were opened.
type checkpoint struct {
	heads.Checkpoint
	number uint64
	items  map[key]*bundle.HeadItem
	weight int // bytes
}

// What is covered says which of this member's changes a checkpoint has.
type covered struct {
	number uint64
	own    bundle.Dot // zero: none
}

// A beat is one that was opened.
type beat struct {
	number uint64
	time   int64
	seen   bundle.Seen
}

// A merger is one merge: it looks at the vault as it is, and says what to commit.
type merger struct {
	ctx     context.Context
	view    *vault.MergeView
	st      *state
	charter *bundle.Charter
	book    *book
	news    news
	options SyncOptions
	report  *Report

	out     vault.Merge
	heads   *heads.State
	values  map[key]*bundle.Item // of heads that are new in this merge
	dirty   map[string]vault.NameVersion
	touched map[string]bool
	left    bool // something that was set here stays to be cut
	sealed  []sealedChange
	outcome heads.Outcome
}

// sealedChange is a bundle that this merge makes.
type sealedChange struct {
	seq    uint64
	data   []byte
	purges bool
}

// merge makes one commit of what this vault has changed, and of the news. What is cut
// and what is applied are that one commit, so that a user's change between the two
// cannot be lost.
func (g *Group) merge(ctx context.Context, n news, o SyncOptions, report *Report) error {
	var m *merger
	err := g.vault.Merge(ctx, "sync", func(w *vault.MergeView) (vault.Merge, error) {
		if m != nil {
			m.wipe()
		}
		m = &merger{
			ctx: ctx, view: w, book: &book{view: w, id: g.id}, news: n, options: o, report: &Report{},
			out: vault.Merge{Own: map[string]vault.Value{}}, values: map[key]*bundle.Item{},
			dirty: map[string]vault.NameVersion{}, touched: map[string]bool{},
		}
		err := m.build(g.id)
		return m.out, err
	})
	if m != nil {
		m.wipe()
		if err == nil {
			report.add(*m.report)
		}
	}
	return err
}

func (m *merger) wipe() {
	m.book.wipe()
	for _, v := range m.out.Own {
		v.Wipe()
	}
}

// build says what to commit.
func (m *merger) build(id bundle.GroupID) (err error) {
	if m.st, err = loadState(m.view, id); err != nil {
		return err
	}
	before, err := m.st.encode()
	if err != nil {
		return err
	}
	defer before.Wipe()
	if err := m.takeWelcomes(); err != nil {
		return err
	}
	if m.charter == nil || m.st.Role == bundle.Removed {
		return m.saveState(before)
	}
	m.st.free(m.out.Own)
	if err := m.findDirty(); err != nil {
		return err
	}
	if err := m.apply(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.touched)) {
		if err := m.settle(name); err != nil {
			return err
		}
	}
	m.note()
	m.book.save(m.out.Own)
	return m.saveState(before)
}

// takeWelcomes takes over the charter and the keys of welcomes.
func (m *merger) takeWelcomes() (err error) {
	for _, data := range m.news.welcomes {
		if _, err := m.st.takeWelcome(data); err != nil {
			return err
		}
	}
	m.charter, err = m.st.newest()
	if err == nil && m.charter != nil {
		m.st.rememberKeys(m.charter)
	}
	return err
}

// saveState adds the state, where it was changed or anything else was.
func (m *merger) saveState(before vault.Value) error {
	m.st.Commit = m.view.Seq()
	if m.left {
		m.st.Commit = 0
	}
	now, err := m.st.encode()
	if err != nil {
		return err
	}
	if len(m.out.Given) == 0 && len(m.out.Own) == 0 && !m.st.alarmed && m.sameState(before) {
		now.Wipe()
		return nil
	}
	m.out.Own[stateName(m.st.Group)] = now
	return nil
}

// sameState tells whether the state says what it said before, but for the number of
// the commit: to keep that alone would take a commit.
func (m *merger) sameState(before vault.Value) bool {
	old, err := parseState(stateName(m.st.Group), before)
	if err != nil {
		return false
	}
	old.Commit = m.st.Commit
	a, err1 := old.encode()
	b, err2 := m.st.encode()
	defer a.Wipe()
	defer b.Wipe()
	return err1 == nil && err2 == nil && slices.Equal(a.Reveal(), b.Reveal())
}

// note keeps what is known of the group beside its values.
func (m *merger) note() {
	m.st.Seen, m.st.Scope = toDots(m.heads.Seen), slices.Clone(m.charter.Patterns)
	if len(m.outcome.Cut) > 0 {
		last := m.outcome.Cut[len(m.outcome.Cut)-1].Dot
		m.st.Last = toDots([]bundle.Dot{last})[0]
	}
	if m.news.caught && m.st.Careful && !m.heads.Former.Exceeded(m.heads.Seen) {
		m.st.Careful = false
		if own, ok := m.heads.Seen.Of(m.st.Self); ok {
			m.st.Last = toDots([]bundle.Dot{own})[0]
		}
	}
	for _, c := range m.outcome.Applied {
		for _, one := range m.news.changes {
			if one.Dot == c.Dot {
				m.st.Since += len(one.data)
			}
		}
	}
	if m.outcome.Adopted {
		c := m.news.checkpoint
		m.st.Checkpoint, m.st.Weight, m.st.Since = max(m.st.Checkpoint, c.number), c.weight, 0
		if own, ok := c.Seen.Of(m.st.Self); ok {
			m.st.cover(own.Seq, m.out.Own)
		}
	}
	if c := m.news.covered; c != nil {
		m.st.Checkpoint = max(m.st.Checkpoint, c.number)
		m.st.cover(c.own.Seq, m.out.Own)
	}
	if b := m.news.beat; b != nil && b.number > m.st.Beat {
		m.st.Beat, m.st.AsOf, m.st.Beaten = b.number, b.time, toDots(b.seen)
	}
}

// writer makes this member's bundles.
func (m *merger) writer() (heads.Writer, error) {
	last := m.st.Last.bundle()
	last.Member = m.st.Self
	key, err := m.st.signingKey()
	if err != nil {
		return heads.Writer{}, err
	}
	recipient, err := m.st.recipient(m.charter.Epoch)
	if err != nil {
		return heads.Writer{}, err
	}
	return heads.Writer{Last: last, Epoch: m.charter.Epoch, Seal: func(c heads.Change) (crypto.Digest, error) {
		purges := false
		content := &bundle.Changes{Time: m.view.Now().Unix(), Seen: c.Seen}
		for _, i := range c.Items {
			item := *m.values[key0(i.Name)]
			item.Version, item.Resolved = i.Version, i.Resolved && !item.Purge
			purges = purges || item.Purge
			content.Items = append(content.Items, item)
		}
		data, head, err := bundle.Seal(bundle.Head{
			Group: m.st.Group, Member: m.st.Self, Seq: c.Dot.Seq, Prev: c.Prev, Charter: m.charter.Digest(), Epoch: c.Epoch,
		}, content, recipient, key)
		m.sealed = append(m.sealed, sealedChange{c.Dot.Seq, data, purges})
		return head.Digest(), err
	}}, nil
}

// key0 is the key of a value that is about to be cut.
func key0(name string) key { return key{name: name} }

// recipient is what bundles of an epoch are sealed to.
func (st *state) recipient(epoch uint64) (string, error) {
	id, err := crypto.ParseIdentity(st.Epochs[epoch])
	if err != nil {
		return "", &vault.SecretError{Code: vault.NotMember, Message: "the key of the group's present epoch is not here yet"}
	}
	defer id.Wipe()
	return id.Recipient()
}
