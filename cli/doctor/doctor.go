package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

type doctorOptions struct {
	fix     bool
	verbose bool
}

func Command(s *frame.Session) *cmdline.Command {
	var o doctorOptions
	return &cmdline.Command{
		Name: "doctor", Group: cmdline.GroupVault,
		Short: "find what is wrong around the vault, and mend it",
		Long: `Checks what the vault depends on: permissions, the disk and its space, the file
system, unclean stops, what this machine remembers, the key slots, the agent, the
system's keyring, the clock, the environment, the groups that the vault is in, the
folders that it is attached to, and what stopped restores and backups have left
beside the vault. It also works where the vault does not open. It asks nothing, and
waits for nobody. Each finding comes with the command that mends it.

--fix runs these commands where that is safe. It closes what is open to others,
opens what its owner is kept out of, removes leftover files, restores the ballast,
tidies the database and the copies of the key slots. It prints what it did.

The exit code is 0 with advice at most, 1 with faults, and 8 where the vault was
tampered with or damaged. tacit verify checks what is in the vault, record by
record. With --json:
{"ok","level","vault","findings":[{"check","level","message","remedy","fixable"}],
"fixed":[…]}.`,
		Example: `tacit doctor
tacit doctor --fix
tacit doctor --json | jq -r '.findings[] | select(.level != "ok") | .remedy'`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "fix", Usage: "mend what can be mended safely", Destination: &o.fix},
			&urfave.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "also list what is fine", Destination: &o.verbose},
		},
		Run: func(ctx context.Context, _ []string) error {
			return runDoctor(ctx, s, o)
		},
	}
}

// doctorWait is how long doctor waits for somebody who writes: one command's
// write, and no more.
const doctorWait = 500 * time.Millisecond

// doctor is one look at a vault.
type doctor struct {
	s          *frame.Session
	dir        string // real path
	discovered bool
	gone       bool // this machine knows a vault there, and none is
	found      []diagnosis
}

func runDoctor(ctx context.Context, s *frame.Session, o doctorOptions) error {
	d := doctor{s: s}
	s.NoInput = true // it asks nothing, whatever there is at the terminal
	if err := d.locate(); err != nil {
		return err
	}
	if err := d.look(ctx); err != nil {
		return err
	}
	var fixed []string
	if o.fix {
		var err error
		if fixed, err = d.mendAll(ctx); err != nil {
			return err
		}
	}
	return d.tell(o, fixed)
}

// locate finds the vault, or what is left of it.
func (d *doctor) locate() error {
	dir, discovered, err := d.s.Locate()
	if err != nil {
		return err
	}
	d.discovered = discovered
	if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		d.add(health.Finding{
			Check: "permissions", Level: health.Fault, Message: "the vault folder " + dir + " is a symbolic link, which nothing else follows",
			Remedy: remedy.To(failure.NameRealVault),
		})
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if errors.Is(err, fs.ErrPermission) {
		f := failure.Explain(fmt.Errorf("looking at %s: %w", dir, failure.UnwrapPath(err)))
		f.Hint = ""
		f.Remedy, _ = health.Admit(dir)
		return f
	}
	for _, name := range []string{"VAULT", "db", "db.aside", "db.new"} {
		if err != nil {
			break
		}
		// Where nobody may look, there may be a vault: what keeps this user out is found.
		if _, missing := os.Lstat(filepath.Join(abs, name)); missing == nil || errors.Is(missing, fs.ErrPermission) {
			d.dir = abs
			return nil
		}
	}
	return d.noVault(dir, abs)
}

// look runs every check.
func (d *doctor) look(ctx context.Context) error {
	now := time.Now() // by the clock that files are dated by
	d.add(d.environment()...)
	d.attachments()
	if d.gone {
		d.identities()
		return d.memory(now)
	}
	d.add(health.Folder(d.dir, now, d.s.Owners()...)...)
	d.add(health.Parents(d.dir)...)
	d.add(health.Git(d.dir)...)
	d.add(health.FileSystem(d.dir)...)
	d.beside(ctx, now)
	d.identities()
	d.leftInMemory()
	if err := d.memory(now); err != nil {
		return err
	}
	behind := d.agent(ctx)
	if behind != nil {
		defer behind.Close()
	}
	db, err := health.Files(ctx, d.dir, doctorWait, behind != nil, func() (string, error) { return d.mend(ctx) })
	if err != nil {
		d.add(health.Finding{Check: "database", Level: health.Fault, Message: "the database cannot be looked at: " + failure.Text(err), Remedy: lookAgain(d.dir, err)})
		return ctx.Err()
	}
	for _, f := range db.Findings {
		if !(behind != nil && db.InUse && f.Check == "database") { // it is the agent that uses it
			d.add(f)
		}
	}
	switch {
	case behind != nil:
		d.behindAgent(ctx, behind)
	case db.Settled:
		d.inside(ctx)
	}
	return ctx.Err()
}

// lookAgain is what helps with a folder that could not be looked at.
func lookAgain(dir string, err error) remedy.Remedy {
	var at *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &at) {
		return remedy.To(remedy.LookAt, remedy.Path.Named(dir))
	}
	way, _ := health.Admit(at.Path)
	return way
}

// diagnosis is a finding, and its way out in words, where those are not a remedy's.
type diagnosis struct {
	health.Finding
	words failure.Hint
}

// because is the finding with the way out of a failure.
func (d diagnosis) because(f *failure.Failure) diagnosis {
	d.words, d.Remedy = f.Hint, f.Remedy
	return d
}

func (d *doctor) add(found ...health.Finding) {
	for _, f := range found {
		d.found = append(d.found, diagnosis{Finding: f})
	}
}

// addFailure adds a finding that a failure is, with its way out.
func (d *doctor) addFailure(found health.Finding, f *failure.Failure) {
	d.found = append(d.found, diagnosis{Finding: found}.because(f))
}
