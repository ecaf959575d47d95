package vault

import (
	"context"
	"time"

	"github.com/tacit-vault/tacit/crypto"
)

// A MergeView is the newest state of a vault, as [Vault.Merge] and [Vault.Look] show
// it. It ends with the function that it was given to.
type MergeView struct{ p *plan }

// NameVersion is a name and its current version.
type NameVersion struct {
	Name    string
	Version uint64 // 0: there never was such a secret
	Deleted bool
	Purged  bool // deleted, and no older version is kept
}

// Look calls fn with the newest state of a vault, which may be open for reading only,
// and which others may change meanwhile. fn may be called again. It needs a key.
func (v *Vault) Look(ctx context.Context, op string, fn func(*MergeView) error) error {
	return v.current.unlockedView(ctx, op, func(s *snapshot) error {
		return fn(&MergeView{newPlan(s, v.now(), v.witness.replica)})
	})
}

// Seq is the number of the commit that is made, if one is.
func (w *MergeView) Seq() uint64 { return w.p.seq }

// Now is the time of that commit, in whole seconds.
func (w *MergeView) Now() time.Time { return time.Unix(w.p.time, 0).UTC() }

// Replica is the number under which this machine writes to this vault. A copy of the
// vault elsewhere has another one.
func (w *MergeView) Replica() crypto.Replica { return w.p.replica }

// Versions lists every name with its current version, deleted ones included, sorted
// by name, without the records that tacit keeps for itself.
func (w *MergeView) Versions(ctx context.Context) ([]NameVersion, error) {
	entries, err := w.p.s.entries(ctx, func(e crypto.Entry) bool { return !ours(e.Name) })
	if err != nil {
		return nil, err
	}
	list := make([]NameVersion, 0, len(entries))
	for _, e := range entries {
		list = append(list, nameVersion(e))
	}
	return list, nil
}

// Version is the current version of a name.
func (w *MergeView) Version(name string) (NameVersion, error) {
	if err := checkName(name); err != nil {
		return NameVersion{}, err
	}
	e, ok, err := w.p.s.entry(name)
	if err != nil || !ok {
		return NameVersion{Name: name}, err
	}
	return nameVersion(e), nil
}

func nameVersion(e crypto.Entry) NameVersion {
	gone := e.Kind == crypto.Gone
	return NameVersion{Name: e.Name, Version: e.Version, Deleted: gone, Purged: gone && e.Oldest == e.Version}
}

// Read returns the current version of a name as another vault would be given it, a
// deletion too. NotFound where there never was such a secret.
func (w *MergeView) Read(name string) (Given, error) {
	e, err := w.known(name)
	if err != nil {
		return Given{}, err
	}
	b, err := w.p.s.record(e)
	if err != nil {
		return Given{}, err
	}
	g, err := w.given(name, e.Version, b)
	g.Purge = g.Deleted && e.Oldest == e.Version
	return g, err
}

// ReadVersion is Read of a version that may be an older one. NotFound where it is
// not kept any more.
func (w *MergeView) ReadVersion(name string, n uint64) (g Given, err error) {
	e, err := w.known(name)
	if err != nil {
		return Given{}, err
	}
	if n < e.Oldest || n > e.Version {
		return Given{}, &SecretError{Code: NotFound, Key: name, Message: "this version of it is not kept"}
	}
	err = w.p.s.history(e, func(ver version) (bool, error) {
		if ver.header.Version > n {
			return true, nil
		}
		var err error
		g, err = w.given(name, n, ver.record)
		return false, err
	})
	return g, err
}

// known is the entry of a name that there is, or was.
func (w *MergeView) known(name string) (crypto.Entry, error) {
	if err := checkName(name); err != nil {
		return crypto.Entry{}, err
	}
	e, ok, err := w.p.s.entry(name)
	if err == nil && !ok {
		_, err = w.p.s.live(name)
	}
	return e, err
}

func (w *MergeView) given(name string, n uint64, record []byte) (Given, error) {
	h, value, err := w.p.s.open(name, n, record)
	if err != nil {
		return Given{}, err
	}
	g := Given{Name: name, Value: value, Attrs: withoutOrigin(h.Attrs), Updated: time.Unix(h.Updated, 0).UTC()}
	if h.Kind == crypto.Gone {
		g.Value, g.Deleted = Value{}, true
	}
	return g, nil
}

// Own reads a record that a group keeps; false where there is none.
func (w *MergeView) Own(name string) (Value, bool, error) {
	return w.p.s.groupRecord(name)
}

// Check tells why a value cannot be kept in this vault: its name, its kind, its size
// or its attributes. Codes: InvalidName, InvalidValue.
func (w *MergeView) Check(g Given) error { return w.p.check(g) }
