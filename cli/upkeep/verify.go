package upkeep

import (
	"context"
	"errors"
	"fmt"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

type verifyOptions struct {
	full bool
}

func VerifyCommand(s *frame.Session) *cmdline.Command {
	var o verifyOptions
	return &cmdline.Command{
		Name: "verify", Group: cmdline.GroupVault,
		Short: "check the whole vault for tampering and damage",
		Long: `Reads every record of every version, compares it with the vault's signed index,
and looks for what should not be there. That needs no key. --full needs one, and
also decrypts every value. Verify goes on after a finding, and also in a vault
that no other command opens. Each finding is printed with what it means and what
to do, and the exit code is 8. Verify also says when this machine last found the
vault whole: commands that read or write look only at what they need.`,
		Example: `tacit verify
tacit verify --full --json`,
		Codes: []int{failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "full", Usage: "also decrypt every value; needs a key", Destination: &o.full},
		},
		Run: func(ctx context.Context, _ []string) error {
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
	// LastWhole is when this machine last found the vault whole, before this time.
	LastWhole time.Time `json:"last_whole,omitzero"`
}

func runVerify(ctx context.Context, s *frame.Session, o verifyOptions) error {
	report, err := verifyVault(ctx, s, o)
	if err != nil {
		return err
	}
	if s.JSON {
		err = s.WriteJSON(toReportJSON(s, report))
	} else {
		printReport(s, report)
	}
	if report.Unfinished && !s.JSON {
		s.Say("a batch was begun and not finished; what it left is never read, and the next write removes it")
	}
	if err != nil || len(report.Findings) == 0 {
		return err
	}
	f := failure.Fault(vault.Corrupt, "the vault does not verify: %s", frame.Count(len(report.Findings), "finding"))
	if o.full && !report.Full {
		f.Detail = "no value was decrypted: no available key opens the vault"
	}
	return f.Hinted("what is said beside each; what is not named there can still be read")
}

// verifyVault opens the vault as every command does; where that is refused, it goes
// on with what can be read of it.
func verifyVault(ctx context.Context, s *frame.Session, o verifyOptions) (vault.Report, error) {
	report, err := verifyOpen(ctx, s, o)
	if !vault.CodeOf(err).Tampering() {
		return report, err
	}
	report, looked := verifyRefused(ctx, s, o)
	if looked == nil && len(report.Findings) == 0 {
		return report, err // it is gone: somebody has mended it meanwhile
	}
	return report, looked
}

// verifyOpen verifies a vault that opens.
func verifyOpen(ctx context.Context, s *frame.Session, o verifyOptions) (vault.Report, error) {
	v, err := openForVerify(ctx, s, o)
	if err != nil {
		return vault.Report{}, err
	}
	defer v.Close()
	bar := s.Progress("verifying")
	defer bar.Done()
	return v.Verify(ctx, vault.VerifyOptions{Full: o.full, Progress: bar.Update})
}

// verifyRefused verifies a vault that does not open.
func verifyRefused(ctx context.Context, s *frame.Session, o verifyOptions) (vault.Report, error) {
	dir, discovered, err := s.Locate()
	if err != nil {
		return vault.Report{}, err
	}
	release, err := frame.WithoutAgent(ctx, s, dir)
	if err != nil {
		return vault.Report{}, err
	}
	defer release()
	system.Undumpable()
	options := s.Options(discovered)
	options.OneShot = true
	x, err := vault.Examine(ctx, dir, options)
	if err != nil {
		return vault.Report{}, err
	}
	defer x.Close()
	if err := unlockRefused(ctx, s, x, o); err != nil {
		return vault.Report{}, err
	}
	bar := s.Progress("verifying")
	defer bar.Done()
	return x.Verify(ctx, vault.VerifyOptions{Full: o.full, Progress: bar.Update})
}

// unlockRefused unlocks what there is to be unlocked with a key at hand; only
// --full asks for one. Without one the rest is verified all the same.
func unlockRefused(ctx context.Context, s *frame.Session, x *vault.Examined, o verifyOptions) error {
	st, known := x.Status()
	if !known {
		return nil
	}
	w, err := s.AvailableKeys(ctx)
	if err == nil && len(w.Keys) > 0 {
		err = x.Unlock(ctx, w.Keys...)
	}
	if err == nil && len(w.Keys) > 0 || !o.full || w.Given {
		return onlyCancelled(err)
	}
	if w.Vault = st; !w.Typable() {
		return onlyCancelled(err)
	}
	return onlyCancelled(s.AskPassphrase(ctx, w, func(keys ...keyring.Key) error { return x.Unlock(ctx, keys...) }))
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
func openForVerify(ctx context.Context, s *frame.Session, o verifyOptions) (frame.OpenVault, error) {
	if o.full {
		return s.Open(ctx, frame.ToRead)
	}
	dir, discovered, err := s.Locate()
	if err != nil {
		return nil, err
	}
	behind, release, err := frame.ReachAgent(ctx, s, dir)
	if behind != nil || err != nil {
		return behind, err
	}
	w, err := s.AvailableKeys(ctx)
	if err != nil || len(w.Keys) == 0 {
		if release != nil {
			release()
		}
		return s.Open(ctx, frame.ToList)
	}
	options := s.Options(discovered)
	options.Keys, options.OneShot = w.Keys, true
	v, err := vault.Open(ctx, dir, options)
	if err != nil && release != nil {
		release()
	}
	if errors.Is(err, vault.WrongKey) && !w.Given {
		return s.Open(ctx, frame.ToList)
	}
	if err != nil {
		return nil, err
	}
	return s.Local(v, release), nil
}

func toReportJSON(s *frame.Session, r vault.Report) reportJSON {
	j := reportJSON{
		OK: len(r.Findings) == 0, Full: r.Full, Secrets: r.Names, Deleted: r.Gone, Records: r.Records,
		Commits: r.Seq, Unfinished: r.Unfinished, Findings: make([]findingJSON, len(r.Findings)), LastWhole: r.LastWhole,
	}
	w := s.PathsAround()
	for i, f := range r.Findings {
		j.Findings[i] = findingJSON{string(f.Code), f.Name, f.Message, f.Meaning, w.Say(f.Remedy), f.Remedy}
	}
	return j
}

// printReport prints each finding, and once what those of a kind mean.
func printReport(s *frame.Session, r vault.Report) {
	said := map[[2]string]bool{}
	w := s.PathsAround()
	for _, f := range r.Findings {
		about := ""
		if f.Name != "" {
			about = f.Name + ": "
		}
		frame.PrintLine(s, style.In(style.Wrong, fmt.Sprint(f.Code)).Then(": "+failure.Printable(about+f.Message)))
		if kind := [2]string{f.Meaning, w.Say(f.Remedy)}; !said[kind] {
			said[kind] = true
			fmt.Fprintf(s.Results, "  means: %s\n", failure.Printable(f.Meaning))
			frame.PrintLine(s, style.Line{{Text: "  "}, {Role: style.Strong, Text: "mend:"}}.Then("  "+failure.Pasteable(kind[1])))
		}
	}
	how := "read"
	if r.Full {
		how = "decrypted"
	}
	if len(r.Findings) == 0 {
		said := fmt.Sprintf(" %s in %s %s, at commit %d", frame.Count(r.Names, "secret"), frame.Count(r.Records, "version"), how, r.Seq)
		frame.PrintLine(s, style.In(style.Strong, "ok:").Then(said))
	}
	if !r.LastWhole.IsZero() {
		fmt.Fprintf(s.Results, "last found whole by this machine: %s ago\n", s.Age(r.LastWhole))
	}
}
