package status

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

// Command is status.
func Command(s *frame.Session) *cmdline.Command {
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

func runStatus(ctx context.Context, s *frame.Session) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	st := v.Status()
	if s.JSON {
		return s.WriteJSON(frame.StatusOf(st))
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
