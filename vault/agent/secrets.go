package agent

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// pathOf is the path of a secret. A name that no secret can have never gets as
// far as the agent.
func pathOf(op, name, rest string) (string, error) {
	if err := vault.CheckName(op, name); err != nil {
		return "", err
	}
	return "/v1/secrets/" + name + rest, nil
}

// Read is [vault.Vault.Read].
func (c *Client) Read(ctx context.Context, name string) (vault.Secret, error) {
	return c.read(ctx, name, "")
}

// ReadVersion is [vault.Vault.ReadVersion].
func (c *Client) ReadVersion(ctx context.Context, name string, n uint64) (vault.Secret, error) {
	return c.read(ctx, name, "?version="+strconv.FormatUint(n, 10))
}

func (c *Client) read(ctx context.Context, name, query string) (sec vault.Secret, err error) {
	target, err := pathOf("read", name, query)
	if err != nil {
		return sec, err
	}
	var w wire.Secret
	if err := c.calls.ask(ctx, call{method: methodGet, target: target}, &w); err != nil {
		return sec, err
	}
	return w.Vault()
}

// conditional is the header of a condition.
func conditional(cond vault.Condition) string {
	switch cond {
	case vault.Always:
		return ""
	case vault.Absent:
		return "If-None-Match: *\r\n"
	case vault.Present:
		return "If-Match: *\r\n"
	}
	text, _ := cond.MarshalText() // version:N, or present:N in a PATCH
	_, n, _ := strings.Cut(string(text), ":")
	return `If-Match: "` + n + "\"\r\n"
}

// Set is [vault.Vault.Set].
func (c *Client) Set(ctx context.Context, name string, value vault.Value, options ...vault.SetOption) (vault.Info, error) {
	const op = "set"
	target, err := pathOf(op, name, "")
	if err != nil {
		return vault.Info{}, err
	}
	change := vault.Change{Name: name, Value: value}
	for _, o := range options {
		o(&change)
	}
	body, err := appendChange(wire.Buffer(`{`), op, change)
	if err != nil {
		return vault.Info{}, err
	}
	method := methodPut
	if change.If == change.If.AndPresent() && change.If != vault.Absent && change.If != vault.Present {
		method = methodPatch
	}
	return c.change(ctx, call{method: method, target: target, header: conditional(change.If), body: append(body, '}')})
}

// appendValue writes the members that say what a change stores.
func appendValue(b wire.Buffer, op string, c vault.Change) (wire.Buffer, error) {
	if err := c.Value.Validate(); err != nil {
		return nil, &vault.SecretError{Code: vault.InvalidValue, Op: op, Key: c.Name, Err: err}
	}
	raw := c.Value.JSONValue()
	defer clear(raw)
	b.Grow(len(raw) + 64)
	b.Add([]byte(`"value":`))
	b.Add(raw)
	b.Add([]byte(`,"kind":"` + c.Value.Kind().String() + `"`))
	return b, nil
}

// appendChange writes the members that say what a change stores, and what it says
// of attributes.
func appendChange(b wire.Buffer, op string, c vault.Change) (_ wire.Buffer, err error) {
	if c.Keep {
		b.Add([]byte(`"keep":true`))
	} else if b, err = appendValue(b, op, c); err != nil {
		return nil, err
	}
	if c.Expires != nil {
		if err := vault.CheckExpires(op, c.Name, *c.Expires); err != nil {
			return nil, err
		}
		b.Add([]byte(`,"expires":"` + wire.ExpiryText(*c.Expires) + `"`))
	}
	if len(c.Labels) > 0 {
		labels, _ := json.Marshal(c.Labels) // strings: cannot fail
		b.Add([]byte(`,"labels":`))
		b.Add(labels)
	}
	if c.SameWorth {
		b.Add([]byte(`,"same_worth":true`))
	}
	if c.SkipSame {
		b.Add([]byte(`,"skip_same":true`))
	}
	return b, nil
}

// change sends what makes one version.
func (c *Client) change(ctx context.Context, q call) (vault.Info, error) {
	var w wire.Info
	err := c.calls.ask(ctx, q, &w)
	c.changed()
	return w.Vault(), err
}

// Delete is [vault.Vault.Delete].
func (c *Client) Delete(ctx context.Context, name string, o vault.DeleteOptions) (vault.Info, error) {
	query := ""
	if o.Purge {
		query = "?purge=1"
	}
	target, err := pathOf("delete", name, query)
	if err != nil {
		return vault.Info{}, err
	}
	return c.change(ctx, call{method: methodDelete, target: target, header: conditional(o.If)})
}

// Rename is [vault.Vault.Rename].
func (c *Client) Rename(ctx context.Context, from, to string, overwrite bool) (vault.Info, error) {
	return c.move(ctx, "rename", from, to, overwrite)
}

// Copy is [vault.Vault.Copy].
func (c *Client) Copy(ctx context.Context, from, to string, overwrite bool) (vault.Info, error) {
	return c.move(ctx, "copy", from, to, overwrite)
}

func (c *Client) move(ctx context.Context, op, from, to string, overwrite bool) (vault.Info, error) {
	target, err := pathOf(op, from, "/"+op)
	if err == nil {
		err = vault.CheckName(op, to)
	}
	if err != nil {
		return vault.Info{}, err
	}
	return c.change(ctx, post(target, map[string]any{"to": to, "overwrite": overwrite}))
}

