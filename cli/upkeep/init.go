package upkeep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/keys"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

type initOptions struct {
	policyOptions
	dir        string
	here       bool
	recipients urfave.StringSlice
	pq         bool
	keyring    bool
}

func InitCommand(s *frame.Session) *cmdline.Command {
	var o initOptions
	return &cmdline.Command{
		Name: "init", Group: cmdline.GroupVault, Args: "[DIR]", Max: 1,
		Short: "make a vault",
		Long: `Makes a vault in DIR. Without DIR it makes the default vault, which tacit uses
when no other is named. DIR must be new or empty; what a stopped init left there
is no obstacle. --here makes a vault for the current folder, and attaches it: it
lies in $XDG_DATA_HOME/tacit/projects, and commands find it from that folder and
below. With @NAME it is that environment of the project. The flags choose what opens
the vault: --identity FILE (made if it is missing), --passphrase-file and its like
(the new passphrase), --recipient, --keyring. Each becomes a key slot, and any of
them opens the vault.

Without such flags, on a terminal, init asks for a passphrase and offers to make
one. It also offers to keep the vault unlocked for an hour, as tacit unlock --ttl
1h does. Without a terminal it makes an age identity file at the default place,
and says so. Keep a copy of that file elsewhere: without a key the secrets are
lost.`,
		Example: `tacit init
tacit init --here
tacit init --here @prod
tacit init .tacit --identity ~/.config/tacit/identity.txt
tacit init /srv/vault --pq --recipient age1pq1… --passphrase-file phrase.txt`,
		Codes: []int{failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitTampered, failure.ExitDisk},
		Flags: append([]urfave.Flag{
			&urfave.BoolFlag{Name: "here", Usage: "make it for the current folder, outside of it, and attach it", Destination: &o.here},
			&urfave.StringSliceFlag{Name: "recipient", Usage: "open it also with the key of an age `RECIPIENT` (age1…) or SSH public key; may be repeated", Destination: &o.recipients},
			&urfave.BoolFlag{Name: "pq", Usage: "post-quantum: values and slots, not signatures (SECURITY.md)", Destination: &o.pq},
			&urfave.BoolFlag{Name: "keyring", Usage: "open it with a random key, kept in this system's keyring", Destination: &o.keyring},
		}, o.policyOptions.flags()...),
		Run: func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.dir = args[0]
			}
			return runInit(ctx, s, o)
		},
	}
}

type initJSON struct {
	frame.StatusJSON
	Identity string `json:"identity,omitempty"` // the identity file that was made
}

func runInit(ctx context.Context, s *frame.Session, o initOptions) error {
	dir, h, err := initDir(s, o)
	if err != nil {
		return err
	}
	// Before anything is asked or made; the vault checks again.
	if err := vault.Vacant("init", dir, s.State); err != nil {
		return err
	}
	if err := vacant("init", dir); err != nil {
		if left, lerr := vault.Leavings(dir, s.State); lerr != nil || !left {
			return err
		}
		s.Say("%s holds only what a stopped init left there: it is made again", dir)
	}
	b := keys.SlotBuilder{S: s, Dir: dir, Pq: o.pq}
	defer func() { clear(b.Stay) }()
	if err := b.Collect(ctx, o.recipients.Value(), o.keyring); err != nil {
		return errors.Join(err, b.Undo(ctx))
	}
	st, err := createVault(ctx, s, dir, o, b.Slots)
	if err != nil {
		return errors.Join(err, b.Undo(ctx))
	}
	if err := h.attach(s, st.Path); err != nil {
		return err
	}
	if s.JSON {
		j := initJSON{StatusJSON: frame.StatusOf(st)}
		if len(b.Made) > 0 {
			j.Identity = b.Made[0]
		}
		err = s.WriteJSON(j)
	} else {
		fmt.Fprintf(s.Results, "vault %s\npin   %s\n", failure.Printable(st.Path), st.Pin)
		err = s.Flush()
		s.ExplainPin()
	}
	for _, path := range b.Made {
		s.Say("made the identity file %s, which opens the vault; keep a copy elsewhere: without a key the secrets are lost", path)
	}
	if b.Used != "" {
		s.Say("the identity file %s opens the vault", b.Used)
	}
	keys.StayUnlocked(ctx, s, st.Path, b.Stay)
	nextCommands(s, dir)
	return err
}

