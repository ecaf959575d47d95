package secrets

import (
	"context"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type expiringOptions struct {
	choice.LabelFilter
	within string
	check  bool
}

// defaultWithin is how far ahead is looked where nothing is said.
const defaultWithin = "30d"

func ExpiringCommand(s *frame.Session) *cmdline.Command {
	var o expiringOptions
	return &cmdline.Command{
		Name: "expiring", Group: cmdline.GroupSecrets, Args: "[WITHIN]", Max: 1,
		Short: "list secrets that have expired or soon will; needs no key",
		Long: `Lists the secrets that have expired, and those that expire WITHIN a time: 30d by
default; also 12h, 2w, 1y or a date. The first to expire comes first. In a pipe
the columns are name, time, and "expired" or "expires", separated by tabs. No key
is needed: the vault's signature proves the times, as it proves names. An expiry
is a note for people: an expired secret is read like any other. With --check the
exit code is 1 where there are any, for cron and CI.`,
		Example: `tacit expiring
tacit expiring 7d --check || mail -s 'secrets expire' ops@example.com
tacit expiring 90d --label env=prod --json | jq -r '.[].name'
tacit update API_KEY --expires 90d`,
		Codes: []int{failure.ExitInvalid, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "check", Usage: "exit with 1 if there are any", Destination: &o.check},
			o.Flag(),
		},
		Run: func(ctx context.Context, args []string) error {
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

func runExpiring(ctx context.Context, s *frame.Session, o expiringOptions) error {
	now := s.Now()
	until, err := parseWhen(o.within, now)
	if err != nil {
		return failure.Usage("expiring: %v", err).Hinted("{tacit expiring 30d}, or 12h, 2w, 1y, a date")
	}
	if err := o.LabelFilter.Check(); err != nil {
		return err
	}
	infos, err := expiring(ctx, s, until)
	if err != nil {
		return err
	}
	infos = o.Pick(infos)
	if err := printExpiring(s, infos, now); err != nil {
		return err
	}
	if o.check && len(infos) > 0 {
		return &failure.Failure{Code: "expiring", Exit: failure.ExitOther, Message: expiringText(infos, now, o.within), Hint: failure.HintOf("{tacit update NAME --expires 90d}")}
	}
	return nil
}

// expiring lists what expires until then, the first to expire first.
func expiring(ctx context.Context, s *frame.Session, until time.Time) ([]vault.Info, error) {
	v, err := s.Open(ctx, frame.ToList)
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

func printExpiring(s *frame.Session, infos []vault.Info, now time.Time) error {
	if s.JSON {
		list := make([]expiringJSON, len(infos))
		for i, in := range infos {
			list[i] = expiringJSON{in.Name, in.Version, frame.Stamp(in.Expires), !in.Expires.After(now), in.Labels}
		}
		return s.WriteJSON(list)
	}
	if !terminal.IsTerminal(s.Out) {
		s.Lines(expiringLines(infos, now))
		return nil
	}
	if len(infos) == 0 {
		s.Note("nothing expires")
		return nil
	}
	t := table.Table{Columns: []table.Column{{Title: "NAME", Least: 8}, {Title: "EXPIRES", Falls: 1}, {Title: "STATE"}}}
	for _, in := range infos {
		t.Rows = append(t.Rows, []table.Cell{table.Text(in.Name), table.Text(frame.Stamp(in.Expires)), dueCell(s, in.Expires)})
	}
	frame.PrintTable(s, t)
	return nil
}

// expiringLines are the columns for a program.
func expiringLines(infos []vault.Info, now time.Time) [][]string {
	rows := make([][]string, len(infos))
	for i, in := range infos {
		rows[i] = []string{in.Name, frame.Stamp(in.Expires), "expires"}
		if !in.Expires.After(now) {
			rows[i][2] = "expired"
		}
	}
	return rows
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
		parts = append(parts, frame.Count(expired, "secret")+" "+verb+" expired")
	}
	if soon := len(infos) - expired; soon > 0 {
		verb := "expire"
		if soon == 1 {
			verb = "expires"
		}
		parts = append(parts, frame.Count(soon, "secret")+" "+verb+" within "+failure.Printable(within))
	}
	return strings.Join(parts, ", ")
}
