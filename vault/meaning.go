package vault

import (
	"errors"
	"fmt"
	"sync"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// What a finding means is said for the user: which promise is broken, what may
// have done it, and what still holds. The promises are those of SECURITY.md.

const (
	toldAsIs = "It is refused, never returned as right; the other secrets can still be read."
	anyBytes = "a failing disk does this, and so does somebody who can write to the vault's folder"

	outrunMeaning    = "This copy was left behind while another one was written, or an older one was put back where it had been. It is read, with a warning, and not written."
	slotAddedMeaning = "Somebody who can write to the vault's folder has put it there. Only slots that the signed head lists are ever tried, so it opens nothing."
	slotCopyMeaning  = "The copies are for recovery without tacit and are never read to open the vault, which is whole; until they are put back, recovery with age alone may not work."
	strayMeaning     = "It belongs to nothing that was committed: somebody who can write to the vault's folder has put it there, or a copy of the files was mixed with another. Nothing reads it, and nothing that is read depends on it."
	noValueMeaning   = "Recovery without tacit finds it as well. "
)

// A meaning is what the code of a finding means, and the way out.
type meaning struct {
	text   string
	action remedy.Action
}

// meanings are those of the codes of findings.
var meanings = sync.OnceValue(func() map[Code]meaning {
	return map[Code]meaning{
		Swapped: {
			"The promise that a read is fresh and bound was attacked: two records were exchanged, or one was copied over another, which no fault does. " + toldAsIs,
			remedy.RestoreOrRewrite,
		},
		Replayed: {
			"The promise that a read is fresh was attacked: an older or uncommitted record was put in the place of the one that was committed, or that one was damaged. " + toldAsIs,
			remedy.RestoreOrRewrite,
		},
		VaultMissing: {
			"This machine knows a vault in this place, and there is none: it was deleted, moved, or is on a disk that is not mounted. No other vault answers in its place.",
			remedy.RestoreOrForget,
		},
		Missing: {
			"What the signed head lists is not there: it was deleted by somebody who can write to the vault's folder, or lost by the disk. An absence is never taken for “not found”. " + toldAsIs,
			remedy.RestoreOrRescue,
		},
		Resurrected: {
			"A deleted or uncommitted record was put back by somebody who can write to the vault's folder. It is never read. " + noValueMeaning + "Everything else holds.",
			remedy.RestoreOrRewrite,
		},
		Forged: {
			"The record is not one that was committed: forged by somebody who can write to the vault's folder, or damaged. Without the vault's identity nobody can make one that opens. " + toldAsIs,
			remedy.RestoreOrRewrite,
		},
		IndexTampered: {
			"A part of the index is not what was committed: " + anyBytes + ". The secrets below it can be neither read nor proven absent; the others can still be read, and their proof holds.",
			remedy.RestoreOrRescue,
		},
		SlotTampered: {
			"A key slot is not the one that was made: " + anyBytes + ". The vault does not open until that is mended, so that no passphrase is typed into a slot of somebody else's making. The records are not touched by it.",
			remedy.RestoreOrRescueElse,
		},
		HeadForged: {
			"What vouches for everything else is not authentic: " + anyBytes + ". Nothing of this vault is proven, and nothing is read from it; the values themselves are sealed and may be whole.",
			remedy.RestoreOrRescue,
		},
		RolledBack: {
			"The promise of no rollback was attacked, or an older copy of the folder was put back: newer changes are missing from it. Reads are refused, so that nothing old passes for current.",
			remedy.PutNewerBack,
		},
		Forked: {
			"Two copies of this vault were written apart, or somebody has exchanged one for the other: this one does not come from what this machine has seen. Reads are refused.",
			remedy.KeepRightCopy,
		},
		Unproven: {
			"This machine cannot prove that the vault comes from what it has seen. Nothing shows that it is wrong, either.",
			remedy.CompareAndTrust,
		},
		Substituted: {
			"Another vault stands where this machine knows one. A value stored in it would go to somebody else, and one read from it would be theirs. Reads and writes are refused.",
			remedy.PutRightBackOrTrust,
		},
		Corrupt: {
			"The files are damaged: " + anyBytes + ". What is damaged is refused, never returned as right.",
			remedy.RestoreOrRescue,
		},
		Unsafe: {
			"Other users of this machine can reach the vault's files. Values stay sealed to them; names do not, and anyone who can write can destroy. Nothing shows that somebody did.",
			remedy.CloseToOthers,
		},
	}
})

// newFinding is a finding with what its code means.
func newFinding(code Code, name, message string) Finding {
	m := meanings()[code]
	f := Finding{Code: code, Name: name, Message: message, Meaning: m.text, Remedy: remedy.To(m.action)}
	if name != "" {
		f.Remedy.Objects = []remedy.Object{remedy.Secret.Named(name)}
	}
	return f
}

// findingOf makes a finding of an error about the vault's content; false for
// nil, and for an error of any other kind.
func findingOf(err error) (Finding, bool) {
	var e *SecretError
	if !errors.As(err, &e) || !e.Code.Tampering() {
		return Finding{}, false
	}
	message := e.Message
	if message == "" {
		_ = during(opVerify, err)
		message = e.Error()
	}
	f := newFinding(e.Code, e.Key, message)
	if e.Code == Unsafe && !e.Remedy.IsZero() {
		f.Remedy = e.Remedy
	}
	return f, true
}

// foreignFinding is a key that the format does not know.
func foreignFinding(key []byte) Finding {
	f := newFinding(Corrupt, "", fmt.Sprintf("the database holds a key (%q) that is none of the format's", key))
	f.Meaning, f.Remedy = strayMeaning, remedy.To(remedy.Sweep)
	return f
}

// Finding is one thing that is wrong.
type Finding struct {
	Code    Code
	Name    string        // "" where it is not about one secret
	Message string        // what is wrong
	Meaning string        // what that means: which promise is broken, by what, and what still holds
	Remedy  remedy.Remedy // the way out
}
