package vault

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A plan is one commit in the making: what it puts, what it deletes, and the
// head that makes it true. Nothing is written before it is complete.
type plan struct {
	s       *snapshot
	seq     uint64
	time    int64
	replica crypto.Replica
	policy  Policy

	changed map[string]bool

	proposed []*Change      // not yet staged
	olds     []crypto.Entry // what the names of these have

	staged  []*staged      // not yet sealed
	entries []crypto.Entry // of what is sealed
	begun   bool           // the store says that a batch is under way; see committer.stage
	idle    bool           // there is nothing to commit

	head    crypto.Head
	records []pair        // to put before the head
	nodes   []crypto.Node // to put with the head, or in dual form before it
	slots   []pair        // to put before the head
	log     []pair        // to put with the head
	trim    [][]byte      // to delete with the head, or after it
	reports []report      // one for each staged version, in order
	slot    SlotInfo      // the slot that was added or removed
}

type pair struct{ key, value []byte }

// staged is one new version of one name, not yet sealed.
type staged struct {
	old    crypto.Entry // zero Version: the name is new
	header crypto.Header
	plain  []byte
	ours   bool // nobody else has plain: it is wiped when it is sealed
	oldest uint64
	trim   [][]byte // the keys that it leaves behind
	change *Change  // what it says of attributes; nil: the header has them
	same   *Info    // the version that there is, where there is nothing to store
}

// newPlan begins a plan on what s shows. replica is who writes it.
func newPlan(s *snapshot, now time.Time, replica crypto.Replica) *plan {
	p := &plan{
		s: s, seq: s.head.Seq + 1, time: now.Unix(), replica: replica,
		policy: policyOf(&s.head.Head), changed: map[string]bool{},
		head: s.head.Head,
	}
	p.head.Slots = slices.Clone(p.head.Slots)
	p.time = max(p.time, 0)
	return p
}

// A proposal is a change that may be made, and the entry that its name has.
type proposal struct {
	change *Change
	old    crypto.Entry
}

// apply stages one change.
func (p *plan) apply(c Change) error {
	r, err := p.judge(&c)
	if err != nil {
		return err
	}
	return p.take(r)
}

// propose holds a change against the vault. It is staged later, so that a large
// batch needs little memory for each of its changes until it is written.
func (p *plan) propose(c *Change) error {
	r, err := p.judge(c)
	if err == nil {
		p.proposed, p.olds = append(p.proposed, r.change), append(p.olds, r.old)
	}
	return err
}

// judge tells whether a change may be made. It proves what the name has.
func (p *plan) judge(c *Change) (proposal, error) {
	if err := checkName(c.Name); err != nil {
		return proposal{}, err
	}
	old, ok, err := p.s.entry(c.Name)
	if err != nil {
		return proposal{}, err
	}
	there := ok && old.Kind != crypto.Gone
	if err := p.allowed(*c, old, there); err != nil {
		return proposal{}, err
	}
	if !there && (c.Delete && !(ok && c.purge) || c.Keep && !c.Delete) {
		_, err := p.s.live(c.Name)
		return proposal{}, err
	}
	if !c.Delete && !c.Keep {
		if err := p.checkValue(c.Name, c.Value); err != nil {
			return proposal{}, err
		}
	}
	return proposal{c, old}, p.once(c.Name)
}

// once refuses a name that the plan changes already.
func (p *plan) once(name string) error {
	if p.changed[name] {
		return &SecretError{Code: InvalidValue, Key: name, Message: "it is changed twice in one batch"}
	}
	p.changed[name] = true
	return nil
}

// take stages a change that may be made.
func (p *plan) take(r proposal) error {
	c := r.change
	if c.given != nil {
		return p.takeGiven(r)
	}
	if c.Delete {
		return p.next(c.Name, r.old, Value{kind: crypto.Gone}, nil, c.purge)
	}
	value, attrs := c.Value, []crypto.Attr(nil)
	if c.Keep {
		var err error
		if value, attrs, err = p.keep(r.old); err != nil {
			return err
		}
	}
	if err := p.next(c.Name, r.old, value, attrs, false); err != nil {
		return err
	}
	st := p.staged[len(p.staged)-1]
	st.change, st.ours = c, c.Keep
	return nil
}

// takeGiven stages a value that was given, with the attributes and the time it has.
func (p *plan) takeGiven(r proposal) error {
	g := r.change.given
	value := g.Value
	if g.Deleted {
		value = Value{kind: crypto.Gone}
	}
	if err := p.next(g.Name, r.old, value, withoutOrigin(g.Attrs), g.Purge); err != nil {
		return err
	}
	p.staged[len(p.staged)-1].header.Updated = g.Updated.Unix()
	return nil
}

