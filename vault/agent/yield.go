package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// Yield makes the agent close the vault, so that this process can open it, until
// release is called or this process ends, at most 10 minutes. Busy where others
// use it for longer than 10 s.
func (c *Client) Yield(ctx context.Context) (release func(), err error) {
	_, release, _, err = c.yield(ctx, wire.Yield{})
	return release, err
}

// YieldUnattended is Yield by a program that goes on by itself: it is no use of the agent
// by its user, and does not keep it from locking when it is idle.
func (c *Client) YieldUnattended(ctx context.Context) (release func(), err error) {
	_, release, _, err = c.yield(ctx, wire.Yield{Unattended: true})
	return release, err
}

// A Loan is the vault's key, lent by its agent to this process. It prints as [redacted].
type Loan struct {
	file  []byte
	key   crypto.Key
	pid   int // of the agent
	began uint64
}

func (*Loan) String() string   { return "[redacted]" }
func (*Loan) GoString() string { return "[redacted]" }

// Apply has a vault be opened with what was lent.
func (l *Loan) Apply(o *vault.Options) { o.Lent, o.Keys = l.file, []crypto.Key{l.key} }

// Over tells whether the agent that has lent the key has locked since.
func (l *Loan) Over() bool {
	return !sockets.Running(l.pid) || vault.ProcessBegan(l.pid) != l.began
}

// Wipe makes it of no use. A vault that was opened with it stays open.
func (l *Loan) Wipe() { clear(l.file) }

// Borrow is Yield that borrows the vault's key, too: sealed to a key that this process
// has drawn, it crosses the socket. No loan, and no error, where the agent lends this
// process none: it lends to tacit itself, through a socket that is for everything, on
// systems that tell which program asks.
func (c *Client) Borrow(ctx context.Context) (loan *Loan, release func(), err error) {
	id, err := crypto.NewIdentity(crypto.Hybrid) // which may receive the key of any vault
	if err != nil {
		return nil, nil, err
	}
	defer id.Wipe()
	key, err := crypto.Identities("agent's key", strings.NewReader(id.Reveal()))
	if err != nil {
		return nil, nil, err
	}
	pid, release, file, err := c.yield(ctx, wire.Yield{Recipient: key.Recipients()[0]})
	if err != nil || file == nil {
		return nil, release, err
	}
	return &Loan{file, key, pid, vault.ProcessBegan(pid)}, release, nil
}

// yield asks for the vault. The agent has it back when the connection ends.
func (c *Client) yield(ctx context.Context, w wire.Yield) (pid int, release func(), key []byte, err error) {
	a, err := c.calls.do(ctx, post("/v1/yield", w))
	if err != nil {
		return 0, nil, nil, err
	}
	var long wire.Buffer
	line, err := nextLine(bufio.NewReader(a.resp.body), &long, 64<<10)
	if err != nil {
		return 0, nil, nil, a.broken(err)
	}
	defer clear(line)
	var y wire.Yielded
	if json.Unmarshal(line, &y) != nil || !y.Yielded {
		a.drop()
		return 0, nil, nil, fmt.Errorf("yield: %w", wire.ErrForm)
	}
	c.changed()
	return a.l.pid, sync.OnceFunc(a.drop), y.Key, nil
}
