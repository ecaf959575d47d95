package doctor

import (
	"fmt"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/style"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
	"github.com/tacit-vault/tacit/vault/remedy"
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
	Remedy  string       `json:"remedy,omitempty"` // in words
	// Action is the remedy as data.
	Action  remedy.Remedy `json:"action,omitzero"`
	Fixable bool          `json:"fixable"` // by --fix
}

// tell prints what was found, the worst first.
func (d *doctor) tell(o doctorOptions, fixed []string) error {
	counts := map[health.Level]int{}
	worst := health.OK
	say := d.saying()
	for _, f := range d.found {
		counts[f.Level]++
		worst = max(worst, f.Level)
	}
	if d.s.JSON {
		j := doctorJSON{OK: worst <= health.Advice, Level: worst, Vault: d.dir, Findings: []diagnosisJSON{}, Fixed: append([]string{}, fixed...)}
		for _, f := range d.found {
			j.Findings = append(j.Findings, diagnosisJSON{f.Check, f.Level, f.Message, say(f), f.Remedy, f.Fix != nil && f.Level != health.OK})
		}
		if err := d.s.WriteJSON(j); err != nil {
			return err
		}
	} else {
		d.print(o, fixed, say)
	}
	switch {
	case d.gone:
		return failure.Fault(vault.VaultMissing, "the vault %s is gone", d.dir).Hinted("what is said above")
	case worst == health.Tampering:
		return failure.Fault(vault.Corrupt, "the vault was tampered with, or is damaged: %s", frame.Count(counts[health.Tampering], "finding")).Remedied(failure.VerifyMeaning)
	case worst == health.Fault:
		f := &failure.Failure{Code: "unhealthy", Exit: failure.ExitOther, Message: "something is wrong around the vault: " + frame.Count(counts[health.Fault], "fault")}
		return f.Remedied(failure.FixEach)
	}
	return nil
}

// levelRoles are how a level is marked.
var levelRoles = [...]style.Role{health.Tampering: style.Wrong, health.Fault: style.Wrong, health.Advice: style.Look, health.OK: style.Strong}

func (d *doctor) print(o doctorOptions, fixed []string, say func(diagnosis) string) {
	for _, did := range fixed {
		fmt.Fprintf(d.s.Results, "%-10s %s\n", "fixed", failure.Printable(did))
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
			padding := strings.Repeat(" ", levelWidth-len(level.String()))
			frame.PrintLine(d.s, style.In(levelRoles[level], level.String()).Then(padding+f.Check+": "+failure.Printable(f.Message)))
			if words := say(f); words != "" {
				l := style.Line{{Text: strings.Repeat(" ", levelWidth)}, {Role: style.Strong, Text: "mend:"}}
				frame.PrintLine(d.s, l.Then(" "+failure.Pasteable(words)+fixable(f)))
			}
		}
	}
	switch {
	case o.verbose:
	case fine == len(d.found):
		frame.PrintLine(d.s, style.In(style.Strong, "ok:").Then(" "+frame.Count(fine, "check")+", nothing to report"))
	case fine > 0 && terminal.IsTerminal(d.s.Out):
		frame.PrintLine(d.s, style.In(style.Strong, health.OK.String()).Then(strings.Repeat(" ", levelWidth-2)+frame.Count(fine, "other check")))
	}
}

// levelWidth is the width of the first column, in cells.
const levelWidth = 11

func fixable(f diagnosis) string {
	if f.Fix == nil || f.Remedy.Action == remedy.Fix {
		return ""
	}
	return "   (or: tacit doctor --fix)"
}

// saying says the ways out of what was found, as they can be run as they stand.
func (d *doctor) saying() func(diagnosis) string {
	w := d.s.PathsAround()
	return func(f diagnosis) string {
		if f.words != "" {
			return w.Tell(f.words)
		}
		return w.Say(f.Remedy)
	}
}
