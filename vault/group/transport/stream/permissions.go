package stream

import (
	"fmt"
	"strings"
)

// Role is what somebody is allowed at a server. It is not what makes a reader a reader:
// that are signatures. It keeps members from filling the server for one another.
type Role int

// The roles.
const (
	Joiner Role = iota // whoever has an invite
	Reader             // also an heir
	Writer
	Owner
)

// Permissions are subjects, as a NATS server takes them.
type Permissions struct{ Publish, Subscribe []string }

// Allowed are the permissions of a member of a group. A joiner's are the same for every
// device that is to join.
func Allowed(role Role, group [16]byte, member [8]byte) Permissions {
	g, m := fmt.Sprintf("%x", group), fmt.Sprintf("%x", member)
	if role == Joiner {
		m = "*"
	}
	get := func(subject string) string { return "$JS.API.DIRECT.GET." + Name + "." + begin + subject }
	p := Permissions{
		Publish: []string{
			"$JS.API.STREAM.INFO." + Name, get("g." + g), get("b." + g + ".*"), get("c." + g + ".>"), get("h." + g + ".*"),
			get("k." + g + "." + m + ".*"), get("w." + g + ".>"), get("j." + g + ".*." + m),
			begin + "j." + g + ".*." + m,
		},
		Subscribe: []string{
			"_INBOX.>", live + begin + "w." + g + ".>", begin + "b." + g + ".*", begin + "c." + g + ".>", begin + "g." + g,
			begin + "h." + g + ".*", begin + "k." + g + "." + m + ".*",
		},
	}
	if role == Joiner {
		// It hears of every welcome: a server denies >, as it is asked for, to who is allowed *.*
		p.Subscribe = append(p.Subscribe, begin+"k."+g+".>")
	}
	put := func(subjects ...string) {
		for _, s := range subjects {
			p.Publish = append(p.Publish, begin+s)
		}
	}
	if role >= Reader {
		put("h."+g+"."+m, "r."+g+"."+m)
		p.Publish = append(p.Publish, get("r."+g+"."+m))
	}
	if role >= Writer {
		put("w." + g + "." + m + ".*")
	}
	if role == Owner {
		put("b."+g+"."+m, "c."+g+"."+m+".*.*", "g."+g, "k."+g+".*."+m, "j."+g+".>")
		p.Publish = append(p.Publish, get("k."+g+".*.*"), get("j."+g+".>"), get("r."+g+".*"))
		p.Subscribe = append(p.Subscribe, begin+"j."+g+".>", begin+"r."+g+".*", begin+"k."+g+".>")
	}
	return p
}

// InDomain are the permissions at a leaf whose hub has its JetStream in a domain. A server
// looks at the subject that a request is mapped to.
func (p Permissions) InDomain(domain string) Permissions {
	var at Permissions
	for _, s := range p.Publish {
		if rest, ok := strings.CutPrefix(s, "$JS.API."); ok {
			s = "$JS." + domain + ".API." + rest
		}
		at.Publish = append(at.Publish, s)
	}
	at.Subscribe = append(at.Subscribe, p.Subscribe...)
	return at
}

// Config is the permissions in the language of a nats-server's configuration.
func (p Permissions) Config() string {
	var b strings.Builder
	b.WriteString("{\n")
	for _, part := range []struct {
		name     string
		subjects []string
	}{{"publish", p.Publish}, {"subscribe", p.Subscribe}} {
		fmt.Fprintf(&b, "  %s: [\n", part.name)
		for _, s := range part.subjects {
			fmt.Fprintf(&b, "    %q\n", s)
		}
		b.WriteString("  ]\n")
	}
	b.WriteString("}\n")
	return b.String()
}
