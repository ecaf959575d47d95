package cli

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

type verifyOptions struct {
	full bool
}

func verifyCommand(s *session) *command {
	var o verifyOptions
	return &command{
		name: "verify", group: groupVault,
		short: "check the whole vault for tampering and damage",
		long: `Reads every record of every version, compares it with the vault's signed index,
and looks for what should not be there. That needs no key. --full needs one, and
also decrypts every value. Verify goes on after a finding, and also in a vault
that no other command opens. Each finding is printed with what it means and what
to do, and the exit code is 8.`,
		example: `tacit verify
tacit verify --full --json`,
		codes: []int{exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "full", Usage: "also decrypt every value; needs a key", Destination: &o.full},
		},
		run: func(ctx context.Context, _ []string) error {
			return runVerify(ctx, s, o)
		},
	}
}

type findingJSON struct {
	Code    string `json:"code"`
	Name    string `json:"name,omitempty"`
	Message string `json:"message"`
	Meaning string `json:"meaning"`
	Remedy  string `json:"remedy"` // in words
	// Action is the remedy as data.
	Action remedy.Remedy `json:"action,omitzero"`
}

type reportJSON struct {
	OK      bool   `json:"ok"`
	Full    bool   `json:"full"`
	Secrets int    `json:"secrets"`
	Deleted int    `json:"deleted"`
	Records int    `json:"records"`
	Commits uint64 `json:"commits"`
	// Unfinished: what an interrupted batch left is there until the next write.
	Unfinished bool          `json:"unfinished,omitempty"`
	Findings   []findingJSON `json:"findings"`
}

func runVerify(ctx context.Context, s *session, o verifyOptions) error {
	report, err := s.verify(ctx, o)
	if err != nil {
		return err
	}
	if s.json {
		err = s.writeJSON(s.toReportJSON(report))
	} else {
		s.printReport(report)
	}
	if report.Unfinished && !s.json {
		s.say("a batch was begun and not finished; what it left is never read, and the next write removes it")
	}
	if err != nil || len(report.Findings) == 0 {
		return err
	}
	f := fault(vault.Corrupt, "the vault does not verify: %s", count(len(report.Findings), "finding"))
	if o.full && !report.Full {
		f.detail = "no value was decrypted: the vault does not open with a key at hand"
	}
	return f.hinted("what is said beside each; what is not named there can still be read")
}

// verify opens the vault as every command does; where that is refused, it goes
// on with what can be read of it.
func (s *session) verify(ctx context.Context, o verifyOptions) (vault.Report, error) {
	report, err := s.verifyOpen(ctx, o)
	if !vault.CodeOf(err).Tampering() {
		return report, err
	}
	report, looked := s.verifyRefused(ctx, o)
	if looked == nil && len(report.Findings) == 0 {
		return report, err // it is gone: somebody has mended it meanwhile
	}
	return report, looked
}

// verifyOpen verifies a vault that opens.
func (s *session) verifyOpen(ctx context.Context, o verifyOptions) (vault.Report, error) {
	v, err := s.openForVerify(ctx, o)
	if err != nil {
		return vault.Report{}, err
	}
	defer v.Close()
	bar := s.progress("verifying")
	defer bar.done()
	return v.Verify(ctx, vault.VerifyOptions{Full: o.full, Progress: bar.update})
}

// verifyRefused verifies a vault that does not open.
func (s *session) verifyRefused(ctx context.Context, o verifyOptions) (vault.Report, error) {
	dir, discovered, err := s.locate()
	if err != nil {
		return vault.Report{}, err
	}
	release, err := s.aside(ctx, dir)
	if err != nil {
		return vault.Report{}, err
	}
	defer release()
	Undumpable()
	options := s.options(discovered)
	options.OneShot = true
	x, err := vault.Examine(ctx, dir, options)
	if err != nil {
		return vault.Report{}, err
	}
	defer x.Close()
	if err := s.unlockRefused(ctx, x, o); err != nil {
		return vault.Report{}, err
	}
	bar := s.progress("verifying")
	defer bar.done()
	return x.Verify(ctx, vault.VerifyOptions{Full: o.full, Progress: bar.update})
}

// unlockRefused unlocks what there is to be unlocked with a key at hand; only
// --full asks for one. Without one the rest is verified all the same.
func (s *session) unlockRefused(ctx context.Context, x *vault.Examined, o verifyOptions) error {
	st, known := x.Status()
	if !known {
		return nil
	}
	w, err := s.ways(ctx)
	if err == nil && len(w.keys) > 0 {
		err = x.Unlock(ctx, w.keys...)
	}
	if err == nil && len(w.keys) > 0 || !o.full || w.given {
		return onlyCancelled(err)
	}
	if w.vault = st; !w.typable() {
		return onlyCancelled(err)
	}
	return onlyCancelled(s.askPassphrase(ctx, w, func(k keyring.Key) error { return x.Unlock(ctx, k) }))
}

// onlyCancelled is err where the user has ended the command, else nil.
func onlyCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// openForVerify unlocks where a key is at hand: then the head's MAC is checked
// besides its signature. Only --full asks for one.
func (s *session) openForVerify(ctx context.Context, o verifyOptions) (opened, error) {
	if o.full {
		return s.open(ctx, values)
	}
	dir, discovered, err := s.locate()
	if err != nil {
		return nil, err
	}
	behind, release, err := s.reach(ctx, dir)
	if behind != nil || err != nil {
		return behind, err
	}
	w, err := s.ways(ctx)
	if err != nil || len(w.keys) == 0 {
		if release != nil {
			release()
		}
		return s.open(ctx, names)
	}
	options := s.options(discovered)
	options.Keys, options.OneShot = w.keys, true
	v, err := vault.Open(ctx, dir, options)
	if err != nil && release != nil {
		release()
	}
	if errors.Is(err, vault.WrongKey) && !w.given {
		return s.open(ctx, names)
	}
	if err != nil {
		return nil, err
	}
	return s.local(v, release), nil
}

func (s *session) toReportJSON(r vault.Report) reportJSON {
	j := reportJSON{
		OK: len(r.Findings) == 0, Full: r.Full, Secrets: r.Names, Deleted: r.Gone, Records: r.Records,
		Commits: r.Seq, Unfinished: r.Unfinished, Findings: make([]findingJSON, len(r.Findings)),
	}
	w := s.wordingAround()
	for i, f := range r.Findings {
		j.Findings[i] = findingJSON{string(f.Code), f.Name, f.Message, f.Meaning, w.say(f.Remedy), f.Remedy}
	}
	return j
}

// printReport prints each finding, and once what those of a kind mean.
func (s *session) printReport(r vault.Report) {
	said := map[[2]string]bool{}
	w := s.wordingAround()
	for _, f := range r.Findings {
		about := ""
		if f.Name != "" {
			about = f.Name + ": "
		}
		fmt.Fprintf(s.out, "%s: %s\n", f.Code, printable(about+f.Message))
		if kind := [2]string{f.Meaning, w.say(f.Remedy)}; !said[kind] {
			said[kind] = true
			fmt.Fprintf(s.out, "  means: %s\n  mend:  %s\n", printable(f.Meaning), pasteable(kind[1]))
		}
	}
	how := "read"
	if r.Full {
		how = "decrypted"
	}
	if len(r.Findings) == 0 {
		fmt.Fprintf(s.out, "ok: %s in %s %s, at commit %d\n", count(r.Names, "secret"), count(r.Records, "version"), how, r.Seq)
	}
}
