package server

import (
	"net/http"

	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/relock"
)

func getPolicy(r *request) error {
	return r.answerJSON(http.StatusOK, wire.Policy(r.s.v.Policy()))
}

// putPolicy changes the members that are in the body.
func putPolicy(r *request) error {
	d, err := r.document("max_value", "history")
	if err != nil {
		return err
	}
	p := r.s.v.Policy()
	if err := d.get("max_value", &p.MaxValue); err != nil {
		return err
	}
	if err := d.get("history", &p.History); err != nil {
		return err
	}
	if err := r.s.v.SetPolicy(r.Context(), p); err != nil {
		return err
	}
	return getPolicy(r)
}

func listSlots(r *request) error {
	slots, err := r.s.v.Slots(r.Context())
	if err != nil {
		return err
	}
	return r.answerJSON(http.StatusOK, map[string]any{"slots": wire.SlotsOf(slots)})
}

func (r *request) answerSlot(info vault.SlotInfo, err error) error {
	if err != nil {
		return err
	}
	return r.answerJSON(http.StatusOK, wire.Slot(info))
}

// lockOf makes the lock that a member describes, and wipes the description.
func (r *request) lockOf(d document) (keyring.Lock, error) {
	var spec keyring.LockSpec
	defer spec.Wipe()
	if _, ok := d["lock"]; !ok {
		return nil, wire.Invalid("key", "", "the body has no lock")
	}
	if err := d.get("lock", &spec); err != nil {
		return nil, err
	}
	return spec.Lock(r.s.o.LockOptions)
}

func addSlot(r *request) error {
	d, err := r.document("label", "lock")
	if err != nil {
		return err
	}
	defer d.wipe()
	var label string
	if err := d.get("label", &label); err != nil {
		return err
	}
	lock, err := r.lockOf(d)
	if err != nil {
		return err
	}
	return r.answerSlot(r.s.v.AddSlot(r.Context(), vault.NewSlot{Label: label, Lock: lock}))
}

func replaceSlot(r *request) error {
	d, err := r.document("lock")
	if err != nil {
		return err
	}
	defer d.wipe()
	lock, err := r.lockOf(d)
	if err != nil {
		return err
	}
	return r.answerSlot(r.s.v.ReplaceSlot(r.Context(), r.PathValue("label"), lock))
}

func removeSlot(r *request) error {
	return r.answerSlot(r.s.v.RemoveSlot(r.Context(), r.PathValue("label")))
}

// getExposed tells which secrets removed slots and removed members of groups could have
// read, and which slots these are.
func getExposed(r *request) error {
	list, err := group.Exposed(r.Context(), r.s.v)
	if err != nil {
		return err
	}
	w := wire.Exposed{Exposed: make([]wire.Exposure, len(list))}
	for i, x := range list {
		w.Exposed[i] = wire.Exposure(x)
	}
	if w.Removed, err = r.s.v.Removed(r.Context()); err != nil {
		return err
	}
	if w.Removed == nil {
		w.Removed = []vault.RemovedSlot{}
	}
	return r.answerJSON(http.StatusOK, w)
}

// getGroups tells of the groups that the vault is in.
func getGroups(r *request) error {
	list, err := group.Memberships(r.Context(), r.s.v)
	if err != nil {
		return err
	}
	if list == nil {
		list = []vault.Membership{}
	}
	return r.answerJSON(http.StatusOK, wire.Groups{Groups: list})
}

// postRotate gives the vault a new identity.
func postRotate(r *request) error {
	d, err := r.document("drop_history", "drop", "locks")
	if err != nil {
		return err
	}
	defer d.wipe()
	var o vault.RotateOptions
	locks := map[string]keyring.LockSpec{}
	defer func() {
		for _, l := range locks {
			l.Wipe()
		}
	}()
	for name, into := range map[string]any{"drop_history": &o.DropHistory, "drop": &o.Drop, "locks": &locks} {
		if err := d.get(name, into); err != nil {
			return err
		}
	}
	st := r.stream()
	o.Progress = st.progress
	o.Relock = relock.With(locks, r.s.o.LockOptions)
	rep, err := r.s.v.Rotate(r.Context(), o)
	if err != nil {
		return err
	}
	return st.last(wire.RotateEnd{Report: wire.Rotated{
		OldPin: rep.OldPin, NewPin: rep.NewPin, Secrets: rep.Names, Records: rep.Records, Kept: wire.SlotsOf(rep.Kept), Dropped: wire.SlotsOf(rep.Dropped),
	}})
}
