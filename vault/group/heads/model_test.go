package heads_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/heads"
)

// A member of the model: its vault is a map, its bundles lie in a list.
type member struct {
	id     bundle.MemberID
	writes bool
	memory
	inbox   []heads.Change // delivered, in some order, perhaps twice
	gone    bool           // removed, and the others go on without
	old     []memory       // states that it could be restored to
	restore bool           // restored, and its own feed not yet pulled
}

// memory is what a member keeps, all of it in one commit.
type memory struct {
	state  *heads.State
	last   bundle.Dot
	number int // of the charter that it holds
	vault  map[string]value
	listed map[string]heads.Row
	saw    map[string][]heads.Head // what was shown of a name when it was set; cut clears it
}

// value is one name in the vault, and what its version was when it was last settled.
type value struct {
	text         string
	gone         bool
	version, row int
}

func (v value) dirty() bool { return v.version != v.row }

func (m memory) clone() memory {
	m.state = m.state.Clone()
	m.vault, m.listed, m.saw = maps.Clone(m.vault), maps.Clone(m.listed), maps.Clone(m.saw)
	return m
}

// A charter removes writers, with the checkpoint that goes with it.
type charter struct {
	number     int
	owner      bundle.MemberID
	former     heads.Former
	checkpoint []*bundle.CheckpointPart
}

// written is an item that was written, and what its author was shown.
type written struct {
	name     string
	dot      bundle.Dot
	saw      []heads.Head
	resolved bool
}

type model struct {
	t       *rapid.T
	members []*member
	owner   *member
	charter *charter                // the newest
	texts   map[crypto.Digest]value // what a head's sum stands for
	feeds   map[bundle.MemberID][]heads.Change
	items   []written
	values  int
	counts  map[string]int
	forks   bool // removed writers equivocate
	calm    bool // nothing crashes any more
	liars   map[bundle.MemberID]bool
}

var modelNames = []string{"A", "B", "C"}

func sumOf(text string, gone bool) crypto.Digest {
	return crypto.Hash("test", []byte(text), []byte(fmt.Sprint(gone)))
}

func digestOf(c heads.Change) crypto.Digest {
	return crypto.Hash("test", fmt.Appendf(nil, "%+v", c))
}

func newModel(t *rapid.T, counts map[string]int) *model {
	m := &model{t: t, texts: map[crypto.Digest]value{}, feeds: map[bundle.MemberID][]heads.Change{}, counts: counts, charter: &charter{}, liars: map[bundle.MemberID]bool{}}
	writers := rapid.IntRange(1, 4).Draw(t, "writers")
	for i := range writers + 2 {
		x := &member{id: bundle.MemberID{byte(i + 1)}, writes: i < writers, memory: memory{
			state: &heads.State{Rows: map[string]heads.Row{}}, vault: map[string]value{}, listed: map[string]heads.Row{}, saw: map[string][]heads.Head{},
		}}
		x.last.Member = x.id
		m.members = append(m.members, x)
	}
	m.owner = m.members[0]
	m.charter.owner = m.owner.id
	return m
}

