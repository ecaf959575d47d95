package group

import (
	"time"

	urfave "github.com/urfave/cli/v2"
)

// options are those of all of group's subcommands.
type options struct {
	name string
	args []string

	only, at       urfave.StringSlice
	all, yes       bool
	beat           time.Duration
	receipts       bool
	pq, noRecovery bool
	role, label    string
	uses           int
	ttl            time.Duration
	replaces       string
	public, qr     bool
	behind, nats   bool
	member         string
	id, prefix     string
	shut           urfave.StringSlice
	force          bool
}

func (o *options) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "only", Usage: "the group has the names that match `PATTERN`, in which * stands for any characters; may be repeated", Destination: &o.only},
		&urfave.BoolFlag{Name: "all", Usage: "the group has every name of this vault", Destination: &o.all},
		atFlag(&o.at),
		&urfave.DurationFlag{Name: "beat", Value: defaultBeat, Usage: "how often members should hear of the owner: `DURATION`", Destination: &o.beat},
		&urfave.BoolFlag{Name: "receipts", Usage: "each member tells the owner what it has received", Destination: &o.receipts},
		&urfave.BoolFlag{Name: "pq", Usage: "post-quantum: what is sealed, not signatures (SECURITY.md)", Destination: &o.pq},
		&urfave.BoolFlag{Name: "no-recovery", Usage: "make no recovery phrase: without the owner's vault and an heir the group cannot be kept", Destination: &o.noRecovery},
		&urfave.StringFlag{Name: "role", Usage: "what the new member may do: `reader|writer|heir`", Destination: &o.role},
		&urfave.StringFlag{Name: "label", Usage: "call the new member `LABEL`: a-z, 0-9 and -", Destination: &o.label},
		&urfave.IntFlag{Name: "uses", Value: 1, Usage: "the code admits `N` members", Destination: &o.uses},
		&urfave.DurationFlag{Name: "ttl", Value: defaultTTL, Usage: "the code is good for a `DURATION`", Destination: &o.ttl},
		&urfave.StringFlag{Name: "replaces", Usage: "the new member takes the place of `MEMBER`, which is removed", Destination: &o.replaces},
		&urfave.BoolFlag{Name: "public", Usage: "a code without a secret: you admit each request by the check that join prints", Destination: &o.public},
		&urfave.BoolFlag{Name: "qr", Usage: "also show the code as a QR code", Destination: &o.qr},
		&urfave.StringSliceFlag{Name: "close", Usage: "close the invitation `ID`, or all; may be repeated", Destination: &o.shut},
		&urfave.BoolFlag{Name: "behind", Usage: "only members that lack something", Destination: &o.behind},
		&urfave.BoolFlag{Name: "nats", Usage: "print what a NATS server should allow each member", Destination: &o.nats},
		&urfave.StringFlag{Name: "for", Usage: "pack only what `MEMBER` needs", Destination: &o.member},
		&urfave.StringFlag{Name: "id", Usage: "recover the group with this `ID`, if several lie there", Destination: &o.id},
		prefixFlag(&o.prefix),
		&urfave.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "replace FILE, or write to a terminal", Destination: &o.force},
		&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask", Destination: &o.yes},
	}
}

const (
	defaultBeat = 24 * time.Hour
	defaultTTL  = 24 * time.Hour
)

// prefixFlag is what the group's names begin with in this vault.
func prefixFlag(prefix *string) urfave.Flag {
	return &urfave.StringFlag{Name: "prefix", Usage: "the group’s secrets have names here that begin with `PREFIX`", Destination: prefix}
}

// atFlag names addresses.
func atFlag(at *urfave.StringSlice) urfave.Flag {
	return &urfave.StringSliceFlag{Name: "at", Usage: "exchange through `ADDRESS`: a folder, nats://HOST or tls://HOST; may be repeated", Destination: at}
}
