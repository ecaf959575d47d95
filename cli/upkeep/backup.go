package upkeep

import (
	"context"
	"fmt"
	"io"
	"os"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type backupOptions struct {
	file       string
	since      string
	force      bool
	toAge      string
	recipients urfave.StringSlice
}

func BackupCommand(s *frame.Session) *cmdline.Command {
	var o backupOptions
	return &cmdline.Command{
		Name: "backup", Group: cmdline.GroupVault, Args: "FILE", Max: 1,
		Short: "write the whole vault to one file",
		Long: `Writes the vault as it is now, with history, key slots and the log of its heads,
to FILE, or to standard output where FILE is -. The backup is encrypted as the
vault is: names can be read, values cannot. The vault's own keys open it. It
proves by itself that nothing in it was changed, moved or left out. FILE appears
complete or not at all, and only its owner can read it.

While a backup is written, other commands can read the vault. A command that
changes the vault waits, unless an agent has the vault open (tacit unlock). So if
the program that reads - or a pipe is slow, write the backup to a file first, and
send that.

--since OLD leaves out what OLD holds. OLD must be a backup of this vault under
the same keys. tacit restore takes both, OLD first.

--to-age DIR writes something else: one plain age file for each secret,
DIR/NAME.age, with exactly its value, to be used with age alone. They are sealed
to each --recipient, else to the age and SSH keys of the key slots.

Without tacit, the script that tacit man --recovery prints gets the values and key
slots out of FILE; stock age opens them.`,
		Example: `tacit backup vault.bak
tacit backup - | ssh host 'cat > vault.bak'
tacit backup --since monday.bak tuesday.bak
tacit backup --to-age plain --recipient age1…`,
		Codes: []int{failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "since", Usage: "only what changed since the backup in `OLD`", Destination: &o.since},
			&urfave.StringFlag{Name: "to-age", Usage: "one plain age file a secret, in the new folder `DIR`", Destination: &o.toAge},
			&urfave.StringSliceFlag{Name: "recipient", Usage: "with --to-age: seal to an age `RECIPIENT` (age1…) or an SSH public key; may be repeated", Destination: &o.recipients},
			&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "replace FILE, or write to a terminal", Destination: &o.force},
		},
		Run: func(ctx context.Context, args []string) error {
			switch {
			case o.toAge != "" && (len(args) > 0 || o.since != "" || o.force):
				return failure.Usage("backup: --to-age stands alone: it takes no FILE, --since or --force")
			case o.toAge != "":
				return backupToAge(ctx, s, o)
			case len(o.recipients.Value()) > 0:
				return failure.Usage("backup: --recipient is for --to-age; a backup opens with the vault's own keys")
			case len(args) == 0 || args[0] == "":
				return failure.Usage("backup needs FILE").Hinted("tacit backup --help")
			}
			if o.file = args[0]; system.StandardOutput(o.file) {
				o.file = "-"
			}
			return runBackup(ctx, s, o)
		},
	}
}

// backupJSON is what is in a backup.
type backupJSON struct {
	File    string `json:"file"`
	Commits uint64 `json:"commits"`
	Since   uint64 `json:"since,omitempty"` // the commit that it adds to
	Names   int    `json:"names"`           // deleted ones, and tacit's own, included
	Records int    `json:"records"`         // versions of them
	Bytes   int64  `json:"bytes"`
}

func runBackup(ctx context.Context, s *frame.Session, o backupOptions) error {
	if err := checkBackupTarget(s, o); err != nil {
		return err
	}
	options, err := o.base(ctx)
	if err != nil {
		return err
	}
	// Before the vault: whoever changes it waits until it is closed.
	var d *disk.Destination
	out := io.Writer(terminal.PatientWriter{Ctx: ctx, W: s.Out})
	if o.file != "-" {
		if d, err = disk.OpenDestination(ctx, o.file); err != nil {
			return err
		}
		defer d.Drop()
		out = d
	}
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return err
	}
	defer v.Close()
	bar := s.Progress("writing")
	options.Progress = bar.Update
	report, err := v.Backup(ctx, out, options)
	bar.Done()
	switch {
	case d == nil && err != nil:
		return err
	case d == nil:
		noteBackup(s, v.Status())
		return nil
	case err != nil:
		return d.Error(err)
	}
	if err := d.Keep(ctx); err != nil {
		return err
	}
	noteBackup(s, v.Status())
	return tellBackup(s, o.file, report, v.Status().Names)
}

// noteBackup remembers the backup, for status. If the machine cannot write that down,
// the backup is no worse for it.
func noteBackup(s *frame.Session, st vault.Status) { _ = vault.NoteBackup(s.State, st, s.Now()) }

// base reads the backup to add to.
func (o backupOptions) base(ctx context.Context) (options vault.BackupOptions, err error) {
	if o.since == "" {
		return options, nil
	}
	f, err := terminal.OpenFile(ctx, o.since, os.O_RDONLY)
	if err != nil {
		return options, failure.FileError("reading", o.since, err)
	}
	defer f.Close()
	options.Since, err = vault.ReadBase(vault.BackupSource{Name: o.since, Reader: terminal.PatientReader{Ctx: ctx, R: f}})
	return options, err
}

func tellBackup(s *frame.Session, file string, r vault.BackupReport, secrets int) error {
	if s.JSON {
		return s.WriteJSON(backupJSON{
			File: file, Commits: r.Seq, Since: r.Since, Names: r.Names, Records: r.Records, Bytes: r.Bytes,
		})
	}
	what := frame.Count(secrets, "secret")
	if r.Since > 0 {
		what = fmt.Sprintf("what came since commit %d of %s", r.Since, what)
	}
	s.Note("wrote %s to %s, at commit %d", what, file, r.Seq)
	return nil
}
