package group

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault/group/transport"
)

// serve brings the membership at a place up to date: who waits leaves its request, the
// owner answers requests, and gives each member the welcome that it lacks. Damage at
// the place is passed over. The error wraps those of the transport, or is one of the
// vault. The report gets the requests that are not answered.
func (g *Group) serve(ctx context.Context, p Place, report *Report) error {
	st, err := readState(ctx, g.vault, g.id)
	if err != nil {
		return err
	}
	switch {
	case len(st.Request) > 0:
		return g.deposit(ctx, p, st.Invite, st.Self, st.Request)
	case st.Next != nil:
		return g.serveNext(ctx, p, st)
	case st.Role == bundle.Removed:
		return nil
	case st.Careful:
		return nil
	case st.Role != bundle.Owner:
		return g.giveReceipt(ctx, p, st)
	case st.Inbox == "":
		return nil
	}
	return g.serveMembers(ctx, p, st, report)
}

// deposit leaves a request at a place, in the place of what lies there: this vault may
// have asked by another label.
func (g *Group) deposit(ctx context.Context, p Place, invite bundle.InviteID, id bundle.MemberID, request []byte) error {
	_, err := replace(ctx, p.Transport, transport.JoinKey(g.id, invite, id), request)
	if errors.Is(err, transport.ErrSize) {
		return nil // somebody wrote there
	}
	return err
}

// serveNext leaves the request of a member to become another one, and takes the answer.
// A farewell counts where the place has no welcome of the other one: the owner puts that
// one first.
func (g *Group) serveNext(ctx context.Context, p Place, st *state) error {
	farewells, err := readWelcomes(ctx, p, g.id, st.Self)
	if err != nil {
		return err
	}
	if st.Role != bundle.Removed {
		if st, err = askNext(ctx, g, p, st); err != nil || st.Next == nil {
			return err
		}
	}
	welcomes, err := readWelcomes(ctx, p, g.id, st.Next.ID)
	if err != nil {
		return err
	}
	if taken, err := takeEach(ctx, g, welcomes, (*state).takeWelcome); err != nil || taken || st.Role != bundle.Reader {
		return err
	}
	_, err = takeEach(ctx, g, farewells, (*state).takeFarewell)
	return err
}

// askNext leaves the request, and returns the state with it.
func askNext(ctx context.Context, g *Group, p Place, st *state) (*state, error) {
	newest, err := st.newest()
	if err != nil {
		return nil, corrupted("sync", stateName(g.id))
	}
	if len(st.Next.Request) == 0 {
		inbox, err := findInbox(ctx, "sync", g.id, newest.InboxRecipient, []Place{p})
		if err != nil {
			return st, nil // the next sync asks
		}
		err = g.change(ctx, "sync", func(s *standing) error {
			if s.unchanged = s.st.Next == nil || len(s.st.Next.Request) > 0; s.unchanged {
				return nil
			}
			return s.st.ask(inbox, s.newest())
		})
		if err != nil {
			return nil, err
		}
		if st, err = readState(ctx, g.vault, g.id); err != nil || st.Next == nil {
			return st, err
		}
	}
	return st, g.deposit(ctx, p, bundle.InviteID{}, st.Next.ID, st.Next.Request)
}

// takeEach offers welcomes to the state. It tells whether one was taken.
func takeEach(ctx context.Context, g *Group, list [][]byte, take func(*state, []byte) (bool, error)) (taken bool, err error) {
	for _, data := range list {
		err := g.change(ctx, "sync", func(s *standing) error {
			changed, err := take(s.st, data)
			taken, s.unchanged = taken || changed, !changed
			return err
		})
		if err != nil {
			return taken, err
		}
	}
	return taken, nil
}

// serveMembers is serve for the owner.
func (g *Group) serveMembers(ctx context.Context, p Place, st *state, report *Report) error {
	o := &office{st: st}
	if err := o.open(ctx, g); err != nil {
		return err
	}
	learned, err := g.learn(ctx, p, o.st, o.ro)
	if err == nil && learned {
		err = o.reopen(ctx, g)
	}
	if err != nil {
		return err
	}
	if err := g.putInbox(ctx, p, o.st); err != nil {
		return err
	}
	admitted, err := g.serveRequests(ctx, p, o.st, o.ro, report)
	if err == nil && admitted {
		err = o.reopen(ctx, g)
	}
	if err != nil {
		return err
	}
	if err := g.putWelcomes(ctx, p, o.st, o.ro, o.l); err != nil {
		return err
	}
	if err := g.putList(ctx, p, o.st, o.ro); err != nil {
		return err
	}
	return g.readReceipts(ctx, p, o.st, o.ro)
}

// An office is what the owner works with. It is read again once something is changed.
type office struct {
	st *state
	ro *roster
	l  lineage
}

// open reads what goes with the state.
func (o *office) open(ctx context.Context, g *Group) (err error) {
	if o.ro, err = readRoster(ctx, g.vault, g.id); err != nil {
		return err
	}
	if o.l, err = parseLineage(o.st.Charters); err != nil || len(o.l) == 0 {
		return corrupted("sync", stateName(g.id))
	}
	return nil
}

func (o *office) reopen(ctx context.Context, g *Group) (err error) {
	if o.st, err = readState(ctx, g.vault, g.id); err != nil {
		return err
	}
	return o.open(ctx, g)
}

func (g *Group) putInbox(ctx context.Context, p Place, st *state) error {
	to, err := st.inboxRecipient()
	if err != nil {
		return err
	}
	_, err = replace(ctx, p.Transport, transport.InboxKey(g.id), []byte(to))
	return err
}

