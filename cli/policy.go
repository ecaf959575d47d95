package cli

import (
	"context"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

// policyOptions are the flags of policy and init.
type policyOptions struct {
	maxValue int
	history  int
}

func (o *policyOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.IntFlag{Name: "max-value", Value: notGiven, Usage: "longest value, in UTF-16 code units: `N` from 1 to 1048576", Destination: &o.maxValue},
		&urfave.IntFlag{Name: "history", Value: notGiven, Usage: "versions kept of each secret: `N` from 1 to 10000", Destination: &o.history},
	}
}

func (o policyOptions) any() bool { return o.maxValue != notGiven || o.history != notGiven }

// over is the policy with what was given put over it.
func (o policyOptions) over(p vault.Policy) vault.Policy {
	if o.maxValue != notGiven {
		p.MaxValue = o.maxValue
	}
	if o.history != notGiven {
		p.History = o.history
	}
	return p
}

func policyCommand(s *session) *command {
	var o policyOptions
	return &command{
		name: "policy", group: groupVault,
		short: "show or change the vault's limits",
		long: `Without flags it shows the policy, and needs no key. With flags it changes the
policy for later writes. Values that are there stay; older versions go when their
secret changes next.`,
		example: `tacit policy
tacit policy --max-value 65536 --history 30`,
		codes: []int{exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: o.flags(),
		run: func(ctx context.Context, _ []string) error {
			return runPolicy(ctx, s, o)
		},
	}
}

func runPolicy(ctx context.Context, s *session, o policyOptions) error {
	var p vault.Policy
	if !o.any() {
		v, err := s.open(ctx, names)
		if err != nil {
			return err
		}
		p = v.Policy()
		v.Close()
	} else {
		err := s.writing(ctx, func(v opened) error {
			p = o.over(v.Policy())
			return v.SetPolicy(ctx, p)
		})
		if err != nil {
			return err
		}
		if s.changed != "" {
			s.did("changed the policy%s", s.inVault())
		}
	}
	if s.json {
		return s.writeJSON(policyJSON(p))
	}
	fmt.Fprintf(s.out, "max-value %d\nhistory   %d\n", p.MaxValue, p.History)
	return nil
}
