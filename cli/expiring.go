package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type expiringOptions struct {
	labelFilter
	within string
	check  bool
}

// defaultWithin is how far ahead is looked where nothing is said.
const defaultWithin = "30d"

func expiringCommand(s *session) *command {
	var o expiringOptions
	return &command{
		name: "expiring", group: groupSecrets, args: "[WITHIN]", max: 1,
		short: "list secrets that have expired or soon will; needs no key",
		long: `Lists the secrets that have expired, and those that expire WITHIN a time: 30d by
default; also 12h, 2w, 1y or a date. The first to expire comes first. In a pipe
the columns are name, time, and "expired" or "expires", separated by tabs. No key
is needed: the vault's signature proves the times, as it proves names. An expiry
is a note for people: an expired secret is read like any other. With --check the
exit code is 1 where there are any, for cron and CI.`,
		example: `tacit expiring
tacit expiring 7d --check || mail -s 'secrets expire' ops@example.com
tacit expiring 90d --label env=prod --json | jq -r '.[].name'
tacit update API_KEY --expires 90d`,
		codes: []int{exitInvalid, exitNoKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "check", Usage: "exit with 1 if there are any", Destination: &o.check},
			o.flag(),
		},
		run: func(ctx context.Context, args []string) error {
			if o.within = defaultWithin; len(args) > 0 {
				o.within = args[0]
			}
			return runExpiring(ctx, s, o)
		},
	}
}

// expiringJSON is a secret that has expired or will.
type expiringJSON struct {
	Name    string            `json:"name"`
	Version uint64            `json:"version"`
	Expires string            `json:"expires"`
	Expired bool              `json:"expired"`
	Labels  map[string]string `json:"labels,omitempty"`
}

func runExpiring(ctx context.Context, s *session, o expiringOptions) error {
	now := s.Now()
	until, err := parseWhen(o.within, now)
	if err != nil {
		return usage("expiring: %v", err).hinted("tacit expiring 30d, or 12h, 2w, 1y, a date")
	}
	if err := o.labelFilter.check(); err != nil {
		return err
	}
	infos, err := s.expiring(ctx, until)
	if err != nil {
		return err
	}
	infos = o.pick(infos)
	if err := s.printExpiring(infos, now); err != nil {
		return err
	}
	if o.check && len(infos) > 0 {
		return &failure{code: "expiring", exit: exitOther, message: expiringText(infos, now, o.within), hint: "tacit update NAME --expires 90d"}
	}
	return nil
}

// expiring lists what expires until then, the first to expire first.
func (s *session) expiring(ctx context.Context, until time.Time) ([]vault.Info, error) {
	v, err := s.open(ctx, names)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	infos, err := v.List(ctx, vault.ListOptions{Details: true})
	if err != nil {
		return nil, err
	}
	infos = slices.DeleteFunc(infos, func(i vault.Info) bool { return i.Expires.IsZero() || i.Expires.After(until) })
	slices.SortStableFunc(infos, func(a, b vault.Info) int { return a.Expires.Compare(b.Expires) })
	return infos, nil
}

func (s *session) printExpiring(infos []vault.Info, now time.Time) error {
	if s.json {
		list := make([]expiringJSON, len(infos))
		for i, in := range infos {
			list[i] = expiringJSON{in.Name, in.Version, stamp(in.Expires), !in.Expires.After(now), in.Labels}
		}
		return s.writeJSON(list)
	}
	tty := isTerminal(s.Out)
	if tty && len(infos) == 0 {
		s.note("nothing expires")
	}
	rows := make([][]string, len(infos))
	for i, in := range infos {
		what := "expires"
		switch expired := !in.Expires.After(now); {
		case tty && expired:
			what = "EXPIRED " + s.age(in.Expires) + " ago"
		case tty:
			what = "in " + span(in.Expires.Sub(now))
		case expired:
			what = "expired"
		}
		rows[i] = []string{in.Name, stamp(in.Expires), what}
	}
	s.rows([]string{"NAME", "EXPIRES", "STATE"}, rows)
	return nil
}

// span is a time ahead for people.
func span(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// expiringText is "2 secrets have expired, 1 secret expires within 30d".
func expiringText(infos []vault.Info, now time.Time, within string) string {
	expired := 0
	for _, i := range infos {
		if !i.Expires.After(now) {
			expired++
		}
	}
	var parts []string
	if verb := "have"; expired > 0 {
		if expired == 1 {
			verb = "has"
		}
		parts = append(parts, count(expired, "secret")+" "+verb+" expired")
	}
	if soon := len(infos) - expired; soon > 0 {
		verb := "expire"
		if soon == 1 {
			verb = "expires"
		}
		parts = append(parts, count(soon, "secret")+" "+verb+" within "+printable(within))
	}
	return strings.Join(parts, ", ")
}
