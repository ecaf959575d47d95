package agent

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// Verify is [vault.Vault.Verify].
func (c *Client) Verify(ctx context.Context, o vault.VerifyOptions) (vault.Report, error) {
	a, err := c.calls.do(ctx, post("/v1/verify", map[string]any{"full": o.Full}))
	if err != nil {
		return vault.Report{}, err
	}
	var w wire.VerifyEnd
	err = a.lines(1<<30, reportLine(o.Progress, &w))
	return w.Report.Vault(), err
}

// reportLine reads lines of progress, and the report that ends them.
func reportLine(progress func(done, total int), report any) func([]byte) error {
	return func(line []byte) error {
		var p wire.Progress
		if json.Unmarshal(line, &p) == nil && p.Total > 0 {
			if progress != nil {
				progress(p.Done, p.Total)
			}
			return nil
		}
		if json.Unmarshal(line, report) != nil {
			return wire.ErrForm
		}
		return nil
	}
}

// Policy is [vault.Vault.Policy]: what it was when the status was last asked for.
func (c *Client) Policy() vault.Policy { return c.Status().Policy }

// SetPolicy is [vault.Vault.SetPolicy].
func (c *Client) SetPolicy(ctx context.Context, p vault.Policy) error {
	q := post("/v1/policy", wire.Policy(p))
	q.method = methodPut
	defer c.changed()
	return c.calls.ask(ctx, q, nil)
}

// Slots is [vault.Vault.Slots].
func (c *Client) Slots(ctx context.Context) ([]vault.SlotInfo, error) {
	var w struct {
		Slots []wire.Slot `json:"slots"`
	}
	err := c.calls.ask(ctx, call{method: methodGet, target: "/v1/slots"}, &w)
	if err != nil {
		return nil, err
	}
	return wire.VaultSlots(w.Slots), nil
}

// AddSlot is [vault.Vault.AddSlot] with the description of a lock: the agent
// makes it, because the identity is there.
func (c *Client) AddSlot(ctx context.Context, label string, l keyring.LockSpec) (vault.SlotInfo, error) {
	return c.slot(ctx, post("/v1/slots", struct {
		Label string           `json:"label"`
		Lock  keyring.LockSpec `json:"lock"`
	}{label, l}))
}

// ReplaceSlot is [vault.Vault.ReplaceSlot] with the description of a lock.
func (c *Client) ReplaceSlot(ctx context.Context, label string, l keyring.LockSpec) (vault.SlotInfo, error) {
	q := post("/v1/slots/"+url.PathEscape(label), struct {
		Lock keyring.LockSpec `json:"lock"`
	}{l})
	q.method = methodPut
	return c.slot(ctx, q)
}

// RemoveSlot is [vault.Vault.RemoveSlot].
func (c *Client) RemoveSlot(ctx context.Context, label string) (vault.SlotInfo, error) {
	return c.slot(ctx, call{method: methodDelete, target: "/v1/slots/" + url.PathEscape(label)})
}

func (c *Client) slot(ctx context.Context, q call) (vault.SlotInfo, error) {
	var w wire.Slot
	err := c.calls.ask(ctx, q, &w)
	c.changed()
	return vault.SlotInfo(w), err
}

// Exposed is [vault.Vault.Exposed].
func (c *Client) Exposed(ctx context.Context) ([]vault.Exposure, error) {
	w, err := c.exposed(ctx)
	if err != nil || len(w.Exposed) == 0 {
		return nil, err
	}
	list := make([]vault.Exposure, len(w.Exposed))
	for i, x := range w.Exposed {
		list[i] = vault.Exposure(x)
	}
	return list, nil
}

// Removed is [vault.Vault.Removed].
func (c *Client) Removed(ctx context.Context) ([]vault.RemovedSlot, error) {
	w, err := c.exposed(ctx)
	if len(w.Removed) == 0 {
		return nil, err
	}
	return w.Removed, err
}

func (c *Client) exposed(ctx context.Context) (w wire.Exposed, err error) {
	err = c.calls.ask(ctx, call{method: methodGet, target: "/v1/exposed"}, &w)
	return w, err
}

// Memberships is group.Memberships of the vault.
func (c *Client) Memberships(ctx context.Context) ([]vault.Membership, error) {
	var w wire.Groups
	err := c.calls.ask(ctx, call{method: methodGet, target: "/v1/groups"}, &w)
	return w.Groups, err
}

// RotateRequest is what a rotation through the agent is to do.
type RotateRequest struct {
	DropHistory bool
	Drop        []string                    // labels of slots that are dropped
	Locks       map[string]keyring.LockSpec // for slots that need more than the slot table has: see [relock.With]
	Progress    func(done, total int)       // may be nil
}

// Rotate is [vault.Vault.Rotate] with descriptions of locks.
func (c *Client) Rotate(ctx context.Context, o RotateRequest) (vault.RotateReport, error) {
	a, err := c.calls.do(ctx, post("/v1/rotate", map[string]any{"drop_history": o.DropHistory, "drop": o.Drop, "locks": o.Locks}))
	c.changed()
	if err != nil {
		return vault.RotateReport{}, err
	}
	var w wire.RotateEnd
	err = a.lines(1<<20, reportLine(o.Progress, &w))
	r := w.Report
	return vault.RotateReport{
		OldPin: r.OldPin, NewPin: r.NewPin, Names: r.Secrets, Records: r.Records,
		Kept: wire.VaultSlots(r.Kept), Dropped: wire.VaultSlots(r.Dropped),
	}, err
}
