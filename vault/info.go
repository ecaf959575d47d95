package vault

import (
	"fmt"
	"maps"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// infoOf is what the index tells of a name.
func infoOf(e crypto.Entry) Info {
	return Info{
		Name: e.Name, Version: e.Version, Oldest: e.Oldest,
		Kind: e.Kind.String(), Deleted: e.Kind == crypto.Gone,
	}
}

// withHeader adds what the record tells.
func (i Info) withHeader(h crypto.Header) Info {
	i.Version, i.Kind, i.Deleted = h.Version, h.Kind.String(), h.Kind == crypto.Gone
	i.Size, i.Updated = h.Size, time.Unix(h.Updated, 0).UTC()
	return i.withAttributes(h.Attrs)
}

// withAttributes adds what the attributes of a record tell; origin is ours alone.
func (i Info) withAttributes(attrs []crypto.Attr) Info {
	a := readAttributes(attrs)
	i.Expires, i.Labels = a.expires, a.labels
	for _, attr := range a.others {
		if attr.Name == originAttr {
			continue
		}
		if i.Attrs == nil {
			i.Attrs = map[string]string{}
		}
		i.Attrs[attr.Name] = attr.Value
	}
	return i
}

// policyOf reads the policy out of a head.
func policyOf(h *crypto.Head) Policy {
	p := DefaultPolicy()
	if n, ok := h.Policy[crypto.PolicyMaxValue]; ok {
		p.MaxValue = int(min(n, MaxValueLimit))
	}
	if n, ok := h.Policy[crypto.PolicyHistory]; ok {
		p.History = int(min(max(n, 1), HistoryLimit))
	}
	return p
}

// check refuses a policy out of range.
func (p Policy) check() error {
	for _, q := range []struct {
		what    string
		n, most int
	}{{crypto.PolicyMaxValue, p.MaxValue, MaxValueLimit}, {crypto.PolicyHistory, p.History, HistoryLimit}} {
		if q.n < 1 || q.n > q.most {
			return &SecretError{
				Code:    InvalidValue,
				Message: fmt.Sprintf("%s must be from 1 to %d", q.what, q.most),
			}
		}
	}
	return nil
}

// asMap is the form that a head has of the policy. Policies that this version
// does not know stay as they were.
func (p Policy) asMap(before map[string]uint64) map[string]uint64 {
	m := maps.Clone(before)
	if m == nil {
		m = map[string]uint64{}
	}
	m[crypto.PolicyMaxValue], m[crypto.PolicyHistory] = uint64(p.MaxValue), uint64(p.History)
	return m
}

func slotInfo(s crypto.Slot) SlotInfo {
	return SlotInfo{ID: s.ID, Label: s.Label, Kind: s.Kind, Created: time.Unix(s.Created, 0).UTC(), Recipient: s.Recipient}
}
