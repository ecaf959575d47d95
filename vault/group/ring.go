package group

import (
	"slices"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
)

// ringSize is how many bundles a vault keeps until each place has them, the newest for
// longer: see regain.
const ringSize = 256

// enqueue puts the bundles of this merge into the ring.
func (m *merger) enqueue() {
	for _, c := range m.sealed {
		if c.purges { // what every place has may hold the values
			m.st.release(m.st.everywhere(), m.out.Own)
		}
		slot := m.freeSlot()
		m.st.Queue = append(m.st.Queue, queued{c.seq, slot, len(c.data)})
		m.out.Own[bucketName(m.st.Group, 'f', byte(slot))] = vault.Bytes(c.data)
		m.st.Since += len(c.data)
	}
}

// freeSlot is a slot that no bundle is in.
func (m *merger) freeSlot() int {
	for slot := range ringSize {
		if !slices.ContainsFunc(m.st.Queue, func(q queued) bool { return q.Slot == slot }) {
			return slot
		}
	}
	return 0 // cutLists has seen that there is room
}

// release frees the slots of bundles up to a number.
func (st *state) release(seq uint64, own map[string]vault.Value) {
	st.Queue = slices.DeleteFunc(st.Queue, func(q queued) bool {
		if q.Seq > seq {
			return false
		}
		own[bucketName(st.Group, 'f', byte(q.Slot))] = vault.Value{}
		return true
	})
}

// free deletes the bundles that this vault put as another member.
func (st *state) free(own map[string]vault.Value) {
	for _, slot := range st.Freed {
		if !slices.ContainsFunc(st.Queue, func(q queued) bool { return q.Slot == slot }) {
			own[bucketName(st.Group, 'f', byte(slot))] = vault.Value{}
		}
	}
	st.Freed = nil
}

// cover notes that a checkpoint covers this member's changes up to a number: no place
// needs them any more.
func (st *state) cover(seq uint64, own map[string]vault.Value) {
	st.Covered = max(st.Covered, seq)
	st.release(seq, own)
}

// ringRecord is the record of a bundle in the ring.
func ringRecord(id bundle.GroupID, q queued) string { return bucketName(id, 'f', byte(q.Slot)) }