// keep returns the value and the attributes that an entry has.
func (p *plan) keep(old crypto.Entry) (Value, []crypto.Attr, error) {
	b, err := p.s.record(old)
	if err != nil {
		return Value{}, nil, err
	}
	h, value, err := p.s.open(old.Name, old.Version, b)
	return value, withOrigin(h), err
}

// allowed holds the state of a name against the condition of a change.
func (p *plan) allowed(c Change, old crypto.Entry, there bool) error {
	e := &SecretError{Key: c.Name}
	switch {
	case c.If.kind == absent && there:
		e.Code, e.Message = Exists, "there is such a secret already"
		e.Remedy = remedy.To(remedy.LeaveOrUpdate, remedy.Secret.Named(c.Name))
		return e
	case (c.If.kind == present || c.If.kind == presentAt) && !there:
		_, err := p.s.live(c.Name)
		return err
	case (c.If.kind == atVersion || c.If.kind == presentAt) && c.If.version != old.Version:
		e.Code = Conflict
		e.Message = fmt.Sprintf("it is at version %d, not at %d: somebody changed it", old.Version, c.If.version)
		e.Remedy = remedy.To(remedy.ReadAgain, remedy.Secret.Named(c.Name))
		return e
	}
	return nil
}

// checkValue holds a value against its kind and the policy.
func (p *plan) checkValue(name string, value Value) error {
	if err := value.Validate(); err != nil {
		return wrap(name, err)
	}
	if n := value.Units(); n > p.policy.MaxValue {
		return &SecretError{
			Code: InvalidValue, Key: name,
			Message: fmt.Sprintf("the value is %d characters long; this vault takes %d (counted in UTF-16 units)", n, p.policy.MaxValue),
			Remedy:  remedy.To(remedy.RaiseLimit, remedy.Limit.Named(strconv.Itoa(n)), remedy.Most.Named(strconv.Itoa(MaxValueLimit))),
		}
	}
	return nil
}

// stage adds the next version of a name. A purge keeps no older one.
func (p *plan) stage(name string, old crypto.Entry, value Value, attrs []crypto.Attr, purge bool) error {
	if err := p.once(name); err != nil {
		return err
	}
	return p.next(name, old, value, attrs, purge)
}

// stageRead is stage of a value that was read for this.
func (p *plan) stageRead(name string, old crypto.Entry, value Value, attrs []crypto.Attr) error {
	if err := p.stage(name, old, value, attrs, false); err != nil {
		value.Wipe()
		return err
	}
	p.staged[len(p.staged)-1].ours = true
	return nil
}

// next is stage of a name that is known to be changed once.
func (p *plan) next(name string, old crypto.Entry, value Value, attrs []crypto.Attr, purge bool) error {
	next := old.Version + 1
	st := &staged{old: old, oldest: next, plain: value.Reveal(), header: crypto.Header{
		Name: name, Version: next, Seq: p.seq, Replica: p.replica, Kind: value.Kind(),
		Size: int64(len(value.Reveal())), Updated: p.time, Prev: old.Sum, Attrs: attrs,
	}}
	if old.Version > 0 && !purge {
		st.oldest = max(old.Oldest, 1+next-min(next, uint64(p.policy.History)))
	}
	if err := p.trimHistory(st, purge); err != nil {
		return err
	}
	p.staged = append(p.staged, st)
	return nil
}

// trimHistory lists the records that a new version of a name leaves behind; a
// purge leaves nothing, not even what was never committed.
func (p *plan) trimHistory(st *staged, purge bool) error {
	name := st.header.Name
	var prefixes [][]byte
	if purge {
		prefixes = [][]byte{recordPrefix(name)}
	} else if st.old.Version > 0 {
		for n := st.old.Oldest; n < st.oldest; n++ {
			prefixes = append(prefixes, versionPrefix(name, n))
		}
	}
	mine := recordKey(name, st.header.Version, p.seq)
	for _, prefix := range prefixes {
		for key, err := range p.s.r.Keys(prefix, nil) {
			if err != nil {
				return wrap(name, err)
			}
			if !bytes.Equal(key, mine) {
				st.trim = append(st.trim, key)
			}
		}
	}
	return nil
}

