package secrets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/expiry"
)

// attributeOptions say when a secret expires, and its labels.
type attributeOptions struct {
	expires string
	labels  urfave.StringSlice
}

// Words that --expires takes beside times.
const (
	expiresNever     = "never"
	expiresFromValue = "from-value"
)

func (o *attributeOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "expires", Usage: "it expires at `WHEN`: 90d, 12h, 2027-01-31, RFC 3339, from-value, never", Destination: &o.expires, Action: cmdline.Given("--expires")},
		&urfave.StringSliceFlag{Name: "label", Usage: "label it `KEY=VALUE`, readable without a key; KEY= removes it; may be repeated", Destination: &o.labels},
	}
}

// marks are what the flags say of attributes.
type marks struct {
	expires   *time.Time // nil: nothing
	fromValue bool
	labels    map[string]string
}

// none tells whether nothing was said.
func (m marks) none() bool { return m.expires == nil && !m.fromValue && len(m.labels) == 0 }

// options are what the vault is told.
func (m marks) options() (list []vault.SetOption) {
	if m.expires != nil {
		list = append(list, vault.Expires(*m.expires))
	}
	for key, value := range m.labels {
		list = append(list, vault.Label(key, value))
	}
	return list
}

// marks reads the flags.
func (o *attributeOptions) marks(now time.Time) (m marks, err error) {
	switch o.expires {
	case "":
	case expiresNever:
		m.expires = new(time.Time)
	case expiresFromValue:
		m.fromValue = true
	default:
		t, err := parseWhen(o.expires, now)
		if err != nil {
			return m, failure.Usage("--expires: %v", err).Hinted("--expires 90d, 12h, 2w, 1y, 2027-01-31, 2027-01-31T12:00:00Z, from-value or never")
		}
		m.expires = &t
	}
	m.labels = map[string]string{}
	for _, text := range o.labels.Value() {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return m, failure.Usage("--label takes KEY=VALUE, not %s", failure.Printable(text)).Hinted("--label env=prod; --label env= removes it")
		}
		if _, twice := m.labels[key]; twice {
			return m, failure.Usage("the label %s is given twice", failure.Printable(key))
		}
		if err := vault.CheckLabel(key, value); err != nil {
			return m, err
		}
		m.labels[key] = value
	}
	return m, nil
}

// parseWhen reads a time from now on, a date, which is its beginning in UTC, or
// a time of RFC 3339. Times have whole seconds.
func parseWhen(text string, now time.Time) (t time.Time, err error) {
	if d, ok := parseSpan(text); ok {
		t = now.Add(d)
	} else if t, err = time.Parse(time.DateOnly, text); err != nil {
		if t, err = time.Parse(time.RFC3339, text); err != nil {
			return t, fmt.Errorf("%s is no time", failure.Printable(text))
		}
	}
	t = t.UTC().Truncate(time.Second)
	if t.IsZero() || vault.CheckExpires("", "", t) != nil {
		return t, fmt.Errorf("%s is not in the years 1970 to 9999", failure.Printable(text))
	}
	return t, nil
}

// maxSpan is the longest time from now on, in years: more than time.Duration
// holds is never meant.
const maxSpan = 200

// parseSpan reads a number of hours, days, weeks or years of 365 days.
func parseSpan(text string) (time.Duration, bool) {
	const day = 24 * time.Hour
	units := map[byte]time.Duration{'h': time.Hour, 'd': day, 'w': 7 * day, 'y': 365 * day}
	if len(text) < 2 {
		return 0, false
	}
	unit, ok := units[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
	if !ok || err != nil || n > uint64(maxSpan*365*day/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// told is what a value tells of its own expiry; nil for nothing.
type told struct {
	at   time.Time
	from expiry.Source
}

func tellsExpiry(value vault.Value) *told {
	if at, from, ok := expiry.Of(value.Reveal()); ok {
		return &told{at, from}
	}
	return nil
}

// takeFrom takes over the expiry that a value tells, where it was asked for.
func (m *marks) takeFrom(value vault.Value, name string) error {
	if !m.fromValue {
		return nil
	}
	t := tellsExpiry(value)
	if t == nil {
		return failure.Fault(vault.InvalidValue, "%s: the value tells no expiry: it is no certificate in PEM, and no JWT with exp", name).
			Hinted("--expires 90d, or a date")
	}
	m.expires = &t.at
	return nil
}

// offerExpiry asks, on a terminal, whether the expiry that a value tells is to
// be kept with it, where nothing was said about it. What it returns is for
// [session.hintExpiry] where nobody could be asked.
func offerExpiry(ctx context.Context, s *frame.Session, m *marks, value vault.Value, name string) (*told, error) {
	if m.fromValue {
		return nil, m.takeFrom(value, name)
	}
	if m.expires != nil {
		return nil, nil
	}
	t := tellsExpiry(value)
	if t == nil || s.JSON || !terminal.IsTerminal(s.In) {
		return t, nil
	}
	tty, ok := s.Terminal()
	if !ok {
		return t, nil
	}
	defer tty.Close()
	answer, err := terminal.AskLine(ctx, tty, fmt.Sprintf("%s is a %s that ends on %s. Keep that as its expiry? [Y/n] ", name, t.from, frame.Day(t.at)))
	if err != nil {
		return nil, err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer == "" || answer == "y" || answer == "yes" {
		m.expires = &t.at
	}
	return nil, nil
}

// hintExpiry says what of the expiry of a new version may not be meant.
func hintExpiry(s *frame.Session, info vault.Info, m marks, t *told) {
	switch {
	case t != nil && !info.Expires.Equal(t.at):
		s.Say("%s is a %s that ends on %s: --expires %s keeps that with it", info.Name, t.from, frame.Stamp(t.at), expiresFromValue)
	case !info.Expires.IsZero() && !info.Expires.After(s.Now()) && m.expires == nil:
		s.Say("%s is still marked as expired since %s: --expires 90d, or never, marks the new value", info.Name, frame.Stamp(info.Expires))
	case !info.Expires.IsZero() && !info.Expires.After(s.Now()):
		s.Say("%s is marked as expired since %s", info.Name, frame.Stamp(info.Expires))
	}
}

func labelsText(labels map[string]string) string {
	if len(labels) == 0 {
		return "-"
	}
	list := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		list = append(list, key+"="+labels[key])
	}
	return failure.Printable(strings.Join(list, ","))
}