// welcomers is how many welcomes are on their way at once: to a server each is a wait.
const welcomers = 8

// putWelcomes gives each member on the list the welcome that it lacks at the place, and
// the removed their farewell. What was put is noted in one commit.
func (g *Group) putWelcomes(ctx context.Context, p Place, st *state, ro *roster, l lineage) error {
	there, err := listWelcomes(ctx, p, g.id, st.Self)
	if err != nil {
		return err
	}
	key, err := st.signingKey()
	if err != nil {
		return err
	}
	defer key.Wipe()
	var due, gone []*enrolled
	for i := range ro.Members {
		e := &ro.Members[i]
		has := e.Welcomed[p.Address] == e.tag(l.newest()) && there[e.ID]
		if said := !e.current() && e.Welcomed[p.Address] == farewellTag; !has && !said && e.current() {
			due = append(due, e)
		} else if !has && !said {
			gone = append(gone, e)
		}
	}
	seal := func(e *enrolled) ([]byte, error) { return st.welcome(e, l, key) }
	put, err := g.putEach(ctx, p, st.Self, due, seal)
	if err == nil { // who was removed to become another member finds that one's welcome: see serveNext
		var told []*enrolled
		told, err = g.putEach(ctx, p, st.Self, gone, seal)
		put = append(put, told...)
	}
	if len(put) == 0 {
		return err
	}
	tags := map[bundle.MemberID]string{}
	for _, e := range put {
		if tags[e.ID] = e.tag(l.newest()); !e.current() {
			tags[e.ID] = farewellTag
		}
	}
	noted := g.change(ctx, "sync", func(s *standing) error {
		for id, tag := range tags {
			if e := s.ro.find(id); e != nil {
				if e.Welcomed == nil {
					e.Welcomed = map[string]string{}
				}
				e.Welcomed[p.Address] = tag
				if e.current() { // a farewell gives no key
					e.Epochs[1] = max(e.Epochs[1], l.newest().Epoch)
				}
			}
		}
		return nil
	})
	return errors.Join(err, noted)
}

// farewellTag is the tag of a farewell: one is enough, whatever is chartered later.
const farewellTag = "farewell"

// putEach seals and puts welcomes, some at once. It returns those that were put.
func (g *Group) putEach(ctx context.Context, p Place, self bundle.MemberID, due []*enrolled, seal func(*enrolled) ([]byte, error)) (put []*enrolled, err error) {
	var (
		mu   sync.Mutex // guards put and err
		wait sync.WaitGroup
		turn = make(chan struct{}, welcomers)
	)
	for _, e := range due {
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			done := false
			data, failed := seal(e)
			if failed == nil {
				done, failed = replace(ctx, p.Transport, transport.WelcomeKey(g.id, e.ID, self), data)
			}
			mu.Lock()
			defer mu.Unlock()
			if failed != nil {
				err = failed
			} else if done {
				put = append(put, e)
			}
		})
	}
	wait.Wait()
	return put, err
}

// listWelcomes are the members for whom the owner's welcome lies at the place.
func listWelcomes(ctx context.Context, p Place, id bundle.GroupID, owner bundle.MemberID) (map[bundle.MemberID]bool, error) {
	there, after := map[bundle.MemberID]bool{}, ""
	for {
		keys, err := p.Transport.List(ctx, transport.Prefix(transport.Welcome, id), after)
		if err != nil || len(keys) == 0 {
			return there, err
		}
		for _, key := range keys {
			if k, err := transport.Parse(key); err == nil && k.Owner == owner {
				there[k.Member] = true
			}
		}
		after = keys[len(keys)-1]
	}
}

// putList puts the list of members beside the newest checkpoint: an heir goes on by it.
func (g *Group) putList(ctx context.Context, p Place, st *state, ro *roster) error {
	newest, err := st.newest()
	if err != nil || st.Checkpoint == 0 || len(newest.Heirs) == 0 && newest.Recovery == nil {
		return err
	}
	self, err := st.member()
	if err != nil {
		return err
	}
	inbox, err := st.openInbox("sync")
	if err != nil {
		return err
	}
	defer inbox.Wipe()
	for _, part := range ro.lists() {
		key := transport.MembersKey(g.id, st.Self, st.Checkpoint, part.Part)
		old, err := p.Transport.Get(ctx, key)
		if err != nil && !errors.Is(err, transport.ErrNone) {
			return err
		}
		if sameList(openList(old, g.id, self, inbox), part) {
			continue
		}
		data, err := st.sealList(part, newest)
		if err == nil {
			err = p.Transport.Put(ctx, key, data, old)
		}
		if err != nil && !errors.Is(err, transport.ErrTaken) {
			return err
		}
	}
	return nil
}

// sealList seals a part of the list of members to the inbox.
func (st *state) sealList(part *bundle.MemberList, newest *bundle.Charter) ([]byte, error) {
	key, err := st.signingKey()
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	to, err := st.inboxRecipient()
	if err != nil {
		return nil, err
	}
	h := bundle.Head{Group: st.Group, Member: st.Self, Seq: st.Checkpoint, Charter: newest.Digest()}
	data, _, err := bundle.Seal(h, part, to, key)
	return data, err
}

// sameList tells whether a place has this very part.
func sameList(there, part *bundle.MemberList) bool {
	return there != nil && there.Part == part.Part && there.Parts == part.Parts &&
		slices.Equal(there.List, part.List) && slices.Equal(there.Closed, part.Closed)
}
