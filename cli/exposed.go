package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/vault"
)

func exposedCommand(s *session) *command {
	return &command{
		name: "exposed", group: groupKeys,
		short: "list the secrets that a removed key could have read",
		long: `Lists each secret whose present value was there when a key slot was removed: the
holder of that key may know it. Change it where it is used, then run tacit set.
Copies, renames, rollbacks and rotations do not change a value, so it stays on the
list. The exit code is 0 with or without findings.`,
		example: `tacit exposed
tacit exposed --json | jq -r '.[].name'`,
		codes: []int{exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		run: func(ctx context.Context, _ []string) error {
			return runExposed(ctx, s)
		},
	}
}

type exposedJSON struct {
	Name    string   `json:"name"`
	Version uint64   `json:"version"`
	Updated string   `json:"updated"`
	By      []string `json:"by"` // labels of the removed key slots
	Since   string   `json:"since"`
}

func runExposed(ctx context.Context, s *session) error {
	v, err := s.open(ctx, values)
	if err != nil {
		return err
	}
	defer v.Close()
	list, err := v.Exposed(ctx)
	if err != nil {
		return err
	}
	if s.json {
		out := make([]exposedJSON, len(list))
		for i, x := range list {
			out[i] = exposedJSON{x.Name, x.Version, stamp(x.Updated), x.By, stamp(x.Since)}
		}
		return s.writeJSON(out)
	}
	if len(list) == 0 && isTerminal(s.Out) {
		s.note("nothing is exposed: no key was removed that could have read what is there now")
	}
	s.rows([]string{"NAME", "VERSION", "UPDATED", "KNOWN TO"}, exposedRows(list))
	return nil
}

func exposedRows(list []vault.Exposure) [][]string {
	rows := make([][]string, len(list))
	for i, x := range list {
		rows[i] = []string{x.Name, strconv.FormatUint(x.Version, 10), day(x.Updated), strings.Join(x.By, ", ")}
	}
	return rows
}
