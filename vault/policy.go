package vault

import (
	"context"
	"fmt"
	"maps"

	"github.com/tacit-vault/tacit/crypto"
)

// policyOf reads the policy out of a head.
func policyOf(h *crypto.Head) Policy {
	p := DefaultPolicy()
	if n, ok := h.Policy[crypto.PolicyMaxValue]; ok {
		p.MaxValue = int(min(n, MaxValueLimit))
	}
	if n, ok := h.Policy[crypto.PolicyHistory]; ok {
		p.History = int(min(max(n, 1), HistoryLimit))
	}
	return p
}

// check refuses a policy out of range.
func (p Policy) check(op string) error {
	for _, q := range []struct {
		what    string
		n, most int
	}{{crypto.PolicyMaxValue, p.MaxValue, MaxValueLimit}, {crypto.PolicyHistory, p.History, HistoryLimit}} {
		if q.n < 1 || q.n > q.most {
			return &SecretError{
				Code: InvalidValue, Op: op,
				Message: fmt.Sprintf("%s must be from 1 to %d", q.what, q.most),
			}
		}
	}
	return nil
}

// asMap is the form that a head has of the policy. Policies that this version
// does not know stay as they were.
func (p Policy) asMap(before map[string]uint64) map[string]uint64 {
	m := maps.Clone(before)
	if m == nil {
		m = map[string]uint64{}
	}
	m[crypto.PolicyMaxValue], m[crypto.PolicyHistory] = uint64(p.MaxValue), uint64(p.History)
	return m
}

// Policy returns the vault's policy.
func (v *Vault) Policy() Policy {
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	return policyOf(&v.current.head.Head)
}

// SetPolicy changes the policy. It holds for what is written from then on:
// values that are there stay, older versions go when their secret changes next.
func (v *Vault) SetPolicy(ctx context.Context, policy Policy) error {
	const op = "policy"
	if err := policy.check(op); err != nil {
		return err
	}
	_, err := v.change(ctx, op, func(p *plan) error {
		p.head.Policy = policy.asMap(p.head.Policy)
		return nil
	}, nil)
	return err
}