// pick draws a member that is no former one.
func (m *model) pick(what string, want func(*member) bool) *member {
	var some []*member
	for _, x := range m.members {
		if !x.gone && want(x) {
			some = append(some, x)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(m.t, what)]
}

func anyone(*member) bool   { return true }
func writer(x *member) bool { return x.writes }

// set is a user who sets or deletes a name, and sees what stands and what lost.
func (m *model) set() {
	x := m.pick("who sets", writer)
	name := rapid.SampledFrom(modelNames).Draw(m.t, "name")
	m.values++
	v := x.vault[name]
	if !v.dirty() {
		x.saw[name] = slices.Concat(x.state.Rows[name], x.listed[name])
	}
	v.text, v.gone, v.version = fmt.Sprint("v", m.values), rapid.IntRange(0, 6).Draw(m.t, "delete") == 0, v.version+1
	x.vault[name] = v
	m.count("set")
}

func (m *model) count(what string) { m.counts[what]++ }

// knowsItself tells whether a member has applied all that it wrote. A checkpoint can have
// become its state that lacks its last change, until that is applied again: what it set
// waits so long, and the news do not.
func (x *member) knowsItself() bool {
	last, _ := x.state.Seen.Of(x.id)
	return last.Seq == x.last.Seq
}

// dirty is what a member is about to cut, in one bundle or in several.
func (m *model) dirty(x *member) (lists [][]heads.Item) {
	var items []heads.Item
	for _, name := range slices.Sorted(maps.Keys(x.vault)) {
		if v := x.vault[name]; v.dirty() {
			items = append(items, heads.Item{Name: name, Gone: v.gone, Sum: sumOf(v.text, v.gone), Resolved: len(x.listed[name]) > 0 && m.values%2 == 0})
			m.texts[sumOf(v.text, v.gone)] = v
		}
	}
	if len(items) > 1 && rapid.Bool().Draw(m.t, "split") {
		return [][]heads.Item{items[:1], items[1:]}
	}
	if len(items) > 0 {
		return [][]heads.Item{items}
	}
	return nil
}

// commit is one commit of a member: what it has set is cut, then the news are applied,
// and the vault gets what won. A crash before it is as if it had not been tried.
func (m *model) commit(x *member, news heads.News) heads.Outcome {
	before := x.memory.clone()
	w := heads.Writer{Last: x.last, Epoch: 1, Seal: func(c heads.Change) (crypto.Digest, error) { return digestOf(c), nil }}
	var dirty [][]heads.Item
	withheld := x.restore || !x.knowsItself()
	if x.writes && !x.gone && !withheld {
		dirty = m.dirty(x)
	}
	out, err := x.state.Commit(w, dirty, news)
	if err != nil {
		x.memory = before
		m.count("refused: " + err.Error())
		return heads.Outcome{}
	}
	if !m.calm && rapid.IntRange(0, 9).Draw(m.t, "crash") == 0 {
		x.memory = before
		m.count("crash")
		return heads.Outcome{}
	}
	for _, c := range out.Cut {
		m.publish(x, c)
	}
	m.settle(x, out, withheld, before.state.Rows)
	if len(x.old) < 4 {
		x.old = append(x.old, x.memory.clone())
	}
	return out
}

func (m *model) publish(x *member, c heads.Change) {
	x.last = c.Dot
	m.feeds[x.id] = append(m.feeds[x.id], c)
	for _, i := range c.Items {
		m.items = append(m.items, written{i.Name, c.Dot, x.saw[i.Name], i.Resolved})
		v := x.vault[i.Name]
		v.row = v.version
		x.vault[i.Name] = v
		delete(x.saw, i.Name)
	}
	m.count("change")
}

// settle puts the winners into the vault, and the losers on the list.
func (m *model) settle(x *member, out heads.Outcome, withheld bool, before map[string]heads.Row) {
	for _, name := range modelNames {
		row := x.state.Rows[name]
		applied := append(slices.Clone(out.Cut), out.Applied...)
		x.listed[name] = heads.Settle(x.id, x.listed[name], row, name, applied)
		w, ok := row.Winner()
		want := m.texts[w.Sum]
		v := x.vault[name]
		if v.dirty() { // withheld, or a former member's
			if ok && withheld && !slices.Equal(before[name], row) && (v.text != want.text || v.gone != want.gone) {
				v.row = v.version // kept apart, and never sent
			} else {
				continue
			}
		}
		if ok && (v.text != want.text || v.gone != want.gone) {
			v.text, v.gone, v.version = want.text, want.gone, v.version+1
		}
		v.row = v.version
		x.vault[name] = v
	}
}

// deliver brings some changes to a member, in any order, some of them twice.
func (m *model) deliver() {
	x := m.pick("who pulls", anyone)
	if x == nil {
		return
	}
	for _, y := range m.members {
		feed := m.feeds[y.id]
		for range rapid.IntRange(0, 4).Draw(m.t, "how many") {
			if len(feed) > 0 {
				x.inbox = append(x.inbox, feed[rapid.IntRange(0, len(feed)-1).Draw(m.t, "which")])
			}
		}
	}
	m.pull(x)
}

// pull commits what is in the inbox, in one commit or two. Between two commits a user
// may set something.
func (m *model) pull(x *member) {
	for len(x.inbox) > 0 {
		n := len(x.inbox)
		if rapid.Bool().Draw(m.t, "in two commits") {
			n = (n + 1) / 2
		}
		some := x.inbox[:n]
		x.inbox = x.inbox[n:]
		out := m.commit(x, heads.News{Changes: some})
		if rapid.IntRange(0, 3).Draw(m.t, "meanwhile") == 0 {
			m.set()
		}
		for _, w := range out.Waiting {
			if len(x.inbox) > 0 {
				x.inbox = append(x.inbox, w.Change)
			}
		}
	}
}

// checkpoint is the owner's state, in parts of one name each.
func (m *model) checkpoint(x *member) (parts []*bundle.CheckpointPart) {
	names := slices.Sorted(maps.Keys(x.state.Rows))
	for n := range max(1, len(names)) {
		p := &bundle.CheckpointPart{Set: bundle.SetID{byte(m.values)}, Part: uint64(n + 1), Parts: uint64(max(1, len(names))), Seen: x.state.Seen}
		if n < len(names) {
			for _, h := range x.state.Rows[names[n]] {
				v := m.texts[h.Sum]
				item := bundle.Item{Name: names[n], Version: h.Version, Value: []byte(v.text), Purge: h.Gone}
				p.Items = append(p.Items, bundle.HeadItem{Member: h.Member, Seq: h.Seq, Epoch: h.Epoch, Item: item})
			}
		}
		parts = append(parts, p)
	}
	return parts
}

// assemble makes a checkpoint of some parts.
func assemble(parts []*bundle.CheckpointPart) (heads.Checkpoint, bool) {
	have := map[uint64]*bundle.CheckpointPart{}
	for _, p := range parts {
		have[p.Part] = p
	}
	return heads.Assemble(have, func(i *bundle.Item) heads.Head {
		return heads.Head{Version: i.Version, Gone: i.Purge, Sum: sumOf(string(i.Value), i.Purge)}
	})
}

// adopt brings a member a checkpoint of the owner, perhaps not all of it.
func (m *model) adopt() {
	x := m.pick("who adopts", func(x *member) bool { return x.number == m.charter.number })
	if x == nil || m.owner.restore {
		return
	}
	parts := m.checkpoint(m.owner)
	if len(parts) > 1 && rapid.Bool().Draw(m.t, "a part is missing") {
		parts = parts[:len(parts)-1]
	}
	c, ok := assemble(parts)
	if !ok {
		m.count("part missing")
		return
	}
	if m.commit(x, heads.News{Checkpoint: &c}).Adopted {
		m.count("adopted")
	}
}

// remove has the owner remove a writer, who may have written more than the owner has,
// or, where it is hostile, something else under the last number.
func (m *model) remove() {
	x := m.pick("who is removed", func(x *member) bool { return x.writes && x != m.owner })
	if x == nil || m.owner.restore {
		return
	}
	m.commit(m.owner, heads.News{})
	end, _ := m.owner.state.Seen.Of(x.id)
	end.Member = x.id
	x.gone = true
	former := append(slices.Clone(m.charter.former), end)
	slices.SortFunc(former, func(a, b bundle.Dot) int { return int(a.Member[0]) - int(b.Member[0]) })
	m.charter = &charter{number: m.charter.number + 1, owner: m.owner.id, former: former}
	m.owner.state.Former, m.owner.number = former, m.charter.number
	m.charter.checkpoint = m.checkpoint(m.owner)
	m.count("removal")
	if m.forks && end.Seq > 0 {
		m.equivocate(x, end)
	}
}

// equivocate is a removed writer who gives some members another change under a number.
func (m *model) equivocate(x *member, end bundle.Dot) {
	m.liars[x.id] = true
	feed := m.feeds[x.id]
	n := rapid.Uint64Range(1, end.Seq).Draw(m.t, "which is forged")
	other := feed[slices.IndexFunc(feed, func(c heads.Change) bool { return c.Dot.Seq == n })]
	other.Items = []heads.Item{{Name: "A", Version: 50, Sum: sumOf("forged", false)}}
	m.texts[sumOf("forged", false)] = value{text: "forged"}
	other.Dot.Digest = digestOf(other)
	for _, y := range m.members {
		if last, _ := y.state.Seen.Of(x.id); y != m.owner && !y.gone && last.Seq == n-1 && y.number < m.charter.number {
			m.commit(y, heads.News{Changes: []heads.Change{other}})
			m.count("misled")
		}
	}
}

// misled tells whether a member has another change under a number than it was, and the
// feed goes on after that: what it has shows only by the next change. At the end of a
// feed the charter itself shows it.
func (m *model) misled(x *member) bool {
	return slices.ContainsFunc(x.state.Seen, func(d bundle.Dot) bool {
		if end, gone := bundle.Seen(m.charter.former).Of(d.Member); gone && end.Seq <= d.Seq {
			return false
		}
		return !slices.ContainsFunc(m.feeds[d.Member], func(c heads.Change) bool { return c.Dot == d })
	})
}

// takeover makes another writer the owner; the old one is gone.
func (m *model) takeover() {
	x := m.pick("who takes over", func(x *member) bool { return x.writes && x != m.owner && x.number == m.charter.number && !x.restore })
	if x == nil || x.state.Former.Exceeded(x.state.Seen) {
		return
	}
	m.owner.gone = true
	end, _ := x.state.Seen.Of(m.owner.id)
	end.Member = m.owner.id
	former := append(slices.Clone(m.charter.former), end)
	slices.SortFunc(former, func(a, b bundle.Dot) int { return int(a.Member[0]) - int(b.Member[0]) })
	m.owner = x
	m.commit(x, heads.News{})
	m.charter = &charter{number: m.charter.number + 1, owner: x.id, former: former}
	x.state.Former, x.number = former, m.charter.number
	m.charter.checkpoint = m.checkpoint(x)
	m.count("takeover")
}

// learn has a member take the newest charter, and the checkpoint that came with it.
func (m *model) learn(x *member) {
	if x.number == m.charter.number {
		return
	}
	c, _ := assemble(m.charter.checkpoint)
	c.Whole = m.misled(x)
	// Own changes that the checkpoint does not cover come again.
	news := heads.News{Former: m.charter.former, Checkpoint: &c, Changes: m.feeds[x.id]}
	number := m.charter.number
	if m.commit(x, news).Adopted {
		x.number = number
		m.count("learned")
	}
}

// restoreOne puts a member back to an older state, with what its user had set by then and
// had been shown. After that nothing is cut until its own feed was pulled.
func (m *model) restoreOne() {
	x := m.pick("who is restored", func(x *member) bool { return len(x.old) > 0 && x != m.owner })
	if x == nil {
		return
	}
	now := x.old[rapid.IntRange(0, len(x.old)-1).Draw(m.t, "to")].clone()
	x.memory, x.restore, x.inbox = now, true, nil
	m.count("restore")
	m.recover(x)
}

// recover pulls the own feed of a restored member, with what it needs.
func (m *model) recover(x *member) {
	if !x.restore {
		return
	}
	m.learn(x)
	if x.number != m.charter.number {
		return
	}
	var all []heads.Change
	for _, feed := range m.feeds {
		all = append(all, feed...)
	}
	m.commit(x, heads.News{Changes: all})
	feed := m.feeds[x.id]
	if last, _ := x.state.Seen.Of(x.id); len(feed) == 0 || last.Seq == feed[len(feed)-1].Dot.Seq {
		x.last = last
		x.last.Member = x.id
		x.restore = false
	}
}

func (m *model) run() {
	actions := []func(){
		m.set, m.set, m.set, m.set, m.deliver, m.deliver, m.deliver,
		func() {
			if x := m.pick("who cuts", writer); x != nil {
				m.commit(x, heads.News{})
			}
		},
		m.adopt, m.restoreOne,
		func() {
			if x := m.pick("who learns", anyone); x != nil {
				m.learn(x)
			}
		},
	}
	steps := rapid.IntRange(5, 40).Draw(m.t, "steps")
	for range steps {
		n := rapid.IntRange(0, len(actions)*3).Draw(m.t, "action")
		switch {
		case n == len(actions)*3:
			m.remove()
		case n == len(actions)*3-1:
			m.takeover()
		default:
			actions[n%len(actions)]()
		}
	}
	m.finish()
}

// finish delivers everything to everybody. Who crashes at each try never has it all.
func (m *model) finish() {
	m.calm = true
	for range 12 {
		for _, x := range m.members {
			if x.gone {
				continue
			}
			m.learn(x)
			m.recover(x)
			m.commit(x, heads.News{})
			var all []heads.Change
			for _, feed := range m.feeds {
				all = append(all, feed...)
			}
			m.commit(x, heads.News{Changes: all})
		}
	}
}

// check: all who are members have the same, and nothing is replaced that its author was
// not shown.
func (m *model) check() {
	for _, x := range m.members {
		if x.gone {
			continue
		}
		if !slices.Equal(x.state.Seen, m.owner.state.Seen) || fmt.Sprint(x.state.Rows) != fmt.Sprint(m.owner.state.Rows) {
			m.t.Fatalf("%v has %v %v\nthe owner %v %v", x.id, x.state.Seen, x.state.Rows, m.owner.state.Seen, m.owner.state.Rows)
		}
		for _, name := range modelNames {
			w, ok := x.state.Rows[name].Winner()
			want := m.texts[w.Sum]
			if v := x.vault[name]; ok && (v.text != want.text || v.gone != want.gone) {
				m.t.Fatalf("%v: %s is %+v in the vault, and %+v won", x.id, name, v, want)
			}
			for _, h := range x.state.Rows[name].Losers() {
				if !x.listed[name].Has(h) {
					m.t.Fatalf("%v: a loser of %s is not listed", x.id, name)
				}
			}
		}
	}
	m.checkReplaced()
	for _, i := range m.items {
		if !m.accounted(i) {
			m.t.Fatalf("%s of %v %d is gone, and whoever replaced it was not shown it", i.name, i.dot.Member, i.dot.Seq)
		}
	}
}

// checkReplaced: no head stands beside one whose author had applied it.
func (m *model) checkReplaced() {
	for name, row := range m.owner.state.Rows {
		for _, h := range row {
			feed := m.feeds[h.Member]
			i := slices.IndexFunc(feed, func(c heads.Change) bool { return c.Dot.Seq == h.Seq })
			for _, o := range row {
				if feed[i].Seen.Covers(o.Member, o.Seq) {
					m.t.Fatalf("%s has the head %v, which the author of %v had applied", name, o, h)
				}
			}
		}
	}
}

// accounted tells whether an item stands, does not count, or was replaced by one whose
// author was shown it. Who writes two changes under one number can lose what it has
// written itself: others may have been shown the other one.
func (m *model) accounted(i written) bool {
	if m.liars[i.dot.Member] {
		return true
	}
	h := heads.Head{Member: i.dot.Member, Seq: i.dot.Seq}
	if m.owner.state.Rows[i.name].Has(h) {
		return true
	}
	for _, end := range m.charter.former {
		if end.Member == i.dot.Member && i.dot.Seq > end.Seq {
			return true
		}
	}
	return slices.ContainsFunc(m.items, func(o written) bool {
		return o.name == i.name && (slices.ContainsFunc(o.saw, func(s heads.Head) bool { return s.Member == h.Member && s.Seq == h.Seq }) ||
			o.dot.Member == i.dot.Member && o.dot.Seq > i.dot.Seq)
	})
}

// TestModel holds the rules against random histories:
//
//	go test ./vault/group/heads -run TestModel -rapid.checks 20000
func TestModel(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(rt, counts)
		m.forks = rapid.Bool().Draw(rt, "removed writers equivocate")
		m.run()
		m.check()
	})
	t.Logf("%v", counts)
}
