package projects

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault"
)

// VaultsCommand lists all vaults that this machine knows.
func VaultsCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "vaults", Group: cmdline.GroupVault,
		Short: "list every vault that this machine knows",
		Long: `Lists the folders in which this machine has seen a vault, and those that are
attached to a folder: whether the vault is there or gone, the vault's folder, and
what it is attached to. Nothing is opened. A vault that is gone, and was seen
elsewhere since, is "moved". tacit trust --forget DIR forgets one that is gone.`,
		Example: `tacit vaults
tacit vaults --json`,
		Codes: []int{failure.ExitTampered},
		Run: func(context.Context, []string) error {
			return listVaults(s)
		},
	}
}

// A vaultJSON is a vault that this machine knows, in --json.
type vaultJSON struct {
	Vault    string           `json:"vault"`
	ID       string           `json:"id,omitempty"`
	State    string           `json:"state"` // there, gone or moved
	Since    string           `json:"since,omitempty"`
	Commits  uint64           `json:"commits,omitempty"` // the highest that was seen
	Attached []attachmentJSON `json:"attached"`
}

func listVaults(s *frame.Session) error {
	known, err := vault.KnownVaults(s.State)
	if err != nil && len(known) == 0 {
		return err
	}
	if err != nil {
		s.Warn("%v", errors.Unwrap(err))
	}
	list := make([]vaultJSON, len(known))
	rows := make([][]string, len(known))
	for i, k := range known {
		j := vaultJSON{k.Path, k.ID, "there", k.Since, k.Seq, []attachmentJSON{}}
		switch {
		case k.There:
			j.Since = ""
		case k.Since != "":
			j.State = "moved"
		default:
			j.State = "gone"
		}
		var to []string
		for _, a := range k.Attached {
			j.Attached = append(j.Attached, attachmentJSON(a))
			name := failure.Printable(a.Folder)
			if a.Env != "" {
				name += " @" + a.Env
			}
			to = append(to, name)
		}
		list[i], rows[i] = j, []string{j.State, failure.Printable(k.Path), cmp.Or(strings.Join(to, ", "), "-")}
	}
	if s.JSON {
		return s.WriteJSON(list)
	}
	frame.PrintRows(s, []table.Column{{Title: "STATE"}, {Title: "VAULT", Least: 16}, {Title: "ATTACHED TO", Least: 16}}, rows)
	return nil
}
