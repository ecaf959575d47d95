package secrets

import (
	"context"
	"strconv"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

func HistoryCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "history", Group: cmdline.GroupSecrets, Args: "NAME", Min: 1, Max: 1,
		Short: "list the versions of a secret; needs no key",
		Long: `Lists the versions of NAME that are kept, newest first, deletions included. The
vault's policy says how many are kept (tacit policy --history N). In a pipe the
columns are version, time, size, kind, expiry and labels, separated by tabs, with
"-" for none.`,
		Example: `tacit history API_KEY
tacit get API_KEY --at 3
tacit rollback API_KEY 3`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Run: func(ctx context.Context, args []string) error {
			return runHistory(ctx, s, args[0])
		},
	}
}

func runHistory(ctx context.Context, s *frame.Session, name string) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	infos, err := v.History(ctx, name)
	if err != nil {
		return err
	}
	if s.JSON {
		return s.WriteJSON(frame.ToInfosJSON(infos))
	}
	if terminal.IsTerminal(s.Out) {
		printHistory(s, infos)
		return nil
	}
	rows := make([][]string, len(infos))
	for i, in := range infos {
		for _, name := range historyColumns {
			rows[i] = append(rows[i], columnOf(name).text(in))
		}
	}
	s.Lines(rows)
	return nil
}

// historyColumns are those of ls, without the name.
var historyColumns = []string{"version", "changed", "size", "kind", "expires", "labels"}

// printHistory is the history for people.
func printHistory(s *frame.Session, infos []vault.Info) {
	t := table.Table{}
	for _, name := range historyColumns {
		t.Columns = append(t.Columns, columnOf(name).Column)
	}
	t.Columns[0] = table.Column{Title: "VERSION", Least: 8}
	for i, in := range infos {
		row := make([]table.Cell, len(historyColumns))
		for n, name := range historyColumns {
			row[n] = columnOf(name).cell(s, in)
		}
		switch {
		case in.Deleted:
			row[0] = table.Text(versionText(in) + " deleted")
		case i == 0:
			row[0] = table.Cell{Line: style.Line{{Text: versionText(in) + " "}, {Role: style.Strong, Text: "current"}}}
		}
		t.Rows = append(t.Rows, row)
	}
	frame.PrintTable(s, t)
}

func RollbackCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "rollback", Group: cmdline.GroupSecrets, Args: "NAME VERSION", Min: 2, Max: 2,
		Short: "make an older version of a secret the current one",
		Long: `Stores the value of an older version of NAME as a new version. It can undo a
deletion.`,
		Example: `tacit history API_KEY
tacit rollback API_KEY 3`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Run: func(ctx context.Context, args []string) error {
			version, err := parseVersion(args[1])
			if err != nil {
				return err
			}
			return runRollback(ctx, s, args[0], version)
		},
	}
}

func runRollback(ctx context.Context, s *frame.Session, name string, version uint64) error {
	s.First(frame.HasVersion("rollback", name, version))
	var info vault.Info
	err := s.Writing(ctx, func(v frame.OpenVault) (err error) {
		info, err = v.Rollback(ctx, name, version)
		return err
	})
	if err != nil {
		return err
	}
	return tellStored(s, info, "brought back version "+strconv.FormatUint(version, 10)+" of")
}