// Rollback is [vault.Vault.Rollback].
func (c *Client) Rollback(ctx context.Context, name string, n uint64) (vault.Info, error) {
	target, err := pathOf("rollback", name, "/rollback")
	if err != nil {
		return vault.Info{}, err
	}
	return c.change(ctx, post(target, map[string]any{"version": n}))
}

// History is [vault.Vault.History].
func (c *Client) History(ctx context.Context, name string) ([]vault.Info, error) {
	target, err := pathOf("history", name, "/history")
	if err != nil {
		return nil, err
	}
	var w wire.List
	err = c.calls.ask(ctx, call{method: methodGet, target: target}, &w)
	return wire.VaultInfos(w.Versions), err
}

// List is [vault.Vault.List].
func (c *Client) List(ctx context.Context, o vault.ListOptions) ([]vault.Info, error) {
	q := url.Values{}
	for name, text := range map[string]string{"prefix": o.Prefix, "after": o.After} {
		if text != "" {
			q.Set(name, text)
		}
	}
	for name, on := range map[string]bool{"details": o.Details, "deleted": o.Deleted, "hint": o.Hint} {
		if on {
			q.Set(name, "1")
		}
	}
	if o.Limit > 0 {
		q.Set("limit", strconv.Itoa(o.Limit))
	}
	return c.list(ctx, q)
}

// Find is [vault.Vault.Find].
func (c *Client) Find(ctx context.Context, pattern string, fuzzily bool) ([]vault.Info, error) {
	q := url.Values{"find": {pattern}}
	if fuzzily {
		q.Set("fuzzy", "1")
	}
	return c.list(ctx, q)
}

func (c *Client) list(ctx context.Context, q url.Values) ([]vault.Info, error) {
	target := "/v1/secrets"
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	var w wire.List
	err := c.calls.ask(ctx, call{method: methodGet, target: target}, &w)
	return wire.VaultInfos(w.Secrets), err
}

// Used lists the secrets that were read or changed through this socket, in
// order of first use, with their present values.
func (c *Client) Used(ctx context.Context) ([]vault.Entry, error) {
	var w struct {
		Secrets []vault.Entry `json:"secrets"`
	}
	err := c.calls.ask(ctx, call{method: methodGet, target: "/v1/used"}, &w)
	return w.Secrets, err
}

// ReadAll is [vault.Vault.ReadAll].
func (c *Client) ReadAll(ctx context.Context, names ...string) (all []vault.Secret, err error) {
	err = c.each(ctx, names, func(sec vault.Secret) error {
		all = append(all, sec)
		return nil
	})
	if err != nil {
		for _, sec := range all {
			sec.Value.Wipe()
		}
		return nil, err
	}
	return all, nil
}

// ReadEach is [vault.Vault.ReadEach].
func (c *Client) ReadEach(ctx context.Context, names []string, fn func(vault.Secret) error) error {
	return c.each(ctx, names, func(sec vault.Secret) error {
		defer sec.Value.Wipe()
		return fn(sec)
	})
}

func (c *Client) each(ctx context.Context, names []string, fn func(vault.Secret) error) error {
	for _, name := range names {
		if err := vault.CheckName("read", name); err != nil {
			return err
		}
	}
	a, err := c.calls.do(ctx, post("/v1/read", map[string]any{"names": names}))
	if err != nil {
		return err
	}
	return a.lines(maxAnswer, func(line []byte) error {
		var w wire.Secret
		if err := json.Unmarshal(line, &w); err != nil {
			return wire.ErrForm
		}
		sec, err := w.Vault()
		if err != nil {
			return err
		}
		return fn(sec)
	})
}

// Apply is [vault.Vault.Apply], of at most 1,000,000 changes and 64 MiB.
func (c *Client) Apply(ctx context.Context, changes []vault.Change, progress func(done, total int)) ([]vault.Info, error) {
	const op = "apply"
	if len(changes) == 0 {
		return nil, nil
	}
	body, err := batch(op, changes)
	if err != nil {
		clear(body)
		return nil, err
	}
	a, err := c.calls.do(ctx, call{method: methodPost, target: "/v1/batch", body: body})
	c.changed()
	if err != nil {
		return nil, err
	}
	infos := make([]vault.Info, 0, len(changes))
	err = a.lines(maxAnswer, func(line []byte) error {
		var w struct {
			wire.Progress
			wire.Made
		}
		if json.Unmarshal(line, &w) != nil {
			return wire.ErrForm
		}
		infos = append(infos, wire.VaultInfos(w.Infos)...)
		if w.Total > 0 && progress != nil {
			progress(w.Done, w.Total)
		}
		return nil
	})
	return infos, err
}

// batch writes changes one a line.
func batch(op string, changes []vault.Change) (b wire.Buffer, err error) {
	if len(changes) > wire.MaxChanges {
		return nil, wire.Invalid(op, "", "more than 1,000,000 changes at a time: lock the agent for this, or do it in parts")
	}
	for _, c := range changes {
		if err := vault.CheckName(op, c.Name); err != nil {
			return b, err
		}
		b.Add([]byte(`{"name":"` + c.Name + `",`))
		cond, _ := c.If.MarshalText() // cannot fail
		b.Add([]byte(`"if":"` + string(cond) + `",`))
		if c.Delete {
			b.Add([]byte(`"delete":true`))
		} else if b, err = appendChange(b, op, c); err != nil {
			return b, err
		}
		b.Add([]byte("}\n"))
		if len(b) > wire.MaxBatch {
			return b, wire.Invalid(op, "", "more than 64 MiB at a time: lock the agent for this, or do it in parts")
		}
	}
	return b, nil
}
