package keys

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// Whoever removes the key that they stand on may be out for good. What counts is
// which keys are at hand, not what has the vault open just now: an agent that has
// it open is no way in once it ends, and a passphrase that nobody has typed may
// be one that nobody knows.

// checkLockOut asks before a change after which no available key opens the vault.
// gone are the labels of the slots that go, more are keys that were typed for
// this change. asked tells that the user has agreed to it.
func checkLockOut(ctx context.Context, s *frame.Session, doing string, slots []vault.SlotInfo, gone []string, more ...keyring.Key) (asked bool, err error) {
	stays := slices.DeleteFunc(slices.Clone(slots), func(i vault.SlotInfo) bool { return slices.Contains(gone, i.Label) })
	if len(stays) == len(slots) || len(stays) == 0 { // nothing goes, or the vault refuses
		return false, nil
	}
	ok, err := opensWithout(ctx, s, gone, more)
	if ok || err != nil {
		return false, err
	}
	var left []string
	for _, i := range stays {
		left = append(left, i.Label+": "+i.Kind)
	}
	what := failure.Printable(strings.Join(left, ", "))
	if !s.Askable() {
		f := failure.Usage("%s: no available key would open the vault afterwards; what stays is %s", doing, what)
		return false, f.Hinted("add a key first ({tacit key add}), name another one (--identity FILE), or add --lock-out if you are sure")
	}
	return true, s.Confirm(ctx, "--lock-out", "Afterwards no available key opens the vault; what stays is %s.\n%s all the same?", what, failure.Printable(doing))
}

// opensWithout tells whether an available key opens the vault by a slot that stays.
func opensWithout(ctx context.Context, s *frame.Session, gone []string, more []keyring.Key) (bool, error) {
	dir, discovered, err := s.Locate()
	if err != nil {
		return false, err
	}
	keys, err := keysAtHand(ctx, s)
	if err != nil {
		return false, err
	}
	o := s.Options(discovered)
	o.Keys, o.Without, o.OneShot, o.Warn = append(keys, more...), gone, true, nil
	release, err := frame.WithoutAgent(ctx, s, dir) // an agent is no key
	if err != nil {
		return false, err
	}
	defer release()
	system.Undumpable()
	v, err := vault.Open(ctx, dir, o)
	switch {
	case errors.Is(err, vault.WrongKey):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, v.Close()
}

// keysAtHand are the keys of the command line, what was typed, and the keys that
// nobody has to name. A default that cannot be had is not at hand.
func keysAtHand(ctx context.Context, s *frame.Session) ([]keyring.Key, error) {
	w, err := s.AvailableKeys(ctx)
	if s.GivesKey() && err != nil {
		return nil, err
	}
	if w.Given || s.Typed != nil {
		_ = w.AddDefaults(s)
	}
	return w.Keys, nil
}
