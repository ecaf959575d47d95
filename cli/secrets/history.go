package secrets

import (
	"context"
	"strconv"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
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
	tty := terminal.IsTerminal(s.Out)
	rows := make([][]string, len(infos))
	for i, in := range infos {
		rows[i] = []string{strconv.FormatUint(in.Version, 10), frame.Stamp(in.Updated), strconv.FormatInt(in.Size, 10), in.Kind}
		if tty {
			rows[i][1], rows[i][2] = s.Age(in.Updated), frame.Size(in.Size)
		}
		rows[i] = append(rows[i], attributeCells(s, in, tty)...)
	}
	s.Rows(append([]string{"VERSION", "AGE", "SIZE", "KIND"}, attributeHeader...), rows)
	return nil
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
