package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// unlock opens the vault with what is at hand, and tells why it could not, or why
// a key could not be had: that counts, too, where another fits.
func (d *doctor) unlock(ctx context.Context, x *vault.Examined) (missed error) {
	w, missed := frame.KeysAtHand(ctx, d.s)
	if len(w.Keys) == 0 {
		return missed
	}
	err := x.Unlock(ctx, w.Keys...)
	switch {
	case missed != nil || err == nil:
		return missed
	case errors.Is(err, vault.WrongKey) && len(w.Names) > 0: // the TPM, which is always tried, says nothing
		return wrongKeys(w.Names)
	}
	return err
}

// wrongKeys are keys that were tried, or looked for, in vain.
type wrongKeys []string

func (w wrongKeys) Error() string { return "tried: " + strings.Join(w, ", ") }

// reached tells of the key that opens the vault, or of why there is none.
func (d *doctor) reached(reachable, unlocked bool, missed error) {
	const check = "keys"
	way := &failure.Failure{Remedy: remedy.To(failure.PutKeyBack)}
	var tried wrongKeys
	unusable := missed != nil && !errors.As(missed, &tried) && vault.CodeOf(missed) != vault.WrongKey
	if unusable && failure.Explain(missed).Words() != "" {
		way = failure.Explain(missed)
	}
	switch {
	case !reachable:
		message := "no available key opens the vault"
		if missed != nil {
			message += ": " + failure.Explain(missed).Message
		}
		d.addFailure(health.Finding{Check: check, Level: health.Fault, Message: message}, way)
		return
	case unlocked:
		d.add(health.Finding{Check: check, Message: "an available key opens the vault"})
	default:
		d.add(health.Finding{Check: check, Message: "no key is available without asking: checks that need one were skipped"})
	}
	if unusable && !(errors.Is(missed, fs.ErrNotExist) && d.told("identity")) {
		d.addFailure(health.Finding{Check: check, Level: health.Fault, Message: "a key cannot be used: " + failure.Explain(missed).Message}, way)
	}
}

// told tells whether a check has found a fault.
func (d *doctor) told(check string) bool {
	return slices.ContainsFunc(d.found, func(f diagnosis) bool { return f.Check == check && f.Level >= health.Fault })
}

// probe tells whether the key of a slot that is not the user's to type or name
// can be had here, without asking for it. One that cannot is advice: the slot may
// be for another machine.
func (d *doctor) probe(ctx context.Context, slot vault.SlotInfo) error {
	var err error
	switch slot.Kind {
	case keyring.KindKeyring:
		err = d.s.Kinds.ProbeOSKey(ctx, slot.Recipient)
	case keyring.KindTPM:
		err = d.s.Kinds.ProbeTPM(d.s.Env("TACIT_TPM"))
	case keyring.KindPlugin:
		name, ok := keyring.PluginName(slot.Recipient)
		if !ok {
			return nil // made of an identity: see plugins
		}
		err = findPlugin(name)
	}
	if err != nil {
		d.add(health.Finding{Check: slot.Kind, Level: health.Advice, Message: "the key of the slot " + slot.Label + " " + failure.Text(err), Remedy: d.remedy(slot, err)})
		return err
	}
	d.add(health.Finding{Check: slot.Kind, Message: "the key of the slot " + slot.Label + " can be reached"})
	return nil
}

// findPlugin looks for the program of an age plugin, and does not run it.
func findPlugin(name string) error {
	program := pluginProgram(name)
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%w: %s is not in PATH", keyring.ErrUnavailable, program)
	}
	return nil
}

func pluginProgram(name string) string { return "age-plugin-" + name }

// remedy is what brings the key of a slot back that cannot be had.
func (d *doctor) remedy(slot vault.SlotInfo, err error) remedy.Remedy {
	otherwise := remedy.To(failure.RemoveIfLost, remedy.Slot.Named(slot.Label))
	switch slot.Kind {
	case keyring.KindPlugin:
		name, _ := keyring.PluginName(slot.Recipient)
		return withPlugin(name).OrElse(otherwise)
	case keyring.KindTPM:
		return remedy.To(d.withTPM(err)).OrElse(otherwise)
	}
	switch {
	case errors.Is(err, keyring.ErrKeyringLocked):
		return remedy.To(failure.AnswerKeyring)
	case errors.Is(err, keyring.ErrNoBus):
		return remedy.To(failure.FindBus).OrElse(otherwise)
	case errors.Is(err, keyring.ErrNoService):
		return remedy.To(failure.StartKeyring).OrElse(otherwise)
	case errors.Is(err, keyring.ErrNotInKeyring):
		return remedy.To(failure.AddToKeyring).OrElse(otherwise)
	}
	return remedy.To(failure.UnlockKeyring).OrElse(otherwise)
}

func withPlugin(name string) remedy.Remedy {
	return remedy.To(failure.InstallPlugin, failure.TheProgram.Named(pluginProgram(name)))
}

// withTPM is what helps with a TPM.
func (d *doctor) withTPM(err error) remedy.Action {
	switch {
	case runtime.GOOS != "linux":
		return failure.UseOtherKey
	case errors.Is(err, fs.ErrPermission):
		return failure.JoinTPMGroup
	case errors.Is(err, syscall.EBUSY):
		return failure.EndTPMUser
	case d.s.Env("TACIT_TPM") != "":
		return failure.StartNamedTPM
	}
	return failure.TurnTPMOn
}

// plugins looks for the programs of an identity file's age plugins. What is no
// file is not read: it can be read once only.
func (d *doctor) plugins(path string) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return
	}
	b, err := disk.ReadKeyFile(path)
	if err != nil {
		return // told by what opens it
	}
	defer clear(b)
	for _, name := range keyring.PluginNames(b) {
		if err := findPlugin(name); err != nil {
			d.add(health.Finding{
				Check: keyring.KindPlugin, Level: health.Fault, Message: fmt.Sprintf("the identity file %s needs an age plugin: %s is not in PATH", path, pluginProgram(name)),
				Remedy: withPlugin(name),
			})
		}
	}
}
