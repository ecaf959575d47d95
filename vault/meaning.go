package vault

import (
	"errors"
	"fmt"
)

// What a finding means is said for the user: which promise is broken, what may
// have done it, and what still holds. The promises are those of SECURITY.md.

const (
	toldAsIs = "It is refused, never returned as right; the other secrets can still be read."
	anyBytes = "a failing disk does this, and so does somebody who can write to the vault's folder"

	// sweepRemedy is the way out for what nothing lists.
	sweepRemedy = "it is never read; tacit doctor --fix removes it"

	outrunMeaning    = "This copy was left behind while another one was written, or an older one was put back where it had been. It is read, with a warning, and not written."
	outrunRemedy     = "use the newer one; if this one is to go its own way: tacit trust"
	slotAddedMeaning = "Somebody who can write to the vault's folder has put it there. Only slots that the signed head lists are ever tried, so it opens nothing."
	slotCopyMeaning  = "The copies are for recovery without tacit and are never read to open the vault, which is whole; until they are put back, recovery with age alone may not work."
	strayMeaning     = "It belongs to nothing that was committed: somebody who can write to the vault's folder has put it there, or a copy of the files was mixed with another. Nothing reads it, and nothing that is read depends on it."
	noValueMeaning   = "Recovery without tacit finds it as well. "
)

const (
	restoreRemedy = "tacit restore FILE --replace brings a backup back; without one, tacit rescue DIR --to NEW gets out what still proves itself"
	rewriteFiles  = "where nothing else is found: tacit backup FILE, then tacit restore FILE --replace; else: " + restoreRemedy
	rewriteRemedy = "tacit restore FILE --replace brings a backup back; who knows the value: tacit rm --purge NAME, then tacit set NAME"
	trustRemedy   = "tacit trust shows its pin; compare that, and if the vault is the right one say yes"
)

// meanings is what the codes of findings mean, and the way out.
var meanings = map[Code]struct{ meaning, remedy string }{
	Swapped: {
		"The promise that a read is fresh and bound was attacked: two records were exchanged, or one was copied over another, which no fault does. " + toldAsIs,
		rewriteRemedy,
	},
	Replayed: {
		"The promise that a read is fresh was attacked: an older or uncommitted record was put in the place of the one that was committed, or that one was damaged. " + toldAsIs,
		rewriteRemedy,
	},
	VaultMissing: {
		"This machine knows a vault in this place, and there is none: it was deleted, moved, or is on a disk that is not mounted. No other vault answers in its place.",
		"tacit restore FILE brings a backup back; if it is to be gone: tacit trust --forget DIR",
	},
	Missing: {
		"What the signed head lists is not there: it was deleted by somebody who can write to the vault's folder, or lost by the disk. An absence is never taken for “not found”. " + toldAsIs,
		restoreRemedy,
	},
	Resurrected: {
		"A deleted or uncommitted record was put back by somebody who can write to the vault's folder. It is never read. " + noValueMeaning + "Everything else holds.",
		rewriteRemedy,
	},
	Forged: {
		"The record is not one that was committed: forged by somebody who can write to the vault's folder, or damaged. Without the vault's identity nobody can make one that opens. " + toldAsIs,
		rewriteRemedy,
	},
	IndexTampered: {
		"A part of the index is not what was committed: " + anyBytes + ". The secrets below it can be neither read nor proven absent; the others can still be read, and their proof holds.",
		restoreRemedy,
	},
	SlotTampered: {
		"A key slot is not the one that was made: " + anyBytes + ". The vault does not open until that is mended, so that no passphrase is typed into a slot of somebody else's making. The records are not touched by it.",
		"tacit restore FILE --replace brings a backup back; without one, tacit rescue DIR --to NEW with a key of another slot",
	},
	HeadForged: {
		"What vouches for everything else is not authentic: " + anyBytes + ". Nothing of this vault is proven, and nothing is read from it; the values themselves are sealed and may be whole.",
		restoreRemedy,
	},
	RolledBack: {
		"The promise of no rollback was attacked, or an older copy of the folder was put back: newer changes are missing from it. Reads are refused, so that nothing old passes for current.",
		"put the newer copy back, or tacit restore FILE --replace; if what is newer is gone for good: tacit trust --accept-rollback",
	},
	Forked: {
		"Two copies of this vault were written apart, or somebody has exchanged one for the other: this one does not come from what this machine has seen. Reads are refused.",
		"keep the right copy; if it is this one: tacit trust --accept-rollback",
	},
	Unproven: {
		"This machine cannot prove that the vault comes from what it has seen. Nothing shows that it is wrong, either.",
		trustRemedy,
	},
	Substituted: {
		"Another vault stands where this machine knows one. A value stored in it would go to somebody else, and one read from it would be theirs. Reads and writes are refused.",
		"put the right vault back, or tacit restore FILE --replace; if you have put this one there yourself: tacit trust",
	},
	Corrupt: {
		"The files are damaged: " + anyBytes + ". What is damaged is refused, never returned as right.",
		restoreRemedy,
	},
	Unsafe: {
		"Other users of this machine can reach the vault's files. Values stay sealed to them; names do not, and whoever can write can destroy. Nothing shows that somebody did.",
		closeRemedy,
	},
}

// newFinding is a finding with what its code means.
func newFinding(code Code, name, message string) Finding {
	m := meanings[code]
	return Finding{Code: code, Name: name, Message: message, Meaning: m.meaning, Remedy: m.remedy}
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
		message = e.Error()
	}
	f := newFinding(e.Code, e.Key, message)
	if e.Code == Unsafe && e.Hint != "" {
		f.Remedy = e.Hint
	}
	return f, true
}

// foreignFinding is a key that the format does not know.
func foreignFinding(key []byte) Finding {
	f := newFinding(Corrupt, "", fmt.Sprintf("the database holds a key (%q) that is none of the format's", key))
	f.Meaning, f.Remedy = strayMeaning, sweepRemedy
	return f
}
