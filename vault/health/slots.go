package health

import (
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// drillEvery is how long a drill is good for.
const drillEvery = 180 * 24 * time.Hour

// Slots looks at the ways into the vault. drilled says that the days of drills
// are known, which takes an unlocked vault.
func Slots(slots []vault.SlotInfo, drilled bool, now time.Time) (found []Finding) {
	const check = "slots"
	add := func(message string, way remedy.Remedy) {
		found = append(found, Finding{check, Advice, message, way, nil})
	}
	var last time.Time
	for _, s := range slots {
		if s.WorkFactor > 0 && s.WorkFactor < vault.RecommendedLogN {
			add(fmt.Sprintf("the key slot %s makes a guess of its passphrase cost less than it should (scrypt 2^%d, recommended 2^%d)", s.Label, s.WorkFactor, vault.RecommendedLogN),
				remedy.To(remedy.ChangePassphrase, remedy.Slot.Named(s.Label)))
		}
		if s.Drilled.After(last) {
			last = s.Drilled
		}
	}
	if len(slots) == 1 {
		add("the vault has one key slot, "+slots[0].Label+": if its key is lost, so is everything", remedy.To(remedy.AddRecovery))
	}
	switch {
	case !drilled:
	case last.IsZero():
		add("no key was ever proven to open everything", remedy.To(remedy.Drill))
	case now.Sub(last) > drillEvery:
		add(fmt.Sprintf("the keys were last proven to open everything %d days ago", int(now.Sub(last).Hours()/24)), remedy.To(remedy.Drill))
	}
	if len(found) == 0 {
		var labels []string
		for _, s := range slots {
			labels = append(labels, s.Label)
		}
		found = append(found, Finding{check, OK, "key slots: " + strings.Join(labels, ", "), remedy.Remedy{}, nil})
	}
	return found
}
