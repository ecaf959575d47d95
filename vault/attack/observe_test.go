package attack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault"
)

// reads reads a name and holds what comes back against the truth. It returns
// the error that kept it from the truth, which must be a detection; a wrong
// value, or a false "not found", fails the test.
func (v *victim) reads(h *vault.Vault, name string, alarm *error) {
	v.t.Helper()
	sec, err := h.Read(context.Background(), name)
	facts := v.truth[name]
	switch {
	case err == nil && !facts.live():
		v.t.Errorf("%s is read, and is not there", name)
	case err == nil:
		if got := (value{sec.Kind, string(sec.Value.Reveal())}); got != facts.current() || sec.Version != facts.version() {
			v.t.Errorf("%s is read as version %d of kind %s, and that is not the truth", name, sec.Version, sec.Kind)
		}
	case errors.Is(err, vault.NotFound) && !facts.live():
	default:
		v.alarmed("read "+name, err, alarm)
	}
}

// alarmed takes an alarm down. Where none is due it fails the test.
func (v *victim) alarmed(what string, err error, alarm *error) {
	v.t.Helper()
	v.quiet(what, fmt.Sprintf("%v %+v %#v", err, err, err))
	switch {
	case alarm == nil:
		v.t.Fatalf("a false alarm: %s: %v", what, err)
	case !vault.CodeOf(err).Tampering():
		v.t.Errorf("%s: %v (%s) is no detection", what, err, vault.CodeOf(err))
	}
	if alarm != nil && *alarm == nil {
		*alarm = err
	}
}

// quiet holds that a text has no value in it.
func (v *victim) quiet(what, text string) {
	if strings.Contains(text, "canary") {
		v.t.Errorf("%s: a value is in the message", what)
	}
}

// lists holds List and Find against the truth.
func (v *victim) lists(h *vault.Vault, alarm *error) {
	v.t.Helper()
	list, err := h.List(context.Background(), vault.ListOptions{})
	if err != nil {
		v.alarmed("list", err, alarm)
	} else if want := v.truth.names(); !slices.Equal(namesOf(list), want) {
		v.t.Errorf("listed are %v, there are %v", namesOf(list), want)
	}
	list, err = h.Find(context.Background(), "live_", false)
	if err != nil {
		v.alarmed("find", err, alarm)
		return
	}
	want := slices.DeleteFunc(v.truth.names(), func(n string) bool { return !strings.HasPrefix(n, "LIVE_") })
	if !slices.Equal(namesOf(list), want) {
		v.t.Errorf("found are %v, there are %v", namesOf(list), want)
	}
}

func namesOf(list []vault.Info) (names []string) {
	for _, i := range list {
		names = append(names, i.Name)
	}
	return names
}

// remembers holds the history of a name against the truth.
func (v *victim) remembers(h *vault.Vault, name string, alarm *error) {
	v.t.Helper()
	facts := v.truth[name]
	list, err := h.History(context.Background(), name)
	switch {
	case errors.Is(err, vault.NotFound) && facts == nil:
		return
	case err != nil:
		v.alarmed("history of "+name, err, alarm)
	case facts == nil:
		v.t.Errorf("%s has a history, and never was", name)
		return
	default:
		for i, info := range list {
			if n := facts.version() - uint64(i); n < facts.oldest || info.Version != n || info.Kind != facts.versions[n-1].kind {
				v.t.Errorf("history of %s: version %d, a %s, at place %d", name, info.Version, info.Kind, i)
			}
		}
		if len(list) != int(facts.version()-facts.oldest)+1 {
			v.t.Errorf("history of %s has %d versions, of %d to %d", name, len(list), facts.oldest, facts.version())
		}
	}
	if facts == nil || !h.Unlocked() {
		return
	}
	for n := uint64(1); n <= facts.version()+1; n++ {
		sec, err := h.ReadVersion(context.Background(), name, n)
		there := facts.oldest <= n && n <= facts.version() && facts.versions[n-1].kind != "gone"
		switch {
		case errors.Is(err, vault.NotFound) && !there:
		case err != nil:
			v.alarmed(fmt.Sprintf("version %d of %s", n, name), err, alarm)
		case !there || facts.versions[n-1] != (value{sec.Kind, string(sec.Value.Reveal())}):
			v.t.Errorf("version %d of %s is not the truth", n, name)
		}
	}
}

// sight is what was seen of a vault in one way.
type sight struct {
	way      way
	open     error
	reads    map[string]error // alarms of current values, and of absences
	history  map[string]error
	list     error
	verify   error // it could not be done
	findings []vault.Finding
}

// look opens the vault and looks at it. Whatever it is told has to be true.
func (v *victim) look(w way, names []string) sight {
	s := sight{way: w, reads: map[string]error{}, history: map[string]error{}}
	h, err := v.open(w)
	if err != nil {
		s.open = err
		v.quiet("open", fmt.Sprintf("%v %+v", err, err))
		return s
	}
	defer h.Close()
	v.lists(h, &s.list)
	for _, name := range names {
		var alarm error
		if w.keys {
			if v.reads(h, name, &alarm); alarm != nil {
				s.reads[name] = alarm
			}
		}
		alarm = nil
		if v.remembers(h, name, &alarm); alarm != nil {
			s.history[name] = alarm
		}
	}
	r, err := h.Verify(context.Background(), vault.VerifyOptions{Full: w.keys})
	s.verify, s.findings = err, r.Findings
	if err != nil {
		v.quiet("verify", fmt.Sprintf("%v %+v", err, err))
	}
	for _, f := range r.Findings {
		v.quiet("verify", fmt.Sprintf("%+v", f))
		if !f.Code.Tampering() {
			v.t.Errorf("verify: %+v is no finding of tampering", f)
		}
	}
	return s
}

// trueAgain holds that nothing is wrong, for whoever opens the vault.
func (v *victim) trueAgain(what string) {
	v.t.Helper()
	for _, w := range []way{reader, locked} {
		h, err := v.open(w)
		if err != nil {
			v.t.Fatalf("%s: %v", what, err)
		}
		v.lists(h, nil)
		for _, name := range v.some() {
			if w.keys {
				v.reads(h, name, nil)
			}
			v.remembers(h, name, nil)
		}
		r, err := h.Verify(context.Background(), vault.VerifyOptions{Full: w.keys})
		if err != nil || len(r.Findings) > 0 || r.Unfinished {
			v.t.Fatalf("%s: verify: %+v, %v", what, r, err)
		}
		h.Close()
	}
}

// some are names to look at: all that attacks are about, and a few others.
func (v *victim) some() []string {
	names := []string{liveA, liveB, liveC, hist, long, gone, purged, never}
	for i, name := range slices.Sorted(maps.Keys(v.truth)) {
		if !slices.Contains(names, name) && i%5 == v.rng.IntN(5) {
			names = append(names, name)
		}
	}
	return names
}
