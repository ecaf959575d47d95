package vault

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
	"github.com/tacit-vault/tacit/vault/shown"
)

// Code says what kind of failure a [SecretError] is. It is an error itself, so
// that errors.Is(err, vault.NotFound) asks for it.
type Code string

// The codes. Those from VaultMissing to Unsafe mean that the vault on disk is not
// what its owner wrote; the exit code of the command line is 8 for all of them.
const (
	NotFound     Code = "not_found"     // no such secret, or no such version of it
	InvalidName  Code = "invalid_name"  // not ^[A-Za-z0-9_-]{1,100}$
	InvalidValue Code = "invalid_value" // too long, not of its kind, or a policy out of range
	Exists       Code = "exists"        // there is one already
	Conflict     Code = "conflict"      // the version is not the expected one
	NoVault      Code = "no_vault"      // nothing here to open
	Locked       Code = "locked"        // a key is needed and none was given
	Untrusted    Code = "untrusted"     // found, not named by the user, and never seen on this machine
	WrongKey     Code = "wrong_key"     // none of the keys given opens a slot
	Denied       Code = "denied"        // an agent that was started for less, or a member whose role does not allow it
	NotMember    Code = "not_member"    // the vault is no member of the group: never was, not yet, or no longer

	VaultMissing  Code = "vault_missing"  // this machine knows a vault at the place, and it is gone
	Swapped       Code = "swapped"        // a record sealed for another name
	Replayed      Code = "replayed"       // a record of another version than the current one
	Missing       Code = "missing"        // a record or index node that is listed is not there
	Resurrected   Code = "resurrected"    // a deleted secret was put back
	Forged        Code = "forged"         // a record that this vault never sealed
	IndexTampered Code = "index_tampered" // an index node that does not fit its parent
	SlotTampered  Code = "slot_tampered"  // a key slot that does not fit the slot table
	HeadForged    Code = "head_forged"    // a head whose authenticators do not verify
	RolledBack    Code = "rolled_back"    // older than what this machine has seen
	Forked        Code = "forked"         // another history than the one this machine has seen
	Unproven      Code = "unproven"       // ahead of what this machine has seen, beyond what the log proves
	Substituted   Code = "substituted"    // another vault in this one's place
	Corrupt       Code = "corrupt"        // damaged
	Unsafe        Code = "unsafe"         // mode, owner or type of a file would let others in

	Busy     Code = "busy"      // the lock is held by another process
	NoSpace  Code = "no_space"  // the disk is full
	ReadOnly Code = "read_only" // the disk or the handle does not allow writing
	// DiskFailed: the disk fails, or does not answer for minutes. The process should
	// end: what waits for the disk in it ends no other way.
	DiskFailed  Code = "disk_failed"
	Unreachable Code = "unreachable" // no address of a group could be reached; nothing is wrong here
	Stale       Code = "stale"       // a group's secret is older than the caller accepts
	Newer       Code = "newer"       // made by a newer version of tacit
	Internal    Code = "internal"    // anything else
)

func (c Code) Error() string { return strings.ReplaceAll(string(c), "_", " ") }

// Tampering tells whether c means that the vault was changed behind its owner's
// back, or damaged.
func (c Code) Tampering() bool {
	switch c {
	case VaultMissing, Swapped, Replayed, Missing, Resurrected, Forged, IndexTampered, SlotTampered,
		HeadForged, RolledBack, Forked, Unproven, Substituted, Corrupt, Unsafe:
		return true
	}
	return false
}

// SecretError is the error of every method of this package. It never holds a
// value, a passphrase or an identity.
type SecretError struct {
	Code    Code
	Op      string // what was being done: "read", "set", "open", …
	Key     string // the name of the secret, where it is about one
	Path    string // the vault's folder, or the file that it is about
	Message string // what is wrong, one sentence without a full stop
	// Remedy is the way out, where it is another than that of the code; see [RemedyOf].
	Remedy remedy.Remedy
	Err    error // the cause, may be nil

	// Newer is the commit seen in another place, where that is why the vault here
	// is refused; nil in what an agent answers.
	Newer *Sighting
}

