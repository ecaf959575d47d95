package vault

import (
	"errors"
	"slices"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// RemedyOf is the way out of a failure: the one that it names, else that of its code,
// for the secret or the path that it is about. It is zero for an error of another kind.
func RemedyOf(err error) remedy.Remedy {
	var e *SecretError
	switch {
	case !errors.As(err, &e):
		return remedy.Remedy{}
	case !e.Remedy.IsZero():
		return e.Remedy
	case errors.Is(e, errNotUTF8): // whoever found it, the vault or the agent's client
		return remedy.To(remedy.KeepBytes)
	}
	r := remedy.To(usualRemedy(e.Code))
	if e.Key != "" {
		r.Objects = append(r.Objects, remedy.Secret.Named(e.Key))
	}
	if e.Path != "" {
		r.Objects = append(r.Objects, remedy.Path.Named(e.Path))
	}
	return r
}

// usualRemedy is the way out of a failure that names none; "" for a code that this
// version does not know.
func usualRemedy(c Code) remedy.Action {
	i := slices.IndexFunc(usual[:], func(u usualWay) bool { return u.code == c })
	if i < 0 {
		return ""
	}
	return usual[i].action
}

type usualWay struct {
	code   Code
	action remedy.Action
}

// usual has every code.
var usual = [...]usualWay{
	{NotFound, remedy.FindSecret},
	{InvalidName, remedy.UseValidName},
	{InvalidValue, remedy.ReadAboutValues},
	{Exists, remedy.UseOtherNameOrForce},
	{Conflict, remedy.ListVersions},
	{NoVault, remedy.MakeVault},
	{Locked, remedy.GiveKey},
	{Untrusted, remedy.Trust},
	{WrongKey, remedy.GiveOtherKey},
	{Denied, remedy.UseOwnKey},
	{NotMember, remedy.AskOwner},

	{VaultMissing, remedy.RestoreOrForget},
	{Swapped, remedy.Verify},
	{Replayed, remedy.Verify},
	{Missing, remedy.Verify},
	{Resurrected, remedy.Verify},
	{Forged, remedy.Verify},
	{IndexTampered, remedy.Verify},
	{SlotTampered, remedy.Verify},
	{HeadForged, remedy.Verify},
	{RolledBack, remedy.AcceptRollback},
	{Forked, remedy.AcceptFork},
	{Unproven, remedy.Trust},
	{Substituted, remedy.TrustPutThere},
	{Corrupt, remedy.Verify},
	{Unsafe, remedy.Diagnose},

	{Busy, remedy.WaitLonger},
	{NoSpace, remedy.FreeVaultSpace},
	{ReadOnly, remedy.MakeWritable},
	{DiskFailed, remedy.LookAtDisk},
	{Unreachable, remedy.ReachLater},
	{Stale, remedy.SyncOrAcceptOlder},
	{Newer, remedy.Upgrade},
	{Internal, remedy.DiagnoseAround},
}
