package group

import (
	"fmt"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/group"
)

// syncJSON is what a sync of one group did.
type syncJSON struct {
	Group     string        `json:"group"`
	Role      string        `json:"role"` // "" while it waits to be admitted
	Sent      int           `json:"sent"`
	Received  int           `json:"received"`
	Pushed    int           `json:"pushed"`
	Conflicts int           `json:"conflicts"`
	Kept      []string      `json:"kept"` // names that a reader changed, and that stay here
	Waiting   []waitingJSON `json:"waiting"`
	Forked    []string      `json:"forked"`
	Requests  []requestJSON `json:"requests"` // to join, which this owner cannot admit
	AsOf      string        `json:"as_of"`
	Addresses []addressJSON `json:"addresses"`
}

type requestJSON struct {
	Label string `json:"label"` // as it names itself
	Asked string `json:"asked"`
	Why   string `json:"why"` // closed, unknown or full
}

type waitingJSON struct {
	From  string `json:"from"`
	For   string `json:"for"`
	Until uint64 `json:"until"`
}

type addressJSON struct {
	Address string   `json:"address"`
	Error   string   `json:"error,omitempty"`
	Lost    uint64   `json:"lost,omitempty"`
	Damaged []string `json:"damaged,omitempty"` // keys
}

func toSyncJSON(label, role string, r group.Report) syncJSON {
	j := syncJSON{
		Group: label, Role: role, Sent: r.Sent, Received: r.Received, Pushed: r.Pushed, Conflicts: r.Conflicts,
		Kept: append([]string{}, r.Kept...), Waiting: []waitingJSON{}, Forked: append([]string{}, r.Forked...), Requests: []requestJSON{},
		AsOf: frame.Stamp(r.AsOf), Addresses: []addressJSON{},
	}
	for _, w := range r.Waiting {
		j.Waiting = append(j.Waiting, waitingJSON(w))
	}
	for _, u := range r.Unanswered {
		j.Requests = append(j.Requests, requestJSON{u.Label, frame.Stamp(u.Asked), string(u.Why)})
	}
	for _, p := range r.Places {
		a := addressJSON{Address: p.Address, Lost: p.Lost, Damaged: p.Damaged}
		if p.Err != nil {
			a.Error = failure.Text(p.Err)
		}
		j.Addresses = append(j.Addresses, a)
	}
	return j
}

// tellSync says what a sync of one group did.
func tellSync(s *frame.Session, label string, r group.Report) {
	warnSync(s, label, r)
	switch {
	case r.Sent+r.Received+r.Pushed == 0:
		s.Note("%s: nothing new", label)
	default:
		s.Note("%s: sent %s, received %s", label, frame.Count(r.Sent, "change"), frame.Count(r.Received, "value"))
	}
}

// warnSync says what the user has to know of a sync.
func warnSync(s *frame.Session, label string, r group.Report) {
	for _, p := range r.Places {
		if p.Err != nil {
			s.Warn("%s: %s: %v", label, failure.Printable(p.Address), p.Err)
		}
		if p.Lost > 0 {
			s.Warn("%s: %s has lost change %d of this vault, which has it no more: others get nothing that came after; the way out: tacit group rejoin %s", label, failure.Printable(p.Address), p.Lost, label)
		}
		if len(p.Damaged) > 0 {
			s.Warn("%s: %s: %s that no member has written was passed over: %s", label, failure.Printable(p.Address), frame.Count(len(p.Damaged), "file"), failure.Printable(strings.Join(p.Damaged, ", ")))
		}
	}
	for _, w := range r.Waiting {
		s.Warn("%s: waiting for %s up to change %d, without which changes of %s cannot be taken", label, w.For, w.Until, w.From)
	}
	for _, member := range r.Forked {
		s.Warn("%s: %s has written two changes under one number: two copies of that vault are in use", label, member)
	}
	if r.Full {
		s.Warn("%s: changes wait here: too many are still to be taken to an address", label)
	}
	if len(r.Kept) > 0 {
		s.Say("%s: this vault is a reader, and its own values of %s went to no other: tacit conflicts lists them", label, strings.Join(r.Kept, ", "))
	}
	if r.Conflicts > 0 {
		s.Say("%s: %s; tacit conflicts lists them", label, conflictsText(r.Conflicts))
	}
}

// hindrances are why requests are not admitted, and the way out.
var hindrances = []struct {
	why  group.Hindrance
	text string
}{
	{group.Closed, "by an invitation that has expired, is used up or was closed; a new one lets them in: tacit group invite %s"},
	{group.Unknown, "by an invitation that this vault does not know, as it was made since its backup, or by an owner before; a new one lets them in: tacit group invite %s"},
	{group.Full, "and the group has all the heirs and writers that it can have; tacit group members %s lists them"},
}

// tellRequests says which requests to join are not admitted: once, where a command goes on
// and they stay the same.
func (h *hand) tellRequests(id group.ID, label string, r group.Report) {
	var texts []string
	for _, k := range hindrances {
		var who []string
		for _, u := range r.Unanswered {
			if u.Why == k.why {
				who = append(who, failure.Printable(u.Label))
			}
		}
		if len(who) == 0 {
			continue
		}
		listed := strings.Join(who[:min(len(who), mostListed)], ", ")
		if more := len(who) - mostListed; more > 0 {
			listed += fmt.Sprintf(" and %d more", more)
		}
		texts = append(texts, fmt.Sprintf("%s: %s to join: %s: "+k.text, label, frame.Count(len(who), "unanswered request"), listed, label))
	}
	if h.isNews(id, strings.Join(texts, "; ")) {
		for _, text := range texts {
			h.s.Say("%s", text)
		}
	}
}

// mostListed is how many requests are listed by their labels.
const mostListed = 10

// ago is how long ago something was, for people.
func ago(s *frame.Session, t time.Time) string {
	switch {
	case t.IsZero():
		return "never"
	case t.After(s.Now()):
		return frame.Stamp(t) + ", by a clock that is ahead"
	}
	return s.Age(t) + " ago"
}

func conflictsText(n int) string {
	if n == 1 {
		return "1 value lost against another"
	}
	return fmt.Sprintf("%d values lost against others", n)
}
