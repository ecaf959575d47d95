package upkeep

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

func StatusCommand(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "status", Group: cmdline.GroupVault,
		Short: "show which vault is used, and what is known of it; needs no key",
		Long: `Prints which vault the other commands use here, its pin, its content, its policy
and its key slots. The pin is the vault's fingerprint: compare it on another
machine. "expect" is the line to set there, TACIT_EXPECT=PIN:COMMIT, with the
commit of this vault.

"newer" is a commit that this machine has seen of the vault at another place, if
the vault here does not come from it: it is then an older copy, or has gone its
own way. Until tacit trust it can be read, and not written.`,
		Example: `tacit status
export TACIT_EXPECT="$(tacit status --json | jq -r .expect)"`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Run: func(ctx context.Context, _ []string) error {
			return runStatus(ctx, s)
		},
	}
}

type policyJSON struct {
	MaxValue int `json:"max_value"` // UTF-16 code units
	History  int `json:"history"`   // versions kept of each name
}

type slotJSON struct {
	ID        uint32 `json:"id"`
	Label     string `json:"label"`
	Kind      string `json:"kind"`
	Created   string `json:"created"`
	Recipient string `json:"recipient,omitempty"`
}

type statusJSON struct {
	Path    string     `json:"path"`
	ID      string     `json:"id"`
	Pin     string     `json:"pin"`
	Expect  string     `json:"expect"` // for TACIT_EXPECT
	Suite   string     `json:"suite"`
	Format  uint64     `json:"format"`
	Created string     `json:"created"`
	Changed string     `json:"changed"`
	Commits uint64     `json:"commits"`
	Secrets int        `json:"secrets"`
	Deleted int        `json:"deleted"`
	Records int        `json:"records"` // versions kept of all of them
	Policy  policyJSON `json:"policy"`
	Slots   []slotJSON `json:"slots"`
	// Newer is a commit seen in another place that this vault does not come from.
	Newer *vault.Sighting `json:"newer,omitempty"`
}

func toStatusJSON(st vault.Status) statusJSON {
	j := statusJSON{
		Path: st.Path, ID: st.ID, Pin: st.Pin, Expect: frame.Expectation(st), Suite: st.Suite, Format: st.Format,
		Created: frame.Stamp(st.Created), Changed: frame.Stamp(st.Changed), Commits: st.Seq,
		Secrets: st.Names, Deleted: st.Gone, Records: st.Records,
		Policy: policyJSON(st.Policy), Slots: make([]slotJSON, len(st.Slots)), Newer: st.Newer,
	}
	for i, slot := range st.Slots {
		j.Slots[i] = slotJSON{slot.ID, slot.Label, slot.Kind, frame.Stamp(slot.Created), slot.Recipient}
	}
	return j
}

func runStatus(ctx context.Context, s *frame.Session) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	st := v.Status()
	if s.JSON {
		return s.WriteJSON(toStatusJSON(st))
	}
	rows := [][2]string{
		{"vault", st.Path},
		{"id", st.ID},
		{"pin", st.Pin},
		{"expect", "TACIT_EXPECT=" + frame.Expectation(st)},
		{"suite", st.Suite},
		{"created", frame.Stamp(st.Created)},
		{"changed", frame.Stamp(st.Changed) + ", " + frame.Count(int(st.Seq), "commit")},
		{"secrets", fmt.Sprintf("%d, and %s", st.Names, frame.Count(st.Gone, "deleted name"))},
		{"versions", strconv.Itoa(st.Records)},
		{"policy", fmt.Sprintf("values of at most %d characters, %s kept of each", st.Policy.MaxValue, frame.Count(st.Policy.History, "version"))},
		{"slots", slotsLine(st.Slots)},
	}
	if st.Newer != nil {
		rows = append(rows, [2]string{"newer", st.Newer.String()})
	}
	for _, row := range rows {
		fmt.Fprintf(s.Results, "%-9s %s\n", row[0], failure.Printable(row[1]))
	}
	return nil
}

func slotsLine(slots []vault.SlotInfo) string {
	var list []string
	for _, slot := range slots {
		text := slot.Label + " (" + slot.Kind
		if slot.Recipient != "" {
			text += " " + shortRecipient(slot.Recipient)
		}
		list = append(list, text+")")
	}
	return strings.Join(list, ", ")
}

// shortRecipient cuts a post-quantum recipient, which fills a screen.
func shortRecipient(r string) string {
	const most = 64
	if len(r) > most {
		return r[:most] + "…"
	}
	return r
}
