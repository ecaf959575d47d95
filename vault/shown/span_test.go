package shown

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{59*time.Second + 999*time.Millisecond, "59s"},
		{time.Minute, "1m"},
		{time.Hour - 1, "59m"},
		{time.Hour, "1h"},
		{2*day - 1, "47h"},
		{2 * day, "2d"},
		{730*day - 1, "729d"},
		{730 * day, "2y"},
	} {
		if got := Span(c.d); got != c.want {
			t.Errorf("%v: %q, must be %q", c.d, got, c.want)
		}
	}
}
