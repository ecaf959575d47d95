package frame

import "github.com/tacit-vault/tacit/vault"

// PolicyJSON is a policy in --json.
type PolicyJSON struct {
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

// StatusJSON is what is known of a vault, in --json.
type StatusJSON struct {
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
	Policy  PolicyJSON `json:"policy"`
	Slots   []slotJSON `json:"slots"`
	// Newer is a commit seen in another place that this vault does not come from.
	Newer *vault.Sighting `json:"newer,omitempty"`
}

// StatusOf is the form of a status.
func StatusOf(st vault.Status) StatusJSON {
	j := StatusJSON{
		Path: st.Path, ID: st.ID, Pin: st.Pin, Expect: Expectation(st), Suite: st.Suite, Format: st.Format,
		Created: Stamp(st.Created), Changed: Stamp(st.Changed), Commits: st.Seq,
		Secrets: st.Names, Deleted: st.Gone, Records: st.Records,
		Policy: PolicyJSON(st.Policy), Slots: make([]slotJSON, len(st.Slots)), Newer: st.Newer,
	}
	for i, slot := range st.Slots {
		j.Slots[i] = slotJSON{slot.ID, slot.Label, slot.Kind, Stamp(slot.Created), slot.Recipient}
	}
	return j
}