// Error says what was being done, on what, and what is wrong, in one line.
func (e *SecretError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	for _, s := range []string{e.Key, e.Path} {
		if s != "" {
			b.WriteString(" " + s)
		}
	}
	b.WriteString(": ")
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(e.Code.Error())
	}
	return b.String()
}

// Is makes errors.Is(err, code) work.
func (e *SecretError) Is(target error) bool { return target == error(e.Code) }

// Unwrap returns the cause.
func (e *SecretError) Unwrap() error { return e.Err }

// CodeOf returns the code of err: that of the first SecretError in its chain,
// "" for nil and for a cancelled context, Internal for anything else.
func CodeOf(err error) Code {
	var e *SecretError
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return Internal
}

// IsOver tells whether an error says that the vault, as this process has it open,
// is of no more use: the disk failed in the middle of a write, or does not come
// back. Nothing acknowledged is lost. The vault should be closed; where the code is
// DiskFailed the process should end, too.
func IsOver(err error) bool {
	return errors.Is(err, store.ErrUncertain) || errors.Is(err, store.ErrStuck)
}

// Below what is exported, errors are made without their operation: who was asked for
// it gives it to them, with during, naming or fail.

// during gives an error the operation that failed, if it has none.
func during(op string, err error) error {
	var e *SecretError
	if errors.As(err, &e) && e.Op == "" {
		e.Op = op
	}
	return err
}

// naming is during where it is deferred.
func naming(op string, err *error) { _ = during(op, *err) }

// fail is during of what wrap makes.
func fail(op string, err error) error { return during(op, wrap("", err)) }

// wrap makes a cause a SecretError, about a secret if key is one, unless it is one, or
// is a context's end.
func wrap(key string, err error) error {
	var e *SecretError
	if err == nil || errors.As(err, &e) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e = &SecretError{Code: codeOfCause(err), Key: key, Err: err}
	if errors.Is(err, store.ErrNotFound) {
		e.Message, e.Remedy = "the database lists a record and does not find it: damaged", remedy.To(remedy.Verify)
	}
	return e
}

// codeOfCause maps the sentinels of the layers below.
func codeOfCause(err error) Code {
	if strings.Contains(err.Error(), syscall.EIO.Error()) && !errors.Is(err, store.ErrCorrupt) {
		return DiskFailed // the database flattens what it passes on
	}
	for _, m := range []struct {
		cause error
		code  Code
	}{
		{store.ErrBusy, Busy},
		{store.ErrNoSpace, NoSpace},
		{store.ErrReadOnly, ReadOnly},
		{store.ErrStuck, DiskFailed},
		{store.ErrCorrupt, Corrupt},
		{store.ErrUnsafe, Unsafe},
		{store.ErrNoStore, Missing},
		{store.ErrNotFound, Missing}, // where a key may be absent, getOrNil is asked
		{errInvalidValue, InvalidValue},
		{crypto.ErrNewer, Newer},
		{crypto.ErrMissing, Missing},
		{crypto.ErrForged, Forged},
		{crypto.ErrNotBound, Forged},
		{crypto.ErrMalformed, Corrupt},
		{crypto.ErrLimit, Corrupt},
		{fs.ErrPermission, ReadOnly},
	} {
		if errors.Is(err, m.cause) {
			return m.code
		}
	}
	return Internal
}

// CheckName refuses a name that no secret can have, with InvalidName. op is
// what was to be done. Every method that takes a name asks it; it is there for
// those who want to know before a value is asked for.
func CheckName(op, name string) error { return during(op, checkName(name)) }

func checkName(name string) error {
	if crypto.CheckName(name) != nil {
		return &SecretError{
			Code: InvalidName, Key: printable(name),
			Message: "not a name", Remedy: remedy.To(remedy.UseValidName),
		}
	}
	return nil
}

// printable cuts a refused name to what is safe on a terminal.
func printable(name string) string {
	if name == "" {
		return `""`
	}
	return shown.Line(name, 40)
}
