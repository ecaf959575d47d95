package vault

import (
	"context"
)

// Policy returns the vault's policy.
func (v *Vault) Policy() Policy {
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	return policyOf(&v.current.head.Head)
}

// SetPolicy changes the policy. It holds for what is written from then on:
// values that are there stay, older versions go when their secret changes next.
func (v *Vault) SetPolicy(ctx context.Context, policy Policy) (err error) {
	const op = "policy"
	defer naming(op, &err)
	if err := policy.check(); err != nil {
		return err
	}
	_, err = v.change(ctx, op, func(p *plan) error {
		p.head.Policy = policy.asMap(p.head.Policy)
		return nil
	}, nil)
	return err
}
