package terminal

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var errOut bytes.Buffer
	clock := func() time.Time { return now }

	bar := StartProgress(&errOut, clock, "importing", false)
	now = now.Add(time.Hour)
	bar.Update(1, 2)
	bar.Done()
	if errOut.Len() != 0 {
		t.Errorf("elsewhere than on a terminal: %q", errOut.String())
	}

	bar = StartProgress(&errOut, clock, "importing", false)
	bar.on = true
	bar.Update(1, 10)
	bar.Done()
	if errOut.Len() != 0 {
		t.Errorf("before a second is over: %q", errOut.String())
	}
	now = now.Add(2 * time.Second)
	bar.Update(5, 10)
	if !strings.Contains(errOut.String(), "importing [===============               ] 5 of 10") {
		t.Errorf("%q", errOut.String())
	}
	drawn := errOut.Len()
	bar.Update(6, 10)
	if errOut.Len() != drawn {
		t.Error("it moves with every update")
	}
	bar.Done()
	if !strings.HasSuffix(errOut.String(), "\r\x1b[K") {
		t.Errorf("it stays: %q", errOut.String())
	}
}

// In lines there is neither a return nor an escape: one line each ten seconds.
func TestProgressLines(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var errOut bytes.Buffer
	p := StartProgress(&errOut, func() time.Time { return now }, "importing", false).AsLines()
	p.on = true
	for i := range 26 {
		p.Update(i, 30)
		now = now.Add(time.Second)
	}
	p.Done()
	if got, want := errOut.String(), "importing: 10 of 30\nimporting: 20 of 30\n"; got != want {
		t.Errorf("%q", got)
	}
}
