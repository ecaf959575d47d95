package group

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
)

// statusJSON is what is known of a group without asking anybody.
type statusJSON struct {
	Group     string   `json:"group"`
	ID        string   `json:"id"`
	Role      string   `json:"role"`   // "" while the vault waits to be admitted, or was removed
	Member    string   `json:"member"` // this vault's label
	Waiting   bool     `json:"waiting"`
	Asked     string   `json:"asked,omitempty"` // when it asked to join, while it waits
	Removed   bool     `json:"removed"`
	Renewing  bool     `json:"renewing,omitempty"` // it has asked for new keys, or a new id
	Owner     string   `json:"owner"`
	Patterns  []string `json:"patterns"`
	Prefix    string   `json:"prefix,omitempty"`
	Addresses []string `json:"addresses"`
	Epoch     uint64   `json:"epoch"`
	Secrets   int      `json:"secrets"`
	Unsent    int      `json:"unsent"`
	Queued    int      `json:"queued"`
	Conflicts int      `json:"conflicts"`
	Synced    string   `json:"synced"`
	AsOf      string   `json:"as_of"`
	Behind    []string `json:"behind"`
}

func toStatusJSON(st group.Status) statusJSON {
	return statusJSON{
		Group: st.Label, ID: st.ID.String(), Role: string(st.Role), Member: st.Member, Waiting: st.Waiting, Asked: frame.Stamp(st.Asked), Removed: st.Removed, Renewing: st.Renewing,
		Owner: st.Owner, Patterns: append([]string{}, st.Patterns...), Prefix: st.Prefix, Addresses: append([]string{}, st.Places...),
		Epoch: st.Epoch, Secrets: st.Names, Unsent: st.Unsent, Queued: st.Queued, Conflicts: st.Conflicts,
		Synced: frame.Stamp(st.Synced), AsOf: frame.Stamp(st.AsOf), Behind: append([]string{}, st.Behind...),
	}
}

// roleText is the role for people.
func roleText(st group.Status) string {
	switch {
	case st.Removed:
		return "removed"
	case st.Waiting:
		return "waiting"
	}
	return string(st.Role)
}

// runList lists the groups of the names, or all.
func runList(ctx context.Context, s *frame.Session, names []string) error {
	list := []group.Status{}
	err := readingVault(ctx, s, func(v *vault.Vault) error {
		groups, err := group.List(ctx, v)
		if len(names) > 0 {
			groups, err = named(ctx, v, names)
		}
		for _, g := range groups {
			st, err := g.Show(ctx)
			if err != nil {
				return err
			}
			list = append(list, st)
		}
		return err
	})
	if err != nil {
		return err
	}
	if s.JSON {
		out := make([]statusJSON, len(list))
		for i, st := range list {
			out[i] = toStatusJSON(st)
		}
		return s.WriteJSON(out)
	}
	rows := make([][]string, len(list))
	for i, st := range list {
		rows[i] = []string{
			nameOf(st), roleText(st), strconv.Itoa(st.Names), strconv.Itoa(st.Unsent), strconv.Itoa(st.Conflicts),
			ago(s, st.AsOf), ago(s, st.Synced),
		}
	}
	frame.PrintRows(s, []table.Column{
		{Title: "GROUP", Least: 8},
		{Title: "ROLE"},
		{Title: "SECRETS", Right: true, Falls: 3},
		{Title: "UNSENT", Right: true, Falls: 2},
		{Title: "CONFLICTS", Right: true},
		{Title: "AS OF", Falls: 4},
		{Title: "SYNCED", Falls: 1},
	}, rows)
	if len(list) == 0 {
		s.Note("this vault is in no group")
	}
	return nil
}

// runShow shows one group.
func runShow(ctx context.Context, s *frame.Session, o *options) error {
	var st group.Status
	err := reading(ctx, s, o.name, func(g *group.Group) (err error) {
		st, err = g.Show(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(toStatusJSON(st))
	}
	for _, row := range showRows(s, st) {
		fmt.Fprintf(s.Results, "%-10s %s\n", row[0], failure.Printable(row[1]))
	}
	return nil
}

func showRows(s *frame.Session, st group.Status) [][2]string {
	rows := [][2]string{{"group", nameOf(st)}, {"id", st.ID.String()}, {"role", roleText(st)}, {"member", st.Member}}
	if st.Waiting {
		waiting := "for the owner to admit this vault"
		if !st.Asked.IsZero() {
			waiting += ", asked " + ago(s, st.Asked)
		}
		rows = append(rows, [2]string{"waiting", waiting})
	} else {
		rows = append(rows, [2]string{"owner", st.Owner}, [2]string{"names", strings.Join(st.Patterns, ", ")})
	}
	if st.Renewing {
		rows = append(rows, [2]string{"new keys", "asked for; the owner’s next tacit sync gives them"})
	}
	if st.Prefix != "" {
		rows = append(rows, [2]string{"prefix", st.Prefix})
	}
	for _, address := range st.Places {
		rows = append(rows, [2]string{"address", address})
	}
	rows = append(rows, [][2]string{
		{"secrets", strconv.Itoa(st.Names)},
		{"unsent", frame.Count(st.Unsent, "change") + ", " + frame.Count(st.Queued, "file") + " that an address lacks"},
		{"conflicts", strconv.Itoa(st.Conflicts)},
		{"synced", ago(s, st.Synced)},
		{"as of", ago(s, st.AsOf)},
	}...)
	if st.Careful {
		rows = append(rows, [2]string{"restored", "nothing is sent until every address was asked for what this vault has written"})
	}
	if len(st.Behind) > 0 {
		rows = append(rows, [2]string{"behind", strings.Join(st.Behind, ", ") + ": the owner has not taken their newest changes yet"})
	}
	return rows
}
