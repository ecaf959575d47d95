// Package stream says how tacit's stream on a NATS server is named, and who may do what
// there. It has no network: tacit prints the permissions, tacit-nats asks the server.
package stream

import (
	"strings"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

const (
	// Name is the stream's.
	Name = "TACIT"
	// All are the subjects of the stream, one for each key.
	All = "tacit.>"
	// Stored are those whose messages the server repeats once they are stored, and
	// Repeated is where. A subscription to Stored would also hear what is refused.
	Stored, Repeated = "tacit.w.>", "live.tacit.w.>"

	begin = "tacit."
	live  = "live."
)

// Subject is the subject of a key.
func Subject(key string) string { return begin + strings.ReplaceAll(key, "/", ".") }

// Key is the key of a subject, which may be one where messages are repeated.
func Key(subject string) (key string, ok bool) {
	key, ok = strings.CutPrefix(strings.TrimPrefix(subject, live), begin)
	if key = strings.ReplaceAll(key, ".", "/"); !ok || strings.Contains(subject, "/") || transport.CheckKey(key) != nil {
		return "", false
	}
	return key, true
}

// Filter is the subject, or subjects, of the keys that a prefix stands for.
func Filter(prefix string) string {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return Subject(prefix) + ">"
	}
	return Subject(prefix)
}

// Heard are the subjects to subscribe to, to hear that what a prefix stands for may have
// changed. Changes are heard once they are stored, other keys when somebody puts them.
func Heard(prefix string) (subjects []string) {
	if prefix != "" {
		if s := Filter(prefix); transport.Kind(prefix[0]) != transport.Changes {
			return []string{s}
		} else {
			return []string{live + s}
		}
	}
	for _, k := range "wcbhkgjr" {
		subjects = append(subjects, Heard(string(k)+"/")...)
	}
	return subjects
}
