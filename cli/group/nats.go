package group

import (
	"fmt"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/group/transport/stream"
)

// allowedJSON is what a NATS server should allow a user.
type allowedJSON struct {
	Label     string   `json:"label"` // empty for joining
	Role      string   `json:"role"`
	Publish   []string `json:"publish"`
	Subscribe []string `json:"subscribe"`
}

// natsRole is a member's role at a NATS server.
func natsRole(r group.Role) stream.Role {
	switch r {
	case group.Owner:
		return stream.Owner
	case group.Writer:
		return stream.Writer
	default: // an heir signs nothing that others have to find at a key of an owner
		return stream.Reader
	}
}

// printAllowed prints the permissions of those who are to join and of each member, for
// the configuration of a NATS server.
func printAllowed(s *frame.Session, id group.ID, list []group.Member) error {
	joins := stream.Allowed(stream.Joiner, id, group.MemberID{})
	if !s.JSON {
		fmt.Fprintf(s.Results, "# for joining: users who have a code and are not yet admitted\npermissions: %s", joins.Config())
		for _, m := range list {
			fmt.Fprintf(s.Results, "# %s, %s\npermissions: %s", m.Label, m.Role, stream.Allowed(natsRole(m.Role), id, m.ID).Config())
		}
		return nil
	}
	out := []allowedJSON{{Role: "joiner", Publish: joins.Publish, Subscribe: joins.Subscribe}}
	for _, m := range list {
		p := stream.Allowed(natsRole(m.Role), id, m.ID)
		out = append(out, allowedJSON{m.Label, string(m.Role), p.Publish, p.Subscribe})
	}
	return s.WriteJSON(out)
}
