package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/sockets"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

const agentCheck = "agent"

// agent looks at the vault's agent, and returns it where it can be asked. Then
// it looks at the other vaults' sockets.
func (d *doctor) agent(ctx context.Context) (c *agent.Client) {
	path, ok := sockets.Path(d.s.Env, d.dir)
	if !ok {
		return nil
	}
	named := d.s.Env("TACIT_AGENT") != ""
	found := health.SocketFolder(filepath.Dir(path), named)
	if len(found) == 0 {
		found = health.Socket(path, named)
	}
	if d.add(found...); len(found) == 0 {
		c = d.ask(ctx, path)
	}
	d.sockets(ctx, path)
	return c
}

// ask asks the vault's agent who it is; nil where it cannot be asked, or serves
// another vault.
func (d *doctor) ask(ctx context.Context, path string) *agent.Client {
	c, st, err := frame.DialAgent(ctx, d.s, d.dir)
	switch {
	case err != nil:
		d.unanswered(path, err)
		return nil
	case c == nil:
		d.lost()
		return nil
	case st.Vault.Path != d.dir:
		c.Close()
		d.add(health.Finding{
			Check: agentCheck, Level: health.Fault, Message: fmt.Sprintf("the agent at %s serves another vault, %s", path, st.Vault.Path), Remedy: remedy.To(remedy.UnsetAgent),
		})
		return nil
	}
	if c.Path() != path {
		d.add(health.Finding{
			Check: agentCheck, Level: health.Advice,
			Message: fmt.Sprintf("the vault's agent (pid %d) has its socket at %s, and this shell looks for it at %s", st.PID, c.Path(), path),
			Remedy:  remedy.To(failure.AgreeOnSockets),
		})
		return c
	}
	d.add(health.Finding{Check: agentCheck, Message: fmt.Sprintf("an agent has the vault open (pid %d)", st.PID)})
	return c
}

// lost tells of an agent that has the vault open, and whose socket is gone.
func (d *doctor) lost() {
	h, ok := vault.HolderOf(d.dir)
	if !ok || h.Socket == "" {
		return
	}
	if holds, known := h.Vouched(); known && !holds {
		return // its record is older than it
	}
	d.add(health.Finding{
		Check: agentCheck, Level: health.Fault,
		Message: fmt.Sprintf("an agent (pid %d) has the vault open, and its socket %s is gone", h.PID, h.Socket),
		Remedy:  remedy.To(failure.EndLostAgent),
	})
}

// unanswered is an agent that takes connections, and says nothing that is of use.
func (d *doctor) unanswered(path string, err error) {
	f := failure.Explain(err)
	found := health.Finding{Check: agentCheck, Level: health.Fault, Message: f.Message}
	if f.Words() == "" {
		found.Message = "no agent answers at " + path + ": " + f.Message
		f.Remedied(failure.RestartAgent, remedy.Path.Named(path))
	}
	d.addFailure(found, f)
}

// sockets looks at all sockets of this user but the one that was looked at, for
// what killed agents left and for what is another's. That of a killed agent of
// this vault is among them.
func (d *doctor) sockets(ctx context.Context, looked string) {
	dir := sockets.Dir(d.s.Env)
	paths, err := sockets.List(d.s.Env)
	if err != nil {
		d.add(health.Finding{Check: agentCheck, Level: health.Fault, Message: failure.Text(err), Remedy: remedy.To(remedy.LookAt, remedy.Path.Named(dir))})
	}
	for _, path := range paths {
		if path != looked {
			d.add(health.Socket(path, false)...)
		}
		c, err := agent.Dial(ctx, path)
		if err == nil {
			c.Close()
		}
		if _, there := os.Lstat(path); there == nil && errors.Is(err, sockets.ErrNone) {
			d.add(health.Finding{
				Check: agentCheck, Level: health.Advice, Message: "an agent was killed and has left its socket " + path, Remedy: remedy.To(remedy.RemoveFiles, remedy.Path.Named(path)),
				Fix: func() (string, error) { return "removed the socket " + path, sockets.RemoveStale(path) },
			})
		}
	}
}

// behindAgent looks at a vault by what its agent tells.
func (d *doctor) behindAgent(ctx context.Context, c *agent.Client) {
	st := c.Status()
	d.add(health.Clock(d.s.Now(), st.Created, st.Changed)...)
	if expect := d.s.Env("TACIT_EXPECT"); expect != "" {
		if err := st.Expected(expect); err != nil {
			d.tampered(err)
		}
	}
	d.strayCredentials(ctx, c)
	slots, err := c.Slots(ctx)
	if vault.CodeOf(err) == vault.Denied {
		return // a socket for less
	}
	if err != nil {
		d.tampered(err)
		return
	}
	d.slots(ctx, slots, true, true, nil)
	list, err := c.Exposed(ctx)
	d.exposed(list, err)
	groups, err := c.Memberships(ctx)
	d.groups(groups, err)
}
