package status

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/membership"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// Command is status.
func Command(s *frame.Session) *cmdline.Command {
	long := false
	return &cmdline.Command{
		Name: "status", Group: cmdline.GroupVault,
		Short: "show which vault is used, and what is known of it; needs no key",
		Long: `Prints which vault the other commands use here, what it holds, how it is opened and
when it was changed. With --long, and always in a pipe, it also prints the vault's
id, pin, policy and more. The pin is the vault's fingerprint: compare it on another
machine. "expect" is the line to set there, TACIT_EXPECT=PIN:COMMIT, with the
commit of this vault. "backed up", on a terminal, is when this machine last wrote
the vault to a backup.

"env" is the environment, if it has a name. "attached" is the folder that the vault
is attached to, if it does not lie there. "group" is a group that the vault is in:
its role, members, conflicts and last sync. Without an available key only the
group's id is known. --json also has all attachments of the vault and the project.

"newer" is a commit that this machine has seen of the vault at another place, if
the vault here does not come from it: it is then an older copy, or has gone its
own way. Until tacit trust it can be read, and not written.`,
		Example: `tacit status
tacit status --long
export TACIT_EXPECT="$(tacit status --json | jq -r .expect)"`,
		Codes: []int{failure.ExitNoKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "long", Aliases: []string{"l"}, Usage: "id, pin, suite, policy and versions too", Destination: &long},
		},
		Run: func(ctx context.Context, _ []string) error {
			return runStatus(ctx, s, long)
		},
	}
}

type statusJSON struct {
	frame.StatusJSON
	Env      string `json:"env,omitempty"`
	Attached string `json:"attached,omitempty"` // the folder that the vault is attached to
	// Attachments are all of this vault and of this project, if there are any.
	Attachments []attachmentJSON   `json:"attachments,omitempty"`
	Groups      []vault.Membership `json:"groups,omitempty"` // that the vault is in
}

// attachmentJSON is a vault that is attached to a folder.
type attachmentJSON struct {
	Folder string `json:"folder"`
	Env    string `json:"env"`
	Vault  string `json:"vault"`
	State  string `json:"state"` // there, gone, moved, hidden, folder_gone
	Since  string `json:"since,omitempty"`
}

func attachmentsJSON(list []vault.AttachmentState) (out []attachmentJSON) {
	for _, a := range list {
		out = append(out, attachmentJSON{a.Folder, a.Env, a.Vault, membership.State(a), a.Since})
	}
	return out
}

func runStatus(ctx context.Context, s *frame.Session, long bool) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	st := v.Status()
	env, folder := frame.FoundBy(s)
	groups, err := membership.Of(ctx, s, v)
	if err != nil {
		return err
	}
	attached, err := membership.Attachments(s, st.Path)
	if err != nil {
		s.Warn("%v", err)
	}
	if s.JSON {
		return s.WriteJSON(statusJSON{frame.StatusOf(st), env, folder, attachmentsJSON(attached), groups})
	}
	around := append(groupRows(s, groups), attachmentRows(st.Path, attached)...)
	if !long && terminal.IsTerminal(s.Out) {
		return printBrief(ctx, s, v, around)
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
	if env != "" {
		rows = append(rows, [2]string{"env", env})
	}
	if folder != "" {
		rows = append(rows, [2]string{"attached", folder})
	}
	if st.Newer != nil {
		rows = append(rows, [2]string{"newer", st.Newer.String()})
	}
	for _, row := range append(rows, around...) {
		fmt.Fprintf(s.Results, "%-9s %s\n", row[0], failure.Printable(row[1]))
	}
	return nil
}

// groupRows are a line for each group.
func groupRows(s *frame.Session, list []vault.Membership) (rows [][2]string) {
	for _, m := range list {
		rows = append(rows, [2]string{"group", m.Name() + ": " + membership.Text(s, m)})
	}
	return rows
}

// attachmentRows are a line for each attachment of this vault and this project that is
// not as it should be, and one that says that the vault has several.
func attachmentRows(dir string, list []vault.AttachmentState) (rows [][2]string) {
	if folders := membership.Several(list, dir); len(folders) > 0 {
		rows = append(rows, [2]string{"shared", "by " + strings.Join(folders, ", ")})
	}
	for _, a := range list {
		text := ""
		switch {
		case a.Since != "":
			text = "is gone, and was seen since at " + a.Since
		case a.Gone:
			text = "is gone"
		case a.Lost:
			text = "is attached to a folder that is gone"
		case a.Hidden:
			text = "is not used there: the folder has a vault of its own"
		default:
			continue
		}
		rows = append(rows, [2]string{"attached", membership.Where(a.Attachment) + ": " + a.Vault + " " + text})
	}
	return rows
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
