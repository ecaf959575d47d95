package frame

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/shown"
)

// InfoJSON is a secret, or a version of it, without its value.
type InfoJSON struct {
	Name    string            `json:"name"`
	Version uint64            `json:"version"`
	Oldest  uint64            `json:"oldest"` // the oldest version kept
	Kind    string            `json:"kind"`   // text, json, bytes; gone for a deletion
	Size    int64             `json:"size"`   // bytes of the value
	Updated string            `json:"updated"`
	Deleted bool              `json:"deleted"`
	Expires string            `json:"expires,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Attrs   map[string]string `json:"attrs,omitempty"`
}

func ToInfoJSON(i vault.Info) InfoJSON {
	return InfoJSON{i.Name, i.Version, i.Oldest, i.Kind, i.Size, Stamp(i.Updated), i.Deleted, Stamp(i.Expires), i.Labels, i.Attrs}
}

func ToInfosJSON(infos []vault.Info) []InfoJSON {
	list := make([]InfoJSON, len(infos))
	for i, info := range infos {
		list[i] = ToInfoJSON(info)
	}
	return list
}

// Stamp is a time for programs: RFC 3339 in UTC, "" for none.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Age is a time for people: how long ago.
func (s *Session) Age(t time.Time) string {
	d := s.Now().Sub(t)
	switch {
	case t.IsZero():
		return "-"
	case d < 0:
		return "in the future"
	}
	return shown.Span(d)
}

// Size is a number of bytes for people.
func Size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// Count is "1 secret", "2 secrets".
func Count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}

// Day is a date, "-" where it is not known.
func Day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}
