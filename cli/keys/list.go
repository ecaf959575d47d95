package keys

import (
	"context"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/table"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// keyJSON is a key slot.
type keyJSON struct {
	ID          uint32 `json:"id"`
	Label       string `json:"label"`
	Kind        string `json:"kind"`
	Created     string `json:"created"`
	Recipient   string `json:"recipient,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Used        string `json:"used,omitempty"`    // when this machine last opened the vault by it
	Drilled     string `json:"drilled,omitempty"` // when it was last proven; known while unlocked
}

func toKeyJSON(slot vault.SlotInfo) keyJSON {
	return keyJSON{
		ID: slot.ID, Label: slot.Label, Kind: slot.Kind, Created: frame.Stamp(slot.Created),
		Recipient: slot.Recipient, Fingerprint: keyring.Fingerprint(slot.Kind, slot.Recipient),
		Used: frame.Stamp(slot.Used), Drilled: frame.Stamp(slot.Drilled),
	}
}

func runKeyList(ctx context.Context, s *frame.Session, _ *keyOptions) error {
	v, err := s.Open(ctx, frame.ToList)
	if err != nil {
		return err
	}
	defer v.Close()
	slots, err := v.Slots(ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		list := make([]keyJSON, len(slots))
		for i, slot := range slots {
			list[i] = toKeyJSON(slot)
		}
		return s.WriteJSON(list)
	}
	rows := make([][]string, len(slots))
	for i, slot := range slots {
		rows[i] = []string{
			slot.Label, slot.Kind, frame.Day(slot.Created), frame.Day(slot.Used), frame.Day(slot.Drilled),
			failure.Printable(keyring.Fingerprint(slot.Kind, slot.Recipient)),
		}
	}
	frame.PrintRows(s, []table.Column{
		{Title: "LABEL", Least: 8},
		{Title: "KIND"},
		{Title: "CREATED", Falls: 1},
		{Title: "USED", Falls: 3},
		{Title: "DRILLED", Falls: 4},
		{Title: "FINGERPRINT", Falls: 2, Least: 16},
	}, rows)
	return nil
}

// LabelsOf names slots for a message.
func LabelsOf(slots []vault.SlotInfo) string {
	var labels []string
	for _, slot := range slots {
		labels = append(labels, slot.Label)
	}
	return strings.Join(labels, ", ")
}
