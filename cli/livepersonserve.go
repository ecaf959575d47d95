package cli

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"

	"github.com/tacit-vault/tacit/keyring/agent"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// settingsServer answers for a settings.json: with the secrets of a vault.
type settingsServer struct {
	s      *session
	keeper *keeper
	file   string      // what is on disk, for all but the secrets
	grant  agent.Grant // which secrets
	turns  *turns

	mu   sync.Mutex // guards said
	said string     // the last failure that was told to the user
}

// maxPrograms is how many threads of processes are served; more are turned away.
const maxPrograms = 1000

// serve answers on the socket until stop is called, which waits for what is under
// way: a write that was begun is finished.
func (v *settingsServer) serve(l net.Listener) (stop func()) {
	var (
		under sync.WaitGroup
		mu    sync.Mutex // guards conns and over
		conns = map[net.Conn]struct{}{}
		over  bool
	)
	under.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if over || len(conns) == maxPrograms || agent.SameUser(c) != nil {
				mu.Unlock()
				c.Close()
				continue
			}
			conns[c] = struct{}{}
			mu.Unlock()
			under.Go(func() {
				(&program{settingsServer: v, turn: turn{of: v.turns}}).converse(c)
				mu.Lock()
				delete(conns, c)
				mu.Unlock()
				c.Close()
			})
		}
	})
	return func() {
		l.Close()
		mu.Lock()
		over = true
		for c := range conns {
			c.Close()
		}
		mu.Unlock()
		under.Wait()
	}
}

// A program is a thread of a process that reads and writes the settings. What it
// has read is kept, to tell what it changes.
type program struct {
	*settingsServer
	turn     turn
	seen     uint64 // the number of its last read; 0: it has read nothing
	raw      []byte // the file on disk, which settings points into
	settings *transfer.Settings
	items    []transfer.Item
	versions map[string]uint64
}

// converse answers one question after the other until the program hangs up.
func (p *program) converse(c net.Conn) {
	defer p.forget()
	defer p.turn.end()
	r := bufio.NewReaderSize(c, maxFrameHead)
	for {
		a, body, err := readAsk(r)
		if err != nil {
			return
		}
		if a.Op == "done" { // nobody waits for an answer
			p.turn.end()
			continue
		}
		// The command's interrupt is not ours: it may still have to store something.
		text, err := p.answer(context.Background(), a, body)
		clear(body)
		t := answerHead{Seen: p.seen}
		if err != nil {
			t.Error = p.tell(err)
		}
		err = writeAnswer(c, t, text)
		clear(text)
		if err != nil {
			return
		}
	}
}

func (p *program) answer(ctx context.Context, a ask, body []byte) (text []byte, err error) {
	if a.Op == "write" {
		p.turn.begin()
		defer p.turn.end()
	}
	switch {
	case a.Op == "read":
		if a.Turn {
			p.turn.begin()
		}
		if err := p.read(ctx); err != nil {
			return nil, err
		}
		return p.settings.Text(p.items)
	case a.Op != "write":
		return nil, fault("failed", "liveperson: Node asks for what this tacit does not know")
	case p.keeper.readOnly:
		return nil, fault(vault.ReadOnly, "update %s: --read-only was given", p.file)
	case a.Seen == 0: // it writes what it has never read: over what is there
		if err := p.read(ctx); err != nil {
			return nil, err
		}
	case a.Seen != p.seen:
		return nil, fault(vault.Conflict, "update %s: what it is based on is not known any more", p.file).hinted("read it again, then write")
	}
	return nil, p.write(ctx, body)
}

// read takes a look at the vault, and at the file for what is not secret in it.
func (p *program) read(ctx context.Context) error {
	raw, err := readSettings(p.file)
	if err != nil {
		return fileError("reading", p.file, err)
	}
	settings, err := transfer.ParseSettings(raw)
	if err != nil {
		return transferError("reading "+p.file, err)
	}
	var secrets []vault.Secret
	err = p.keeper.use(ctx, func(v opened) (err error) {
		secrets, err = p.secrets(ctx, v)
		return err
	})
	if err != nil {
		return during("read", err)
	}
	p.forget()
	p.seen++
	p.raw, p.settings, p.versions = raw, settings, make(map[string]uint64, len(secrets))
	for _, sec := range secrets {
		p.items = append(p.items, transfer.Item{Name: sec.Name, Value: sec.Value})
		p.versions[sec.Name] = sec.Version
	}
	return nil
}

// secrets are those that the command may see. One that is deleted between the
// list and the reading makes it begin again.
func (p *program) secrets(ctx context.Context, v opened) (list []vault.Secret, err error) {
	if len(p.grant.Only) == 0 {
		return v.ReadAll(ctx)
	}
	for range 3 {
		infos, err := v.List(ctx, vault.ListOptions{})
		if err != nil {
			return nil, err
		}
		var names []string
		for _, in := range infos {
			if p.grant.Allows(in.Name) {
				names = append(names, in.Name)
			}
		}
		if len(names) == 0 {
			return nil, nil
		}
		list, err = v.ReadAll(ctx, names...)
		if !errors.Is(err, vault.NotFound) {
			return list, err
		}
	}
	return nil, fault(vault.Busy, "the secrets are being deleted as they are read")
}

// write stores what the program has changed since it read.
func (p *program) write(ctx context.Context, text []byte) error {
	changed, err := p.settings.Changes(p.items, text)
	if err != nil {
		return transferError("update "+p.file, err)
	}
	if len(changed) == 0 {
		return nil
	}
	changes := make([]vault.Change, len(changed))
	for i, item := range changed {
		changes[i] = vault.Change{Name: item.Name, Value: item.Value, If: vault.AtVersion(p.versions[item.Name]).AndPresent()}
	}
	var infos []vault.Info
	err = p.keeper.use(ctx, func(v opened) (err error) {
		infos, err = v.Apply(ctx, changes, nil)
		return err
	})
	if err != nil {
		return during("update", err)
	}
	now := make(map[string]vault.Value, len(changed))
	for i, item := range changed {
		now[item.Name] = item.Value
		p.versions[item.Name] = infos[i].Version
	}
	for i, item := range p.items {
		if value, ok := now[item.Name]; ok {
			item.Value.Wipe()
			p.items[i].Value = value
		}
	}
	return nil
}

// forget wipes what the program has read.
func (p *program) forget() {
	wipe(p.items)
	clear(p.raw)
	p.items, p.versions, p.settings, p.raw = nil, nil, nil, nil
}

// tell makes of a failure what Node is told, and tells the user as well:
// LivePerson's client swallows what its fs says.
func (p *program) tell(err error) *answerError {
	f := explain(err)
	p.mu.Lock()
	if p.said != f.message {
		p.said = f.message
		p.s.report(f)
	}
	p.mu.Unlock()
	return &answerError{Errno: errnoOf(vault.Code(f.code)), Message: f.message, Hint: f.hint}
}

// errnoOf is the error of a file that comes closest.
func errnoOf(c vault.Code) string {
	switch c {
	case vault.Conflict, vault.Busy, vault.NotFound:
		return "EBUSY"
	case vault.InvalidValue, vault.InvalidName:
		return "EINVAL"
	case vault.ReadOnly:
		return "EROFS"
	case vault.NoSpace:
		return "ENOSPC"
	case vault.Locked, vault.Denied, vault.Untrusted, vault.WrongKey:
		return "EACCES"
	}
	return "EIO"
}
