package cli

import (
	"testing"
	"time"
)

// One line's end is LF or CRLF, and a mark may stand before it; several lines keep
// every byte.
func TestTrimLine(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "x": "x", "x\n": "x", "x\r\n": "x", "\n": "", "\r\n": "", "x\r": "x\r", "x\r\r\n": "x\r", "x \n": "x ",
		"\uFEFFx\r\n": "x", "\uFEFF": "", "a\r\nb\r\n": "a\r\nb\r\n", "\uFEFFa\nb": "\uFEFFa\nb", "\n\n": "\n\n", "x\n\n": "x\n\n", "x\ny": "x\ny", "\nx": "\nx",
	} {
		if got := trimLine([]byte(raw)); string(got) != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &session{App: &App{Now: func() time.Time { return now }}}
	for ago, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m", 59 * time.Minute: "59m", time.Hour: "1h", 47 * time.Hour: "47h",
		48 * time.Hour: "2d", 729 * 24 * time.Hour: "729d", 731 * 24 * time.Hour: "2y", -time.Hour: "in the future",
	} {
		if got := s.age(now.Add(-ago)); got != want {
			t.Errorf("%s: %s, want %s", ago, got, want)
		}
	}
	if got := s.age(time.Time{}); got != "-" {
		t.Errorf("never: %s", got)
	}
}
