package frame

import (
	"context"
	"io"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/relock"
)

// OpenVault is a vault that is open, in this process or behind its agent: a
// command does the same with either. The methods are those of vault.Vault,
// errors included; only a lock is given by what it is to be, so that it can be
// sent.
type OpenVault interface {
	reading
	changing
	keeping
	Close() error
}

// reading is what needs no more than reading.
type reading interface {
	Status() vault.Status
	Policy() vault.Policy
	Read(ctx context.Context, name string) (vault.Secret, error)
	ReadVersion(ctx context.Context, name string, n uint64) (vault.Secret, error)
	ReadAll(ctx context.Context, names ...string) ([]vault.Secret, error)
	ReadEach(ctx context.Context, names []string, fn func(vault.Secret) error) error
	List(ctx context.Context, o vault.ListOptions) ([]vault.Info, error)
	Find(ctx context.Context, pattern string, fuzzily bool) ([]vault.Info, error)
	History(ctx context.Context, name string) ([]vault.Info, error)
	Verify(ctx context.Context, o vault.VerifyOptions) (vault.Report, error)
	Backup(ctx context.Context, w io.Writer, o vault.BackupOptions) (vault.BackupReport, error)
}

// changing is what makes a commit of secrets.
type changing interface {
	Set(ctx context.Context, name string, value vault.Value, options ...vault.SetOption) (vault.Info, error)
	Apply(ctx context.Context, changes []vault.Change, progress func(done, total int)) ([]vault.Info, error)
	Delete(ctx context.Context, name string, o vault.DeleteOptions) (vault.Info, error)
	Rename(ctx context.Context, from, to string, overwrite bool) (vault.Info, error)
	Copy(ctx context.Context, from, to string, overwrite bool) (vault.Info, error)
	Rollback(ctx context.Context, name string, n uint64) (vault.Info, error)
	SetPolicy(ctx context.Context, p vault.Policy) error
}

// keeping is about keys.
type keeping interface {
	Slots(ctx context.Context) ([]vault.SlotInfo, error)
	AddSlot(ctx context.Context, label string, l keyring.LockSpec) (vault.SlotInfo, error)
	ReplaceSlot(ctx context.Context, label string, l keyring.LockSpec) (vault.SlotInfo, error)
	RemoveSlot(ctx context.Context, label string) (vault.SlotInfo, error)
	Exposed(ctx context.Context) ([]vault.Exposure, error)
	Removed(ctx context.Context) ([]vault.RemovedSlot, error)
	Rotate(ctx context.Context, r agent.RotateRequest) (vault.RotateReport, error)
}

// A NameLister is a vault that lists names alone, as vault.Vault does. One behind its
// agent is none.
type NameLister interface {
	Names(ctx context.Context, prefix string) ([]string, error)
}

// Local is a vault that this process has open.
type Local struct {
	*vault.Vault
	locks   keyring.LockOptions
	release func()      // gives the vault back to its agent; nil where there is none
	Loan    *agent.Loan // what it was opened with; nil: a key of its own
	kept    bool        // a command that goes on by itself has it
}

var _, _ OpenVault = Local{}, (*agent.Client)(nil)

// Lend lets others have the vault, the agent that gave it away too, and keeps the key.
// Until Recall every method of the vault fails with Busy.
func (l *Local) Lend(ctx context.Context) error {
	err := l.Vault.Suspend(ctx)
	if l.release != nil {
		l.release()
		l.release = nil
	}
	return err
}

// Recall has the vault back. The codes are those of [vault.Vault.Resume]: Locked where
// its keys were rotated meanwhile, or were lent by an agent that has locked.
func (l *Local) Recall(ctx context.Context, s *Session) error {
	release, err := l.have(ctx, s)
	if err != nil {
		return err
	}
	if err := l.Vault.Resume(ctx); err != nil {
		release()
		return err
	}
	l.release = release
	return nil
}

// have makes the vault's agent give it away again. A key that was lent goes with the agent.
func (l *Local) have(ctx context.Context, s *Session) (release func(), err error) {
	if l.Loan != nil && l.Loan.Over() {
		return nil, failure.LoanOver() // another agent has the vault by now, or none
	}
	c, _, err := DialAgent(ctx, s, l.Vault.Status().Path)
	switch {
	case err != nil:
		return nil, err
	case c == nil && l.Loan != nil:
		return nil, failure.LoanOver()
	case c == nil:
		return func() {}, nil
	case !l.kept:
		return AgentYields(ctx, s, c)
	}
	back, err := c.YieldUnattended(ctx)
	return givenAway(c, back, err)
}

// Close closes the vault, and gives it back to its agent.
func (l Local) Close() error {
	err := l.Vault.Close()
	if l.release != nil {
		l.release()
	}
	return err
}

func (l Local) AddSlot(ctx context.Context, label string, spec keyring.LockSpec) (vault.SlotInfo, error) {
	lock, err := spec.Lock(l.locks)
	if err != nil {
		return vault.SlotInfo{}, LockError(err)
	}
	return l.Vault.AddSlot(ctx, vault.NewSlot{Label: label, Lock: lock})
}

func (l Local) ReplaceSlot(ctx context.Context, label string, spec keyring.LockSpec) (vault.SlotInfo, error) {
	lock, err := spec.Lock(l.locks)
	if err != nil {
		return vault.SlotInfo{}, LockError(err)
	}
	return l.Vault.ReplaceSlot(ctx, label, lock)
}

func (l Local) Rotate(ctx context.Context, r agent.RotateRequest) (vault.RotateReport, error) {
	return l.Vault.Rotate(ctx, vault.RotateOptions{
		DropHistory: r.DropHistory, Drop: r.Drop, Relock: relock.With(r.Locks, l.locks), Progress: r.Progress,
	})
}
