package liveperson

import (
	"bufio"
	"context"
	"errors"
	"net"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/textform"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/transfer"
)

// maxOlder is how many values of a secret are remembered that others have changed.
const maxOlder = 100

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
	older    map[string]map[transfer.Look]bool // what it has read before somebody else changed it
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
	atOnce := p.turn.is()
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
		return nil, failure.Fault("failed", "liveperson: Node asks for what this tacit does not know")
	case p.keeper.readOnly:
		return nil, failure.Fault(vault.ReadOnly, "update %s: --read-only was given", p.file)
	case a.Seen == 0: // it writes what it has never read: over what is there
		if err := p.read(ctx); err != nil {
			return nil, err
		}
	case a.Seen != p.seen:
		return nil, failure.Fault(vault.Conflict, "update %s: what it is based on is not known any more", p.file).Hinted("read it again, then write")
	}
	return nil, p.write(ctx, body, atOnce)
}

// read takes a look at the vault, and at the file for what is not secret in it.
func (p *program) read(ctx context.Context) error {
	raw, err := readSettings(p.file)
	if err != nil {
		return failure.FileError("reading", p.file, err)
	}
	settings, err := transfer.ParseSettings(raw)
	if err != nil {
		return textform.TextError("reading "+p.file, err)
	}
	var secrets []vault.Secret
	err = p.keeper.use(ctx, func(v frame.OpenVault) (err error) {
		secrets, err = p.secrets(ctx, v)
		return err
	})
	if err != nil {
		return failure.During("read", err)
	}
	versions := make(map[string]uint64, len(secrets))
	for _, sec := range secrets {
		versions[sec.Name] = sec.Version
	}
	p.age(versions)
	p.forget()
	p.seen++
	p.raw, p.settings, p.versions = raw, settings, versions
	for _, sec := range secrets {
		p.items = append(p.items, transfer.Item{Name: sec.Name, Value: sec.Value})
	}
	return nil
}

// age notes the values that somebody else has changed since the last read.
func (p *program) age(now map[string]uint64) {
	for _, item := range p.items {
		if now[item.Name] == p.versions[item.Name] {
			continue
		}
		if p.older == nil {
			p.older = map[string]map[transfer.Look]bool{}
		}
		if looks := p.older[item.Name]; looks == nil || len(looks) == maxOlder {
			p.older[item.Name] = map[transfer.Look]bool{}
		}
		p.older[item.Name][transfer.LookOf(item.Value)] = true
	}
}

// stale is a change that puts back what the program has read before somebody else
// changed it. It may mean that; more likely what it writes is based on a read that
// was not its last one. Once it is told so, it may.
func (p *program) stale(changed []transfer.Item) error {
	for _, item := range changed {
		if !p.older[item.Name][transfer.LookOf(item.Value)] {
			continue
		}
		delete(p.older, item.Name)
		return failure.Fault(vault.Conflict, "update %s: somebody changed it since it was read for this", item.Name).Hinted("read it again, then write")
	}
	return nil
}

// secrets are those that the command may see. One that is deleted between the
// list and the reading makes it begin again.
func (p *program) secrets(ctx context.Context, v frame.OpenVault) (list []vault.Secret, err error) {
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
	return nil, failure.Fault(vault.Busy, "the secrets are being deleted as they are read")
}

// write stores what the program has changed since it read.
// At once means that nothing was read between what it is based on and this.
func (p *program) write(ctx context.Context, text []byte, atOnce bool) error {
	changed, err := p.settings.Changes(p.items, text)
	if err != nil {
		if errors.Is(err, transfer.ErrRefused) {
			return failure.Explain(textform.TextError("update "+p.file, err)).Hinted("{tacit set NAME} adds a secret, {tacit rm NAME} removes one")
		}
		return textform.TextError("update "+p.file, err)
	}
	if len(changed) == 0 {
		return nil
	}
	if !atOnce {
		if err := p.stale(changed); err != nil {
			return err
		}
	}
	changes := make([]vault.Change, len(changed))
	for i, item := range changed {
		changes[i] = vault.Change{Name: item.Name, Value: item.Value, If: vault.AtVersion(p.versions[item.Name]).AndPresent()}
	}
	var infos []vault.Info
	err = p.keeper.use(ctx, func(v frame.OpenVault) (err error) {
		infos, err = v.Apply(ctx, changes, nil)
		return err
	})
	if err != nil {
		return failure.During("update", err)
	}
	now := make(map[string]vault.Value, len(changed))
	for i, item := range changed {
		now[item.Name] = item.Value
		p.versions[item.Name] = infos[i].Version
		delete(p.older, item.Name)
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
	textform.Wipe(p.items)
	clear(p.raw)
	p.items, p.versions, p.settings, p.raw = nil, nil, nil, nil
}
