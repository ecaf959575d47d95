package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"github.com/tacit-vault/tacit/crypto"
)

// Entry is a secret as the platform's functions know it: a key and any JSON
// value. A value of kind text is a JSON string; bytes are {"$base64":"…"}.
type Entry struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Client is the secret client of LivePerson Functions (ISecretClient) over a
// vault. It is safe for concurrent use. Every failure is a *SecretError; a
// missing key is NotFound from both methods.
type Client struct {
	vault *Vault

	mu    sync.Mutex // guards what is below
	order []string   // keys in order of first use
	used  map[string]Entry
}

// NewClient returns a client of an open vault, which the caller closes.
func NewClient(v *Vault) *Client {
	return &Client{vault: v, used: map[string]Entry{}}
}

// ReadSecret returns the secret of that key.
func (c *Client) ReadSecret(ctx context.Context, key string) (Entry, error) {
	sec, err := c.vault.Read(ctx, key)
	if err != nil {
		return Entry{}, err
	}
	return c.remember(Entry{Key: key, Value: sec.Value.JSONValue()}), nil
}

// UpdateSecret gives an existing secret another value, and returns the entry
// as it is then. A JSON string is stored as text, any other value as JSON
// (white space between tokens goes, digits and order stay); a secret of bytes
// that is given {"$base64":"…"} stays one of bytes. The value that there is
// already makes no new version.
func (c *Client) UpdateSecret(ctx context.Context, e Entry) (now Entry, err error) {
	const op = "update"
	defer naming(op, &err)
	if err := checkName(e.Key); err != nil {
		return Entry{}, err
	}
	isBytes, err := holdsBytes(ctx, c.vault, e.Key)
	if err != nil {
		return Entry{}, err
	}
	value, err := FromJSON(e.Value, isBytes)
	if err != nil {
		return Entry{}, during(op, wrap(e.Key, err))
	}
	if _, err := c.vault.Set(ctx, e.Key, value, IfPresent(), SkipSame()); err != nil {
		return Entry{}, err
	}
	return c.remember(Entry{Key: e.Key, Value: value.JSONValue()}), nil
}

// holdsBytes tells whether a secret is of kind bytes; NotFound if there is none.
func holdsBytes(ctx context.Context, v *Vault, name string) (is bool, err error) {
	err = v.current.view(ctx, "", func(s *snapshot) error {
		e, err := s.live(name)
		is = e.Kind == crypto.Bytes
		return err
	})
	return is, err
}

// GetUsedSecrets returns an entry for each key that this client has read or
// updated, in order of first use, with the latest value that it saw.
func (c *Client) GetUsedSecrets() []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	entries := make([]Entry, 0, len(c.order))
	for _, key := range c.order {
		e := c.used[key]
		e.Value = bytes.Clone(e.Value) // the caller may change what it gets
		entries = append(entries, e)
	}
	return entries
}

func (c *Client) remember(e Entry) Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.used[e.Key]; !ok {
		c.order = append(c.order, e.Key)
	}
	c.used[e.Key] = Entry{Key: e.Key, Value: bytes.Clone(e.Value)}
	return e
}
