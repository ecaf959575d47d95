package vault

import "time"

// Membership is what a vault knows of its membership in a group, without asking
// anybody; see group.Memberships.
type Membership struct {
	ID       string `json:"id"`                 // of the group, in hexadecimal
	Locked   bool   `json:"locked,omitempty"`   // there was no key: nothing else is known
	Group    string `json:"group"`              // its label; "" until this vault is admitted
	Member   string `json:"member"`             // this vault's label
	Role     string `json:"role"`               // "" until it is admitted, and once it was removed
	Waiting  bool   `json:"waiting,omitempty"`  // not yet admitted
	Removed  bool   `json:"removed,omitempty"`  // a member no more
	Restored bool   `json:"restored,omitempty"` // nothing is sent until each address was asked

	Members      int       `json:"members"`                // that this vault knows of, itself included
	Invites      int       `json:"invites,omitempty"`      // open ones; the owner alone knows them
	InvitesUntil time.Time `json:"invites_until,omitzero"` // when the last of them ends
	Addresses    []string  `json:"addresses"`
	Secrets      int       `json:"secrets"`
	Unsent       int       `json:"unsent"`
	Conflicts    int       `json:"conflicts"`
	Synced       time.Time `json:"synced,omitzero"` // zero: never
	AsOf         time.Time `json:"as_of,omitzero"`  // when the owner was last heard of; zero: never
	Beat         int64     `json:"beat"`            // how often the owner should be heard of, in seconds
}

// Name is the group's label, or its id until that is known.
func (m Membership) Name() string {
	if m.Group != "" {
		return m.Group
	}
	return m.ID
}

// Late tells whether the owner should have been heard of since: two beats are over.
func (m Membership) Late(now time.Time) bool {
	return m.Beat > 0 && now.Sub(m.AsOf) > 2*time.Duration(m.Beat)*time.Second
}
