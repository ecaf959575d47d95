package group

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

// deaf is a place that cannot be listened to.
type deaf struct{ transport.Transport }

func (deaf) Wait(context.Context, ...string) error { return transport.ErrUnreachable }

// A station comes back within seconds of a turn that did not go through, or where an
// address cannot be listened to any more, and more and more seldom while that lasts.
func TestStationRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waited := func(st *station) time.Duration {
			began := time.Now()
			st.wait(t.Context())
			return time.Since(began)
		}
		within := func(got, most time.Duration, when string) {
			t.Helper()
			if got < most/2 || got > most {
				t.Errorf("%s it waits for %v, must be %v to %v", when, got, most/2, most)
			}
		}
		st := &station{hand: &hand{loan: &loan{}, open: map[string]transport.Transport{}}}
		within(waited(st), pause, "after a turn")
		for st.failed = 1; st.failed < 100; st.failed++ {
			most := pause
			if st.failed <= 6 {
				most = time.Second << (st.failed - 1)
			}
			within(waited(st), most, "after turns that did not go through")
		}
		st.failed = 0
		for i := range 9 { // each turn goes through, and nothing can be heard
			st.hand.open["place"], st.heard = deaf{}, map[string][]string{"place": {"b/"}}
			within(waited(st), min(pause, time.Second<<i), "where nothing can be heard")
			if !st.lost || st.hand.open["place"] != nil {
				t.Error("the address is not opened again")
			}
		}
		here := transport.NewMemory().Open()
		defer transport.Close(here)
		st.hand.open["place"], st.heard = here, map[string][]string{"place": {"b/"}}
		if got := waited(st); got != 0 || st.lost {
			t.Errorf("an address that was just opened is waited for: %v", got)
		}
	})
}

// A turn counts as one that went through only if each address was reached.
func TestStationCounts(t *testing.T) {
	t.Parallel()
	st := &station{failed: 3}
	far := errors.New("far")
	for _, c := range []struct {
		far, lost bool
		err       error
		want      int
	}{{err: far, want: 4}, {far: true, want: 5}, {lost: true, want: 5}, {want: 0}} {
		st.lost = c.lost
		st.went(c.far, c.err)
		if st.failed != c.want {
			t.Errorf("%+v: %d turns failed", c, st.failed)
		}
	}
}