// complete stages what is proposed, seals all that is staged, changes the index and
// makes the head.
func (p *plan) complete(ctx context.Context) error {
	for i, change := range p.proposed {
		if err := p.take(proposal{change, p.olds[i]}); err != nil {
			return err
		}
	}
	records, err := p.seal(ctx, p.staged)
	if err != nil {
		return err
	}
	p.records = records
	return p.finish()
}

// seal seals some of what is staged, in its order, and takes its entries over. What
// is there already makes no record.
func (p *plan) seal(ctx context.Context, some []*staged) ([]pair, error) {
	sealed, err := parallel(ctx, some, func(st *staged) ([]byte, error) {
		if st.ours {
			defer clear(st.plain)
		}
		if st.change != nil {
			if err := p.mark(st); err != nil {
				return nil, err
			}
		}
		if st.same != nil {
			return nil, nil
		}
		return p.s.keys.Seal(st.header, st.plain)
	})
	if err != nil {
		return nil, wrap("", err)
	}
	records := make([]pair, 0, len(some))
	for i, st := range some {
		if st.same != nil {
			p.reports = append(p.reports, report{same: st.same})
			continue
		}
		h := st.header
		e := crypto.Entry{
			Name: h.Name, Version: h.Version, Seq: p.seq, Oldest: st.oldest,
			Kind: h.Kind, Sum: crypto.Sum(sealed[i]),
		}
		p.entries = append(p.entries, e)
		p.count(st.old, e)
		p.trim = append(p.trim, st.trim...)
		p.reports = append(p.reports, report{size: h.Size, updated: h.Updated, attrs: h.Attrs})
		records = append(records, pair{recordKey(h.Name, h.Version, p.seq), sealed[i]})
	}
	return records, nil
}

// finish changes the index and makes the head, once all is sealed.
func (p *plan) finish() error {
	if p.nothing() {
		return nil
	}
	root, nodes, err := crypto.Change(p.s.head.Root, p.s.node, p.entries)
	if err != nil {
		return indexError("", err)
	}
	p.nodes = nodes
	return p.makeHead(root)
}

// nothing tells whether all that was staged is there already.
func (p *plan) nothing() bool { return p.idle || len(p.reports) > 0 && len(p.entries) == 0 }

// count keeps the head's counts in step with one entry's change.
func (p *plan) count(old, e crypto.Entry) {
	if old.Version > 0 {
		p.head.Records -= old.Version - old.Oldest + 1
		if old.Kind == crypto.Gone {
			p.head.Gone--
		} else {
			p.head.Names--
		}
	}
	p.head.Records += e.Version - e.Oldest + 1
	if e.Kind == crypto.Gone {
		p.head.Gone++
	} else {
		p.head.Names++
	}
}

// makeHead fills in the head and its log. The skip comes from a walk that
// begins at the head that was verified, never from what the log says alone.
func (p *plan) makeHead(root crypto.Digest) error {
	now := &p.s.head.Head
	skip, err := crypto.SkipFor(now, p.seq, p.s.logEntry)
	if err != nil {
		return &SecretError{Code: HeadForged, Err: err, Message: "the log of the vault's heads is damaged", Remedy: remedy.To(remedy.Verify)}
	}
	p.head.Seq, p.head.Time, p.head.Root = p.seq, p.time, root
	p.head.Prev, p.head.Skip = now.Point(), skip
	p.log = []pair{{logKey(now.Seq), now.Log()}}
	old, err := p.s.oldLog(now.Seq, p.seq)
	p.trim = append(p.trim, old...)
	return wrap("", err)
}

// size is how many bytes the plan writes, roughly.
func (p *plan) size() (n int64) {
	for _, list := range [][]pair{p.records, p.slots, p.log} {
		for _, kv := range list {
			n += int64(len(kv.key) + len(kv.value))
		}
	}
	for _, node := range p.nodes {
		n += int64(len(node.Key) + len(node.Body) + len(node.Old))
	}
	return n
}

// weight is how many puts and deletes the plan takes, with the head z, and how many
// bytes they have.
func (p *plan) weight(z []byte) (entries int, bytes int64) {
	entries = 1 + len(p.records) + len(p.slots) + len(p.nodes) + len(p.log) + len(p.trim)
	return entries, p.size() + int64(len(z)) + totalLength(p.trim)
}

func totalLength(keys [][]byte) (n int64) {
	for _, key := range keys {
		n += int64(len(key))
	}
	return n
}

// onlyDeletes tells whether the plan deletes secrets and does nothing else.
func (p *plan) onlyDeletes() bool {
	for _, e := range p.entries {
		if e.Kind != crypto.Gone {
			return false
		}
	}
	return len(p.entries) > 0
}
