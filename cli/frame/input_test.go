package frame

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &Session{App: &App{Now: func() time.Time { return now }}}
	for ago, want := range map[time.Duration]string{
		0: "0s", 59 * time.Second: "59s", time.Minute: "1m", 59 * time.Minute: "59m", time.Hour: "1h", 47 * time.Hour: "47h",
		48 * time.Hour: "2d", 729 * 24 * time.Hour: "729d", 731 * 24 * time.Hour: "2y", -time.Hour: "in the future",
	} {
		if got := s.Age(now.Add(-ago)); got != want {
			t.Errorf("%s: %s, want %s", ago, got, want)
		}
	}
	if got := s.Age(time.Time{}); got != "-" {
		t.Errorf("never: %s", got)
	}
}
