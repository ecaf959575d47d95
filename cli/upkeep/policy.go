package upkeep

import (
	"context"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// policyOptions are the flags of policy and init.
type policyOptions struct {
	maxValue int
	history  int
}

func (o *policyOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.IntFlag{Name: "max-value", Value: cmdline.NotGiven, Usage: "longest value, in UTF-16 code units: `N` from 1 to 1048576", Destination: &o.maxValue},
		&urfave.IntFlag{Name: "history", Value: cmdline.NotGiven, Usage: "versions kept of each secret: `N` from 1 to 10000", Destination: &o.history},
	}
}

func (o policyOptions) any() bool {
	return o.maxValue != cmdline.NotGiven || o.history != cmdline.NotGiven
}

// over is the policy with what was given put over it.
func (o policyOptions) over(p vault.Policy) vault.Policy {
	if o.maxValue != cmdline.NotGiven {
		p.MaxValue = o.maxValue
	}
	if o.history != cmdline.NotGiven {
		p.History = o.history
	}
	return p
}

func PolicyCommand(s *frame.Session) *cmdline.Command {
	var o policyOptions
	return &cmdline.Command{
		Name: "policy", Group: cmdline.GroupVault,
		Short: "show or change the vault's limits",
		Long: `Without flags it shows the policy, and needs no key. With flags it changes the
policy for later writes. Values that are there stay; older versions go when their
secret changes next.`,
		Example: `tacit policy
tacit policy --max-value 65536 --history 30`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: o.flags(),
		Run: func(ctx context.Context, _ []string) error {
			return runPolicy(ctx, s, o)
		},
	}
}

func runPolicy(ctx context.Context, s *frame.Session, o policyOptions) error {
	var p vault.Policy
	if !o.any() {
		v, err := s.Open(ctx, frame.ToList)
		if err != nil {
			return err
		}
		p = v.Policy()
		v.Close()
	} else {
		err := s.Writing(ctx, func(v frame.OpenVault) error {
			p = o.over(v.Policy())
			return v.SetPolicy(ctx, p)
		})
		if err != nil {
			return err
		}
		if s.Changed != "" {
			s.Did("changed the policy%s", s.InVault())
		}
	}
	if s.JSON {
		return s.WriteJSON(frame.PolicyJSON(p))
	}
	fmt.Fprintf(s.Results, "max-value %d\nhistory   %d\n", p.MaxValue, p.History)
	return nil
}
