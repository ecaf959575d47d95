package keys

import (
	"context"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

func ExposedCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "exposed", Group: cmdline.GroupKeys,
		Short: "list the secrets that a removed key or member could have read",
		Long: `Lists each secret whose present value was there when a key slot was removed: the
holder of that key may know it. So may a removed member of a group that this vault
owns: it is listed as MEMBER (GROUP). Change the value where it is used, then run
tacit set. Copies, renames, rollbacks and rotations do not change a value, so it stays
on the list. The exit code is 0 with or without findings.`,
		Example: `tacit exposed
tacit exposed --json | jq -r '.[].name'`,
		Codes: []int{failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Run: func(ctx context.Context, _ []string) error {
			return runExposed(ctx, s)
		},
	}
}

type exposedJSON struct {
	Name    string   `json:"name"`
	Version uint64   `json:"version"`
	Updated string   `json:"updated"`
	By      []string `json:"by"` // labels of the removed key slots; "MEMBER (GROUP)" of the removed members
	Since   string   `json:"since"`
}

func runExposed(ctx context.Context, s *frame.Session) error {
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	list, err := exposures(ctx, v)
	if err != nil {
		return err
	}
	if s.JSON {
		out := make([]exposedJSON, len(list))
		for i, x := range list {
			out[i] = exposedJSON{x.Name, x.Version, frame.Stamp(x.Updated), x.By, frame.Stamp(x.Since)}
		}
		return s.WriteJSON(out)
	}
	if len(list) == 0 && terminal.IsTerminal(s.Out) {
		s.Note("nothing is exposed: no key was removed that could have read what is there now")
	}
	frame.PrintRows(s, []table.Column{
		{Title: "NAME", Least: 8}, {Title: "VERSION", Right: true, Falls: 1}, {Title: "UPDATED", Falls: 2}, {Title: "KNOWN TO", Least: 8},
	}, exposedRows(list))
	return nil
}

// exposures are those by removed key slots and by removed members of groups.
func exposures(ctx context.Context, v frame.OpenVault) ([]vault.Exposure, error) {
	if local, ok := v.(frame.Local); ok {
		return group.Exposed(ctx, local.Vault)
	}
	return v.Exposed(ctx) // the agent knows both
}

func exposedRows(list []vault.Exposure) [][]string {
	rows := make([][]string, len(list))
	for i, x := range list {
		rows[i] = []string{x.Name, strconv.FormatUint(x.Version, 10), frame.Day(x.Updated), strings.Join(x.By, ", ")}
	}
	return rows
}
