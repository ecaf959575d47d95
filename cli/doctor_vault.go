package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/health"
)

// memory looks at what this machine remembers.
func (d *doctor) memory(now time.Time) error {
	dir, err := anchor.At(d.s.state)
	if err != nil {
		return err
	}
	d.add(health.Memory(dir, d.dir, now)...)
	return nil
}

// inside looks into a vault that nobody is writing to and that was closed in
// good order: to open it changes nothing.
func (d *doctor) inside(ctx context.Context) {
	const check = "vault"
	Undumpable()
	o := d.s.options(d.discovered)
	o.OneShot, o.Wait = true, doctorWait
	x, err := vault.Examine(ctx, d.dir, o)
	if err != nil {
		d.refused(check, err)
		return
	}
	defer x.Close()
	found, err := x.Surface(ctx)
	for _, f := range found {
		if f.Code != vault.Unsafe { // told of with its path
			d.add(health.Finding{Check: check, Level: health.Tampering, Message: f.Message, Remedy: f.Remedy})
		}
	}
	if err != nil {
		d.refused(check, err)
	}
	st, ok := x.Status()
	if !ok {
		return
	}
	if len(found) == 0 && err == nil {
		d.add(health.Finding{Check: check, Message: fmt.Sprintf("the vault, format %d, is the one that this machine knows, at commit %d", st.Format, st.Seq)})
	}
	d.add(health.Clock(d.s.Now(), st.Created, st.Changed)...)
	missed := d.unlock(ctx, x)
	d.leftovers(ctx, x, len(found) == 0 && err == nil)
	if slots, err := x.Slots(ctx); err == nil {
		d.slots(ctx, slots, x.Unlocked(), missed)
	}
	if x.Unlocked() {
		list, err := x.Exposed(ctx)
		d.exposed(list, err)
	}
}

// refused is what Open would say.
func (d *doctor) refused(check string, err error) {
	f := explain(err)
	level := health.Fault
	if f.code == string(vault.Untrusted) {
		level = health.Advice
	}
	d.add(health.Finding{Check: check, Level: level, Message: f.message, Remedy: f.hint})
}

// unlock opens the vault with what is at hand. missed is why it could not.
func (d *doctor) unlock(ctx context.Context, x *vault.Examined) (missed error) {
	keys := d.keys(ctx)
	if len(keys) == 0 {
		return nil
	}
	return x.Unlock(ctx, keys...)
}

// leftovers looks at what lies in the vault beside its state. sound says that
// the vault opens, so that it can be mended.
func (d *doctor) leftovers(ctx context.Context, x *vault.Examined, sound bool) {
	const check = "leftovers"
	l, err := x.Leftovers(ctx)
	if err != nil {
		d.refused(check, err)
		return
	}
	mend := func() (string, error) { return d.mend(ctx) }
	if !sound {
		mend = nil
	}
	if len(l.Copies) > 0 {
		d.add(health.Finding{
			Check: check, Level: health.Fault, Message: "recovery copies of key slots are missing, or are not what they should be: " + strings.Join(l.Copies, ", "),
			Remedy: "tacit doctor --fix", Fix: mend,
		})
	}
	if !x.Unlocked() {
		mend = nil // the sweep is a commit's
	}
	switch {
	case l.Unfinished:
		d.add(health.Finding{
			Check: check, Level: health.Advice, Message: "a batch was begun and not finished; what it left is never read, and the next write removes it",
			Remedy: "tacit doctor --fix", Fix: mend,
		})
	case l.Stray > 0:
		d.add(health.Finding{
			Check: check, Level: health.Tampering, Message: fmt.Sprintf("the database holds entries that nothing lists, %d: somebody has put them there, or mixed two copies", l.Stray),
			Remedy: "tacit verify names them; tacit doctor --fix removes them", Fix: mend,
		})
	}
}

// slots looks at the ways in, and at whether they can be gone here.
func (d *doctor) slots(ctx context.Context, slots []vault.SlotInfo, unlocked bool, missed error) {
	d.add(health.Slots(slots, unlocked, d.s.Now())...)
	reachable := unlocked
	for _, slot := range slots {
		switch slot.Kind {
		case keyring.KindPassphrase, keyring.KindRecovery:
			reachable = true // whoever knows it types it
		case keyring.KindKeyring, keyring.KindTPM, keyring.KindPlugin:
			err := d.probe(ctx, slot)
			reachable = reachable || err == nil
		}
	}
	switch {
	case !reachable:
		message := "no key at hand opens the vault"
		if missed != nil {
			message += ": " + explain(missed).message
		}
		d.add(health.Finding{Check: "keys", Level: health.Fault, Message: message, Remedy: "put the key back, or name it with --identity FILE"})
	case unlocked:
		d.add(health.Finding{Check: "keys", Message: "a key at hand opens the vault"})
	default:
		d.add(health.Finding{Check: "keys", Message: "no key is at hand without asking: what needs one was not looked at"})
	}
}

// exposed tells of values that a removed slot could read.
func (d *doctor) exposed(list []vault.Exposure, err error) {
	if err != nil {
		return // verify says what is wrong with it
	}
	by := map[string]bool{}
	for _, x := range list {
		for _, label := range x.By {
			by[label] = true
		}
	}
	if len(list) > 0 {
		d.add(health.Finding{
			Check: "exposed", Level: health.Advice,
			Message: fmt.Sprintf("%s could be read by removed key slots, %d, and not changed since", count(len(list), "value"), len(by)),
			Remedy:  "tacit exposed lists them; tacit update NAME changes one",
		})
	}
}
