package cli

import (
	"context"
	"strconv"

	"github.com/tacit-vault/tacit/vault"
)

func historyCommand(s *session) *command {
	return &command{
		name: "history", group: groupSecrets, args: "NAME", min: 1, max: 1,
		short: "list the versions of a secret; needs no key",
		long: `Lists the versions of NAME that are kept, newest first, deletions included. The
vault's policy says how many are kept (tacit policy --history N). In a pipe the
columns are version, time, size, kind, expiry and labels, separated by tabs, with
"-" for none.`,
		example: `tacit history API_KEY
tacit get API_KEY --at 3
tacit rollback API_KEY 3`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitTampered, exitBusy, exitDisk},
		run: func(ctx context.Context, args []string) error {
			return runHistory(ctx, s, args[0])
		},
	}
}

func runHistory(ctx context.Context, s *session, name string) error {
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	infos, err := v.History(ctx, name)
	if err != nil {
		return err
	}
	if s.json {
		return s.writeJSON(toInfosJSON(infos))
	}
	tty := isTerminal(s.Out)
	rows := make([][]string, len(infos))
	for i, in := range infos {
		rows[i] = []string{strconv.FormatUint(in.Version, 10), stamp(in.Updated), strconv.FormatInt(in.Size, 10), in.Kind}
		if tty {
			rows[i][1], rows[i][2] = s.age(in.Updated), size(in.Size)
		}
		rows[i] = append(rows[i], s.attributeCells(in, tty)...)
	}
	s.rows(append([]string{"VERSION", "AGE", "SIZE", "KIND"}, attributeHeader...), rows)
	return nil
}

func rollbackCommand(s *session) *command {
	return &command{
		name: "rollback", group: groupSecrets, args: "NAME VERSION", min: 2, max: 2,
		short: "make an older version of a secret the current one",
		long: `Stores the value of an older version of NAME as a new version. It can undo a
deletion.`,
		example: `tacit history API_KEY
tacit rollback API_KEY 3`,
		codes: []int{exitNotFound, exitInvalid, exitExists, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		run: func(ctx context.Context, args []string) error {
			version, err := parseVersion(args[1])
			if err != nil {
				return err
			}
			return runRollback(ctx, s, args[0], version)
		},
	}
}

func runRollback(ctx context.Context, s *session, name string, version uint64) error {
	s.first(hasVersion("rollback", name, version))
	var info vault.Info
	err := s.writing(ctx, func(v opened) (err error) {
		info, err = v.Rollback(ctx, name, version)
		return err
	})
	if err != nil {
		return err
	}
	return s.stored(info, "brought back version "+strconv.FormatUint(version, 10)+" of")
}
