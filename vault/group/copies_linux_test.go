package group

import (
	"runtime/debug"
	"testing"

	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

// To list conflicts leaves no copy of a value in memory, once the caller has wiped the values.
func TestConflictsKeepNoCopies(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it would wipe some
	w := newTown(t, false)
	owner, anna := w.found(), w.house()
	owner.sync()
	var err error
	anna.g, _, err = Join(t.Context(), anna.v, Request{Code: owner.invite(Invitation{Role: Writer}), Label: "anna"}, w.place)
	w.ok(err)
	for range 2 {
		anna.sync()
		owner.sync()
	}
	secret, part := cryptotest.NewMasked()
	for _, h := range []*house{anna, owner} {
		value := vault.TextOf(secret)
		_, err := h.v.Set(t.Context(), "CAM_KEY", value)
		w.ok(err)
		value.Wipe()
		secret[0]++ // the part that is looked for lies behind
	}
	for range 2 {
		anna.sync()
		owner.sync()
	}
	if n := cryptotest.LeastOf(func() int {
		before := cryptotest.TimesInMemory(t, part)
		for _, h := range []*house{anna, owner} {
			list, err := h.g.Conflicts(t.Context())
			w.ok(err)
			if len(list) != 1 {
				t.Errorf("%d conflicts", len(list))
			}
			for _, c := range list {
				c.Value.Value.Wipe()
			}
			if _, err := h.g.countConflicts(t.Context()); err != nil {
				t.Error(err)
			}
		}
		return cryptotest.TimesInMemory(t, part) - before
	}); n > 0 {
		t.Errorf("there are %d copies more", n)
	}
}
