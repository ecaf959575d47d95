package doctor

import (
	"context"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// rounds is how often --fix looks again: a vault opens only once its folder is
// closed to others, and then has something to tell.
const rounds = 4

// mendAll fixes what can be, looks again, and goes on while there is something
// new to fix. What could not be fixed is told of as worse than it seemed.
func (d *doctor) mendAll(ctx context.Context) (fixed []string, err error) {
	tried := map[string]error{}
	mended := false // in the round before: what stood in another's way may be gone
	for range rounds {
		again, good := false, false
		for _, f := range d.found {
			failed, done := tried[about(f)]
			if f.Fix == nil || f.Level == health.OK || done && (failed == nil || !mended) || ctx.Err() != nil {
				continue
			}
			did, err := f.Fix()
			tried[about(f)], again, good = err, true, good || err == nil
			if err == nil && did != "" {
				fixed = append(fixed, did)
			}
		}
		mended = good
		if !again {
			break
		}
		d.found = nil
		if err := d.locate(); err != nil {
			return fixed, err
		}
		if err := d.look(ctx); err != nil {
			return fixed, err
		}
	}
	for i, f := range d.found {
		if err := tried[about(f)]; err != nil {
			d.found[i] = d.unmended(f, err)
		}
	}
	return fixed, ctx.Err()
}

// about tells findings of two looks apart.
func about(f diagnosis) string { return f.Check + "\x00" + f.Message }

// unmended is a finding that --fix came to grief on: what it said of the way out
// was wrong, and the reason has one of its own.
func (d *doctor) unmended(f diagnosis, err error) diagnosis {
	why := failure.Explain(err)
	f.Message += "; it could not be mended: " + why.Message
	f.Fix, f.Level = nil, max(f.Level, health.Fault)
	switch {
	case vault.CodeOf(err) == vault.Unsafe: // a finding of its own, with its path
		f.words, f.Remedy = "", remedy.To(failure.CloseFirst)
	case vault.CodeOf(err) == vault.Corrupt:
		f.Level, f.words, f.Remedy = health.Tampering, "", remedy.To(remedy.RestoreOrRescue)
	case vault.CodeOf(err).Tampering():
		f.Level, f.words, f.Remedy = health.Tampering, "", remedy.To(failure.VerifyMeaning)
	case why.Words() != "":
		return f.because(why)
	}
	return f
}

// mend opens the vault for writing and closes it.
func (d *doctor) mend(ctx context.Context) (string, error) {
	release, err := frame.WithoutAgent(ctx, d.s, d.dir)
	if err != nil {
		return "", err
	}
	defer release()
	system.Undumpable()
	w, _ := frame.KeysAtHand(ctx, d.s) // without a key, what needs none is done
	o := d.s.Options(d.discovered)
	o.OneShot, o.Wait, o.Keys = true, doctorWait, w.Keys
	done, err := vault.Mend(ctx, d.dir, o)
	return strings.Join(done, "; "), err
}
