package cli

import (
	"fmt"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
)

// doctorJSON is what doctor found, the checks that found nothing included.
type doctorJSON struct {
	OK       bool            `json:"ok"`    // advice at most
	Level    health.Level    `json:"level"` // the worst: ok, advice, fault, tampering
	Vault    string          `json:"vault"`
	Findings []diagnosisJSON `json:"findings"`
	Fixed    []string        `json:"fixed"`
}

type diagnosisJSON struct {
	Check   string       `json:"check"`
	Level   health.Level `json:"level"`
	Message string       `json:"message"`
	Remedy  string       `json:"remedy,omitempty"`
	Fixable bool         `json:"fixable"` // by --fix
}

// tell prints what was found, the worst first.
func (d *doctor) tell(o doctorOptions, fixed []string) error {
	counts := map[health.Level]int{}
	worst := health.OK
	remedy := d.s.remedies()
	for _, f := range d.found {
		counts[f.Level]++
		worst = max(worst, f.Level)
	}
	if d.s.json {
		j := doctorJSON{OK: worst <= health.Advice, Level: worst, Vault: d.dir, Findings: []diagnosisJSON{}, Fixed: append([]string{}, fixed...)}
		for _, f := range d.found {
			j.Findings = append(j.Findings, diagnosisJSON{f.Check, f.Level, f.Message, remedy(f.Remedy), f.Fix != nil && f.Level != health.OK})
		}
		if err := d.s.writeJSON(j); err != nil {
			return err
		}
	} else {
		d.print(o, fixed, remedy)
	}
	switch {
	case d.gone:
		return fault(vault.VaultMissing, "the vault %s is gone", d.dir).hinted("what is said above")
	case worst == health.Tampering:
		return fault(vault.Corrupt, "the vault was tampered with, or is damaged: %s", count(counts[health.Tampering], "finding")).hinted("%s", remedy("tacit verify, which says what each means"))
	case worst == health.Fault:
		f := &failure{code: "unhealthy", exit: exitOther, message: "something is wrong around the vault: " + count(counts[health.Fault], "fault")}
		return f.hinted("%s", remedy("the command beside each; tacit doctor --fix where it says so"))
	}
	return nil
}

func (d *doctor) print(o doctorOptions, fixed []string, remedy func(string) string) {
	for _, did := range fixed {
		fmt.Fprintf(d.s.out, "%-10s %s\n", "fixed", printable(did))
	}
	fine := 0
	for level := health.Tampering; level >= health.OK; level-- {
		for _, f := range d.found {
			if f.Level != level {
				continue
			}
			if level == health.OK {
				fine++
				if !o.verbose {
					continue
				}
			}
			fmt.Fprintf(d.s.out, "%-10s %s: %s\n", level, f.Check, printable(f.Message))
			if f.Remedy != "" {
				fmt.Fprintf(d.s.out, "%-10s mend: %s\n", "", pasteable(remedy(f.Remedy))+fixable(f))
			}
		}
	}
	if fine == len(d.found) && !o.verbose {
		fmt.Fprintf(d.s.out, "ok: %s, nothing to tell\n", count(fine, "check"))
	}
}

func fixable(f health.Finding) string {
	if f.Fix == nil || f.Remedy == "tacit doctor --fix" {
		return ""
	}
	return "   (or: tacit doctor --fix)"
}