// initDir is where the vault will be, and the folder that it is made for.
func initDir(s *frame.Session, o initOptions) (dir string, h here, err error) {
	env, err := frame.EnvOf(s)
	if err != nil {
		return "", h, err
	}
	switch {
	case o.here:
		return vaultForHere(s, o, env)
	case o.dir != "" && s.Vault != "":
		return "", h, failure.Usage("init: DIR and --vault: give one of them")
	case o.dir != "" && len(s.Envs.Value()) > 0:
		return "", h, failure.Usage("init: DIR and @%s: give one of them", env).
			Hinted("{tacit init --here}, or name the folder as that environment is called: %s", shell.QuotePath(vault.DotName(env)))
	case o.dir != "":
		return o.dir, h, nil
	case s.Named() != "":
		return s.Named(), h, nil
	case env != "":
		dir, err = envOutside(s, env)
		return dir, h, err
	}
	dir, err = s.DefaultVault()
	return dir, h, err
}

// vacant refuses a folder that is not free, in the words of the vault's own
// check, before a passphrase is asked for it. What a file system or a desktop left
// there is in nobody's way.
func vacant(op, dir string) error {
	entries, err := vault.Entries(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, syscall.ENOTDIR):
		return failure.Fault(vault.Exists, "%s %s: there is a file here, or in the way to it", op, dir).Hinted("rename or remove it, or name a new folder")
	case err != nil:
		return failure.FileError(op, dir, err)
	case len(entries) == 0:
		return nil
	}
	for _, e := range entries {
		if e.Name() == "VAULT" {
			return failure.Fault(vault.Exists, "%s %s: there is a vault here already", op, dir).Hinted("use it as it is, or name a new folder")
		}
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.IsDir() && (e.Name() == "db" || e.Name() == "slots") }) {
		return failure.Fault(vault.Exists, "%s %s: the folder is not empty: it may hold what is left of a vault", op, dir).
			Hinted("{tacit rescue %s --to NEW}, if there was a vault in it; else name a new folder", shell.QuotePath(dir))
	}
	return failure.Fault(vault.Exists, "%s %s: the folder is not empty", op, dir).Hinted("name a new folder")
}

func createVault(ctx context.Context, s *frame.Session, dir string, o initOptions, slots []vault.NewSlot) (vault.Status, error) {
	v, err := vault.Create(ctx, dir, vault.CreateOptions{
		PostQuantum: o.pq, Slots: slots, Policy: o.over(vault.DefaultPolicy()), State: s.State,
		Now: s.Now, Warn: func(err error) { s.Warn("%v", err) },
	})
	if err != nil {
		return vault.Status{}, onDisk(dir, err)
	}
	st := v.Status()
	if err := v.Close(); err != nil {
		return st, err
	}
	if health.Folds(st.Path) && !foldsAlways {
		s.Say("this disk takes VAULT and vault for one name: that is no harm, as long as no program mixes them up")
	}
	if name, ok := health.Shared(st.Path); ok {
		s.Warn("the vault lies on %s: another system there does not see this one's locks; use the vault from one of them at a time, or make it on a local disk", name)
	}
	hideFromGit(s, st.Path)
	return st, nil
}

// onDisk names the file system on which a folder cannot be closed to others.
func onDisk(dir string, err error) error {
	var e *vault.SecretError
	if !errors.As(err, &e) || e.Code != vault.Unsafe {
		return err
	}
	name, ok := health.Modeless(filepath.Dir(dir))
	if !ok {
		return err
	}
	named := *e
	named.Message = "the disk is " + name + ", which keeps no owners and modes: a folder on it cannot be closed to others"
	named.Remedy = remedy.To(remedy.MountForYourself)
	return &named
}

// foldsAlways: the system's disks ignore case, as a rule, and everybody knows.
const foldsAlways = runtime.GOOS == "windows" || runtime.GOOS == "darwin"

// hideFromGit keeps git from a vault called .tacit, or .tacit.NAME, in a git tree: git
// cannot keep the vault's 0700, and would keep its history for good. What is so hidden, and what
// is not, git clean deletes, which is said.
func hideFromGit(s *frame.Session, dir string) {
	if !inGit(filepath.Dir(dir)) {
		return
	}
	if _, ok := vault.OfDotName(filepath.Base(dir)); !ok {
		s.Say("the vault lies in a git tree: git clean -d deletes it, and git add adds it; keep a backup elsewhere: tacit backup FILE --vault %s", shell.QuotePath(dir))
		return
	}
	if err := vault.Ignore(dir); err != nil {
		s.Warn("%v", failure.FileError("writing", filepath.Join(dir, ".gitignore"), err))
		return
	}
	s.Say("git leaves the vault alone, but git clean -x deletes it; keep a backup elsewhere: tacit backup FILE --vault %s", shell.QuotePath(dir))
}

// inGit tells whether dir lies in a git tree.
func inGit(dir string) bool {
	_, ok := disk.GitTree(dir)
	return ok
}
