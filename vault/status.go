package vault

import (
	"time"
)

// FirstSeen tells whether this machine sees the vault for the first time, as Status
// does, which also counts names.
func FirstSeen(v *Vault) bool {
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	return v.witness.isNew
}

// Status tells what is known of the vault without a key.
func (v *Vault) Status() Status {
	v.current.mu.RLock()
	defer v.current.mu.RUnlock()
	h, own := &v.current.head.Head, v.current.ownNames()
	st := Status{
		Path: v.dir, ID: h.Vault.String(), Pin: h.Pin.String(), Suite: string(h.Suite), Format: h.Format,
		Created: v.file.Created, Seq: h.Seq, Changed: time.Unix(h.Time, 0).UTC(),
		Names: int(h.Names) - own.live, Gone: int(h.Gone) - own.gone, Records: int(h.Records),
		Policy: policyOf(h), Unlocked: v.current.keys != nil, Writable: v.options.Write, New: v.witness.isNew, Newer: v.witness.newer,
	}
	for _, s := range h.Slots {
		st.Slots = append(st.Slots, slotInfo(s))
	}
	return st
}
