package heads

import "github.com/tacit-vault/tacit/crypto/bundle"

// Assemble makes a checkpoint of its parts, by their numbers from 1. It is false where
// one is missing: a part alone would say of every name in the others that it is gone.
func Assemble(parts map[uint64]*bundle.CheckpointPart, sum func(*bundle.Item) Head) (Checkpoint, bool) {
	c := Checkpoint{Rows: map[string]Row{}}
	first := parts[1]
	if first == nil || uint64(len(parts)) != first.Parts {
		return c, false
	}
	c.Seen = first.Seen
	for _, part := range parts {
		if !fits(first, part) {
			return Checkpoint{}, false
		}
		for i := range part.Items {
			item := &part.Items[i]
			h := sum(&item.Item)
			h.Member, h.Seq, h.Epoch = item.Member, item.Seq, item.Epoch
			c.Rows[item.Name] = append(c.Rows[item.Name], h)
		}
	}
	for name, row := range c.Rows {
		c.Rows[name] = sorted(row)
	}
	return c, true
}

// fits tells whether two parts are of one checkpoint.
func fits(a, b *bundle.CheckpointPart) bool {
	if b == nil || a.Set != b.Set || a.Parts != b.Parts || a.Time != b.Time || len(a.Seen) != len(b.Seen) {
		return false
	}
	for i := range a.Seen {
		if a.Seen[i] != b.Seen[i] {
			return false
		}
	}
	return true
}
