package group

import (
	"slices"
	"time"
)

// Unanswered is a request to join that the owner's sync has read, and cannot admit.
type Unanswered struct {
	ID    MemberID
	Label string    // as it names itself; nothing proves that
	Asked time.Time // by its own clock
	Why   Hindrance
}

// Hindrance is why a request is not admitted.
type Hindrance string

// The hindrances.
const (
	Closed  Hindrance = "closed"  // its invitation has expired, is used up, or was closed
	Unknown Hindrance = "unknown" // this vault knows no such invitation: it was restored since, or never made it
	Full    Hindrance = "full"    // the group has as many heirs and writers as it can have
)

// ask notes requests, each once.
func (r *Report) ask(list []Unanswered) {
	for _, u := range list {
		if !slices.ContainsFunc(r.Unanswered, func(o Unanswered) bool { return o.ID == u.ID }) {
			r.Unanswered = append(r.Unanswered, u)
		}
	}
}

// unanswered are those of the requests that stay at the place unless their authors take
// them back. Those older than 30 days are passed over: nobody waits that long.
func (s *standing) unanswered(list []request) (left []Unanswered) {
	for _, r := range list {
		if s.ro.find(r.join.Member.ID) != nil || r.renews() || r.join.Time < s.now()-int64(days30/time.Second) {
			continue
		}
		if why := s.hindrance(r); why != "" {
			left = append(left, Unanswered{r.join.Member.ID, r.join.Member.Label, time.Unix(r.join.Time, 0).UTC(), why})
		}
	}
	return left
}

// hindrance is "" for a request that waits for its check, or proves nothing.
func (s *standing) hindrance(r request) Hindrance {
	i := slices.IndexFunc(s.ro.Invites, func(v invite) bool { return v.ID == r.join.Invite })
	switch {
	case i < 0 && slices.Contains(s.ro.Closed, r.join.Invite):
		return Closed
	case i < 0:
		return Unknown
	}
	v := &s.ro.Invites[i]
	proven := len(v.Secret) > 0 && r.join.Proves(r.head, v.Secret)
	switch open := s.ro.open(v.ID, s.now()) != nil; {
	case open && proven && s.full(v.Role):
		return Full
	case !open && (proven || len(v.Secret) == 0):
		return Closed
	}
	return ""
}
