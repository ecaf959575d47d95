package upkeep

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/keys"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

type restoreOptions struct {
	files   []string
	replace bool
	check   bool
	yes     bool
}

func RestoreCommand(s *frame.Session) *cmdline.Command {
	var o restoreOptions
	return &cmdline.Command{
		Name: "restore", Group: cmdline.GroupVault, Args: "FILE [SINCE…]", Min: 1, Max: -1,
		Short: "make a vault from a backup, or check a backup",
		Long: `Makes the vault that a backup holds, in the folder that --vault names. The folder
must be new or empty; with --replace the vault there is replaced. FILE - is
standard input. Give backups made with --since after the backup that they were
made since. The keys of the vault in the backup open it.

The vault is built beside the folder, every value in it is decrypted, and only
then it takes its place, in one step. If this machine has seen a newer state, or
other keys, tacit says so and asks first: what came after the backup is lost, and
key slots that were removed since open the vault again. The restored vault begins
with a commit of its own, so that what was discarded cannot come back.

--check reads and proves everything, and writes nothing. Without a key it proves
what the vault's signature covers, and says so.`,
		Example: `tacit restore vault.bak --vault ~/restored
tacit restore full.bak monday.bak tuesday.bak --replace
tacit restore vault.bak --check`,
		Codes: []int{failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "replace", Usage: "replace the existing vault", Destination: &o.replace},
			&urfave.BoolFlag{Name: "check", Usage: "prove the backup, and write nothing", Destination: &o.check},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
		},
		Run: func(ctx context.Context, args []string) error {
			o.files = args
			return runRestore(ctx, s, o)
		},
	}
}

func runRestore(ctx context.Context, s *frame.Session, o restoreOptions) error {
	dir, _, err := s.Locate()
	if err != nil {
		return err
	}
	sources, closeAll, err := backupSources(ctx, s, o.files)
	if err != nil {
		return err
	}
	defer closeAll()
	if !o.check {
		if err := placeForBackup(s, dir, o.replace); err != nil {
			return err
		}
	}
	frame.MeetAgent(ctx, s, dir)
	system.Undumpable()
	b, err := vault.OpenBackup(sources, s.Options(false))
	if err != nil {
		return err
	}
	defer b.Close()
	err = unlockBackup(ctx, s, b)
	if o.check {
		return checkBackup(ctx, s, b, err)
	}
	if err != nil {
		return err
	}
	lockAgent, release, err := agentOf(ctx, s, dir)
	if err != nil {
		return err
	}
	defer release()
	bar := s.Progress("restoring")
	st, err := b.Restore(ctx, dir, vault.RestoreOptions{
		Replace: o.replace, Progress: bar.Update,
		Confirm: func(p vault.RestorePlan) error { return confirmRestore(ctx, s, p, o) },
	})
	bar.Done()
	if err != nil {
		return err
	}
	if err := lockAgent(); err != nil {
		s.Warn("the agent still has the vault that was replaced open: %v; tacit lock", err)
	}
	hideFromGit(s, st.Path)
	if s.JSON {
		return s.WriteJSON(frame.StatusOf(st))
	}
	tellGroups(ctx, s, st)
	s.Say("restored %s to %s, verified; it is at commit %d, pin %s", frame.Count(st.Names, "secret"), st.Path, st.Seq, st.Pin)
	return nil
}

// placeForBackup refuses a folder that a restore would refuse, before a passphrase is
// asked for. The vault checks again.
func placeForBackup(s *frame.Session, dir string, replace bool) error {
	entries, err := vault.Entries(dir)
	if err != nil || len(entries) == 0 {
		return nil // the restore says what is wrong with it
	}
	isVault := func(e fs.DirEntry) bool { return e.Name() == "VAULT" || e.Name() == "db" }
	switch _, known, _ := vault.Remembered(dir, s.State); {
	case !slices.ContainsFunc(entries, isVault) && !known:
		return failure.Fault(vault.Exists, "restore %s: the folder is not empty, and no vault", dir).Hinted("name a new folder with --vault DIR")
	case !replace:
		return failure.Fault(vault.Exists, "restore %s: there is a vault here already", dir).
			Hinted("put the backup in its place with --replace, or name a new folder with --vault DIR")
	}
	return nil
}

// backupSources opens the files; - is standard input.
func backupSources(ctx context.Context, s *frame.Session, files []string) (sources []vault.BackupSource, closeAll func(), err error) {
	var open []*os.File
	closeAll = func() {
		for _, f := range open {
			f.Close()
		}
	}
	stdin := 0
	for _, file := range files {
		if file == "-" {
			if stdin++; stdin > 1 {
				closeAll()
				return nil, nil, failure.Usage("restore: standard input is one file, and - was given twice")
			}
			sources = append(sources, vault.BackupSource{Name: "standard input", Reader: terminal.PatientReader{Ctx: ctx, R: s.In}})
			continue
		}
		f, err := terminal.OpenFile(ctx, file, os.O_RDONLY)
		if err != nil {
			closeAll()
			return nil, nil, failure.FileError("reading", file, err)
		}
		open = append(open, f)
		sources = append(sources, vault.BackupSource{Name: file, Reader: terminal.PatientReader{Ctx: ctx, R: f}})
	}
	return sources, closeAll, nil
}

