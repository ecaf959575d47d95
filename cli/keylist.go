package cli

import (
	"context"
	"strings"

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
		ID: slot.ID, Label: slot.Label, Kind: slot.Kind, Created: stamp(slot.Created),
		Recipient: slot.Recipient, Fingerprint: keyring.Fingerprint(slot.Kind, slot.Recipient),
		Used: stamp(slot.Used), Drilled: stamp(slot.Drilled),
	}
}

func runKeyList(ctx context.Context, s *session, _ *keyOptions) error {
	v, err := s.open(ctx, names)
	if err != nil {
		return err
	}
	defer v.Close()
	slots, err := v.Slots(ctx)
	if err != nil {
		return err
	}
	if s.json {
		list := make([]keyJSON, len(slots))
		for i, slot := range slots {
			list[i] = toKeyJSON(slot)
		}
		return s.writeJSON(list)
	}
	rows := make([][]string, len(slots))
	for i, slot := range slots {
		rows[i] = []string{
			slot.Label, slot.Kind, day(slot.Created), day(slot.Used), day(slot.Drilled),
			printable(keyring.Fingerprint(slot.Kind, slot.Recipient)),
		}
	}
	s.rows([]string{"LABEL", "KIND", "CREATED", "USED", "DRILLED", "FINGERPRINT"}, rows)
	return nil
}

// labelsOf names slots for a message.
func labelsOf(slots []vault.SlotInfo) string {
	var labels []string
	for _, slot := range slots {
		labels = append(labels, slot.Label)
	}
	return strings.Join(labels, ", ")
}
