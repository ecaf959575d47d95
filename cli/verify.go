package cli

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type verifyOptions struct {
	full bool
}

func verifyCommand() *command {
	var o verifyOptions
	return &command{
		name: "verify", group: groupVault,
		short: "check the whole vault for tampering and damage",
		long: `Reads every record of every version and holds it against the vault's signed
index, and looks for what should not be there. That needs no key; with --full,
which does, every value is decrypted too. What is found is printed, one line
each, and the exit code is 8.`,
		example: `tacit verify
tacit verify --full --json`,
		codes: []int{exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "full", Usage: "decrypt every value too; needs a key", Destination: &o.full},
		},
		run: func(ctx context.Context, s *session, _ []string) error {
			return runVerify(ctx, s, o)
		},
	}
}

type findingJSON struct {
	Code    string `json:"code"`
	Name    string `json:"name,omitempty"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
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
	v, err := s.openForVerify(ctx, o)
	if err != nil {
		return err
	}
	defer v.Close()
	bar := s.progress("verifying")
	report, err := v.Verify(ctx, vault.VerifyOptions{Full: o.full, Progress: bar.update})
	bar.done()
	if err != nil {
		return err
	}
	if s.json {
		err = s.writeJSON(toReportJSON(report))
	} else {
		s.printReport(report)
	}
	if report.Unfinished && !s.json {
		s.say("a batch was begun and not finished; what it left is never read, and the next write removes it")
	}
	if err != nil || len(report.Findings) == 0 {
		return err
	}
	return fault(vault.Corrupt, "the vault does not verify: %s", count(len(report.Findings), "finding")).
		hinted("what is said beside each; the other secrets can still be read")
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

func toReportJSON(r vault.Report) reportJSON {
	j := reportJSON{
		OK: len(r.Findings) == 0, Full: r.Full, Secrets: r.Names, Deleted: r.Gone, Records: r.Records,
		Commits: r.Seq, Unfinished: r.Unfinished, Findings: make([]findingJSON, len(r.Findings)),
	}
	for i, f := range r.Findings {
		j.Findings[i] = findingJSON{string(f.Code), f.Name, f.Message, f.Remedy}
	}
	return j
}

func (s *session) printReport(r vault.Report) {
	for _, f := range r.Findings {
		about := ""
		if f.Name != "" {
			about = f.Name + ": "
		}
		fmt.Fprintf(s.out, "%s: %s\n", f.Code, printable(about+f.Message+"; "+f.Remedy))
	}
	how := "read"
	if r.Full {
		how = "decrypted"
	}
	if len(r.Findings) == 0 {
		fmt.Fprintf(s.out, "ok: %s in %s %s, at commit %d\n", count(r.Names, "secret"), count(r.Records, "version"), how, r.Seq)
	}
}
