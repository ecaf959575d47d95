package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/membership"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// memory looks at what this machine remembers.
func (d *doctor) memory(now time.Time) error {
	dir, err := anchor.At(d.s.State)
	if err != nil {
		return err
	}
	if dir == (anchor.Dir{}) {
		d.add(health.Finding{
			Check: "memory", Level: health.Advice, Message: anchor.ErrNowhere.Error() + ": a vault that was rolled back cannot be detected",
			Remedy: remedy.To(failure.NameStateOrExpect),
		})
		return nil
	}
	d.add(health.Memory(dir, d.dir, now)...)
	return nil
}

// inside looks into a vault that nobody is writing to and that was closed in
// good order: to open it changes nothing.
func (d *doctor) inside(ctx context.Context) {
	const check = "vault"
	system.Undumpable()
	o := d.s.Options(d.discovered)
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
	if !ok || unproven(found) {
		return // what a head tells that nobody vouches for is no advice
	}
	if len(found) == 0 && err == nil {
		d.add(health.Finding{Check: check, Message: fmt.Sprintf("the vault, format %d, is the one that this machine knows, at commit %d", st.Format, st.Seq)})
	}
	d.add(health.Clock(d.s.Now(), st.Created, st.Changed)...)
	d.strayCredentials(ctx, x)
	missed := d.unlock(ctx, x)
	sound := len(found) == 0 && err == nil // else it is refused, and cannot be mended
	if sound {
		d.leftovers(ctx, x)
	}
	slots, err := x.Slots(ctx)
	if err != nil { // the days of their drills lie in the vault; the slots are in its head
		d.tampered(err)
		slots = st.Slots
	}
	d.slots(ctx, slots, x.Unlocked(), err == nil, missed)
	if x.Unlocked() {
		list, err := x.Exposed(ctx)
		d.exposed(list, err)
	}
	if sound {
		list, err := membership.In(ctx, d.s, x.Vault())
		d.groups(list, err)
	}
}

// unproven tells whether the head is not the vault's.
func unproven(found []vault.Finding) bool {
	return slices.ContainsFunc(found, func(f vault.Finding) bool { return f.Code == vault.HeadForged || f.Code == vault.Substituted })
}

// refused is what Open would say. That a vault was never seen here is advice; that
// it does not come from what was seen elsewhere is more.
func (d *doctor) refused(check string, err error) {
	f := failure.Explain(err)
	level := health.Fault
	var e *vault.SecretError
	if errors.As(err, &e) && e.Code == vault.Untrusted && e.Newer == nil {
		level = health.Advice
	}
	d.addFailure(health.Finding{Check: check, Level: level, Message: f.Message}, f)
}

// tampered takes an error of the vault over, as bad as its code is. What several
// checks come upon is told once: it is not about what they looked for.
func (d *doctor) tampered(err error) {
	var e *vault.SecretError
	if !errors.As(err, &e) || !e.Code.Tampering() {
		d.refused("vault", err)
		return
	}
	f := failure.Explain(err)
	message := f.Message
	if e.Message != "" {
		message = e.Message
	}
	if f.Detail != "" {
		message += ": " + f.Detail
	}
	if a := f.Remedy.Action; a == remedy.Verify || a == remedy.Restore {
		f.Remedied(failure.VerifyOrRestore)
	}
	if !slices.ContainsFunc(d.found, func(g diagnosis) bool { return g.Message == message }) {
		d.addFailure(health.Finding{Check: "vault", Level: health.Tampering, Message: message}, f)
	}
}

// leftovers looks at what lies in a vault that opens beside its state.
func (d *doctor) leftovers(ctx context.Context, x *vault.Examined) {
	const check = "leftovers"
	l, err := x.Leftovers(ctx)
	if err != nil {
		d.tampered(err)
	}
	mend := func() (string, error) { return d.mend(ctx) }
	if len(l.Copies) > 0 {
		d.add(health.Finding{
			Check: check, Level: health.Fault, Message: "recovery copies of key slots are missing, or are not what they should be: " + strings.Join(l.Copies, ", "),
			Remedy: remedy.To(remedy.Fix), Fix: mend,
		})
	}
	if !x.Unlocked() {
		mend = nil // the sweep is a commit's
	}
	switch {
	case l.Unfinished:
		d.add(health.Finding{
			Check: check, Level: health.Advice, Message: "a batch was begun and not finished; what it left is never read, and the next write removes it",
			Remedy: remedy.To(remedy.Fix), Fix: mend,
		})
	case l.Stray > 0:
		d.add(health.Finding{
			Check: check, Level: health.Tampering, Message: fmt.Sprintf("the database holds entries that nothing lists, %d: somebody has put them there, or mixed two copies", l.Stray),
			Remedy: remedy.To(failure.SweepNamed), Fix: mend,
		})
	}
}

// slots looks at the ways in, and at whether they can be gone here. drilled says
// that the days of their drills could be read, where it is unlocked.
func (d *doctor) slots(ctx context.Context, slots []vault.SlotInfo, unlocked, drilled bool, missed error) {
	d.add(health.Slots(slots, unlocked && drilled, d.s.Now())...)
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
	d.reached(reachable, unlocked, missed)
}

// exposed tells of values that a removed slot could read.
func (d *doctor) exposed(list []vault.Exposure, err error) {
	if err != nil {
		if vault.CodeOf(err).Tampering() { // anything else was told before
			d.tampered(err)
		}
		return
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
			Message: fmt.Sprintf("%s could be read by removed key slots, %d, and not changed since", frame.Count(len(list), "value"), len(by)),
			Remedy:  remedy.To(failure.ListExposed),
		})
	}
}