// unlockBackup tries the keys at hand on the backup, then asks for a passphrase
// where it has a slot for one.
func unlockBackup(ctx context.Context, s *frame.Session, b *vault.Backup) error {
	w, err := s.AvailableKeys(ctx)
	if err != nil {
		return err
	}
	w.Vault = b.Status()
	w.Which = "any key that opened the vault when the backup was made"
	return s.TryOrAsk(ctx, w, func(keys ...keyring.Key) error { return b.Unlock(ctx, keys...) }, nil)
}

// checkJSON is what a backup was found to hold.
type checkJSON struct {
	OK      bool   `json:"ok"`
	Full    bool   `json:"full"` // with a key: every value was decrypted
	ID      string `json:"id"`
	Pin     string `json:"pin"`
	Commits uint64 `json:"commits"`
	Secrets int    `json:"secrets"`
	Deleted int    `json:"deleted"`
	Records int    `json:"records"`
}

// checkBackup proves a backup; locked is why no key opens it, nil if one does.
func checkBackup(ctx context.Context, s *frame.Session, b *vault.Backup, locked error) error {
	if locked != nil && (s.GivesKey() || failure.Explain(locked).Exit != failure.ExitNoKey) {
		return locked
	}
	bar := s.Progress("checking")
	r, err := b.Check(ctx, vault.CheckOptions{Progress: bar.Update})
	bar.Done()
	if err != nil {
		return err
	}
	st := b.Status()
	if locked != nil {
		s.Say("checked without a key: the pin %s signs all of it; whether that is the vault's, and whether values open, a key tells", st.Pin)
	}
	if s.JSON {
		return s.WriteJSON(checkJSON{true, r.Full, st.ID, st.Pin, st.Seq, r.Names, r.Gone, r.Records})
	}
	how := "read"
	if r.Full {
		how = "decrypted"
	}
	fmt.Fprintf(s.Results, "ok: %s in %s %s, at commit %d\n", frame.Count(r.Names, "secret"), frame.Count(r.Records, "version"), how, st.Seq)
	return nil
}

// confirmRestore says what a restore gives up, and asks where there is anything.
func confirmRestore(ctx context.Context, s *frame.Session, p vault.RestorePlan, o restoreOptions) error {
	tellPlan(s, p)
	if o.yes {
		return nil
	}
	switch {
	case p.Replaces:
		return s.Confirm(ctx, "--yes", "Replace the vault %s by the backup?", failure.Printable(p.Dir))
	case p.Discards() > 0, p.Known && p.Pin != p.Backup.Pin:
		return s.Confirm(ctx, "--yes", "Take the backup as the vault, and discard what was newer?")
	}
	return nil
}

// tellPlan says what comes back, and what differs from what is there and from
// what was seen. It is told, not an error: the lines look like those of trust.
func tellPlan(s *frame.Session, p vault.RestorePlan) {
	tell := func(what, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if s.JSON {
			s.ErrJSON("note", what+" "+text, "", remedy.Remedy{})
			return
		}
		fmt.Fprintf(s.Err, "%-8s %s\n", what, failure.Printable(text))
	}
	at := func(st vault.Status) string {
		return fmt.Sprintf("at commit %d of %s", st.Seq, frame.Stamp(st.Changed))
	}
	state := func(st vault.Status) string { return frame.Count(st.Names, "secret") + ", " + at(st) }
	st := p.Backup
	tell("backup", "%s", at(st)) // how many of its names are secrets is known when it was read
	tell("vault", "%s", st.ID)
	tell("pin", "%s", st.Pin)
	switch t := p.There; {
	case t != nil && t.ID != st.ID:
		tell("there is", "another vault, %s, which will be deleted: %s", t.ID, state(*t))
	case t != nil:
		tell("there is", "%s", state(*t))
	case p.Replaces:
		tell("there is", "a vault that cannot be opened, or is not proven")
	}
	if n := p.Discards(); n > 0 {
		tell("missing", "what the last %s changed: this machine has seen commit %d", frame.Count(int(n), "commit"), st.Seq+n)
	}
	if p.Known && p.Pin != st.Pin {
		tell("known is", "the pin %s: the keys were rotated in between, or the backup is another's", p.Pin)
	}
	if len(p.Returning) > 0 {
		tell("open it", "again: the key slots %s", keys.LabelsOf(p.Returning))
	}
}

// agentOf makes the agent of a vault give it away until release is called; lock
// ends the agent. Both do nothing where there is none.
func agentOf(ctx context.Context, s *frame.Session, dir string) (lock func() error, release func(), err error) {
	c, _, err := frame.DialAgent(ctx, s, dir)
	if err != nil {
		return nil, nil, err
	}
	if c == nil {
		return func() error { return nil }, func() {}, nil
	}
	release, err = frame.AgentYields(ctx, s, c)
	return func() error { return c.Lock(ctx) }, release, err
}
