package group

import "github.com/tacit-vault/tacit/cli/cmdline"

// many is as many arguments as there may be.
const many = 1 << 16

// subcommands are what group does; what runs each is in options.run.
func subcommands() []cmdline.Subcommand {
	return append(ownerSubs(), append(memberSubs(), packSubs()...)...)
}

// ownerSubs are for the owner of a group.
func ownerSubs() []cmdline.Subcommand {
	return []cmdline.Subcommand{
		{
			Name: "create", Args: "NAME", Min: 1, Max: 1, Short: "make a group, which this vault owns",
			Flags: []string{"only", "all", "at", "beat", "receipts", "pq", "no-recovery", "label", "yes"},
			Long: `tacit group create makes a group with this vault as its owner. The group has the
secrets whose names match --only, or with --all every secret; it prints how many
that are, and asks before --all. --at is where members exchange: a folder, for
example in a git repository, or a server. It prints a recovery phrase once and asks
for two of its words: on paper, it is the way back to the group if this vault is
lost. --no-recovery makes none. A name can be in one group only, unless this vault
is the only writer of both.`,
			Example: `tacit group create web --all --at ./secrets
tacit group create cameras --only 'CAM_*' --at nats://hub.example --no-recovery`,
		},
		{
			Name: "invite", Args: "NAME", Min: 1, Max: 1, Short: "print a code by which a vault joins",
			Flags: []string{"role", "label", "uses", "ttl", "replaces", "public", "qr"},
			Long: `tacit group invite prints a code, which tacit join reads on the other machine. The
code is a secret until it is used or its time is over. --role is reader (the
default), writer or heir. --public makes a code without a secret, to be read over a
telephone: join prints a check, which you type into tacit group admit. An heir joins
by such a code only.`,
			Example: `tacit group invite web --role writer --label kim
tacit group invite cameras --uses 200 --ttl 168h > code.txt`,
		},
		{
			Name: "invites", Args: "NAME", Min: 1, Max: 1, Short: "list open invitations, or close them", Flags: []string{"close"},
			Long: `tacit group invites lists the invitations that can still be used: for which role, for
how many members, until when. --close ID closes one, for example because its code
went to the wrong person; --close all closes every one. It admits nobody from then
on. A vault that came by it stays a member.`,
			Example: "tacit group invites cameras --close all",
		},
		{
			Name: "admit", Args: "NAME CHECK", Min: 2, Max: 2, Short: "admit a request by the check that join printed",
			Flags: []string{"role", "label"},
			Long: `tacit group admit lets in the vault whose tacit join printed CHECK, a code of 16
letters and digits.`,
			Example: "tacit group admit web K7QD-2M5X-P3HA-9TRC --role heir --label safe",
		},
		{
			Name: "remove", Args: "NAME MEMBER…", Min: 2, Max: many, Short: "remove members, and give the group new keys",
			Flags: []string{"yes"},
			Long: `tacit group remove takes members out, gives the group new keys and seals everything
to them. What a removed member has read it knows: tacit exposed lists what should be
changed. Its own copy stays with it.`,
			Example: "tacit group remove web kim",
		},
		{
			Name: "set", Args: "NAME", Min: 1, Max: 1, Short: "change addresses and settings",
			Flags: []string{"at", "only", "all", "beat", "receipts", "yes"},
			Long: `tacit group set NAME --at ADDRESS replaces this vault’s addresses of the group, all of
them. The owner may also change --only, --all, --beat and --receipts, for everybody.`,
			Example: "tacit group set web --at ./secrets --at /media/stick",
		},
	}
}

// memberSubs are for every member.
func memberSubs() []cmdline.Subcommand {
	return []cmdline.Subcommand{
		{
			Name: "list", Short: "list the groups of this vault",
			Long: `tacit group list shows each group: role, secrets, changes not sent yet, conflicts,
when the owner was last heard of, and when this vault was synced.`,
			Example: "tacit group list",
		},
		{
			Name: "show", Args: "NAME", Min: 1, Max: 1, Short: "show what is known of one group",
			Long: `tacit group show shows one group. "As of" is the time of the owner’s newest sign of
life, by the owner’s clock.`,
			Example: "tacit group show web",
		},
		{
			Name: "members", Args: "NAME", Min: 1, Max: 1, Short: "list the members", Flags: []string{"behind", "nats"},
			Long: `tacit group members lists the members: for the owner all, for others those who may
write, and heirs. With --nats it prints the permissions of each for the configuration
of a NATS server, those of who is to join first.`,
			Example: "tacit group members web",
		},
		{
			Name: "add", Args: "NAME SECRET…", Min: 2, Max: many, Short: "put secrets into the group that were here before it",
			Long: `tacit group add shares secrets that stood in this vault before it joined. Until then
they are not sent, even if a pattern of the group matches them.`,
			Example: "tacit group add web DB_PASSWORD",
		},
		{
			Name: "leave", Args: "NAME", Min: 1, Max: 1, Short: "be a member no more", Flags: []string{"yes"},
			Long: `tacit group leave forgets the group. The secrets stay in this vault. The owner should
also remove the member, so that the group gets new keys. A request to join that the
owner has not answered is taken back.`,
			Example: "tacit group leave web",
		},
		{
			Name: "takeover", Args: "NAME", Min: 1, Max: 1, Short: "become the owner, as an heir or by the recovery phrase", Flags: []string{"yes"},
			Long: `tacit group takeover makes this vault the owner if the old one is lost. An heir may do
it; any other member needs the recovery phrase, which it asks for, or reads from
standard input.`,
			Example: "tacit group takeover web",
		},
		{
			Name: "recover", Short: "read a group by its recovery phrase, if no member is left", Flags: []string{"at", "id", "prefix", "label"},
			Long: `tacit group recover makes this vault a reader of the group at ADDRESS. It needs
nothing but the recovery phrase, which it asks for, or reads from standard input. It
prints the group’s id: compare it with one that you have noted, since anyone who can
write to ADDRESS can put a group there. Then tacit group takeover NAME, with the same
phrase, makes this vault the owner.`,
			Example: "tacit group recover --at ./secrets",
		},
		{
			Name: "renew", Args: "NAME", Min: 1, Max: 1, Short: "give this member new keys",
			Long: `tacit group renew gives this member new keys, and the owner’s next sync a new epoch
to the group. Do it after tacit rotate, if a person who had a removed key slot may
have copied the vault: a rotation does not change a membership.`,
			Example: "tacit group renew web",
		},
		{
			Name: "rejoin", Args: "NAME", Min: 1, Max: 1, Short: "go on under a new id, if a copy of this vault is in use",
			Long: `tacit group rejoin gives this vault a new id in the group. It is the way out if sync
says that another vault writes as this member.`,
			Example: "tacit group rejoin web",
		},
	}
}

// packSubs carry a group by hand.
func packSubs() []cmdline.Subcommand {
	return []cmdline.Subcommand{
		{
			Name: "pack", Args: "NAME FILE", Min: 2, Max: 2, Short: "write what members need into one file", Flags: []string{"for", "force"},
			Long: `tacit group pack writes everything that another member of the group may need into
FILE, - for standard output, to be carried by hand.`,
			Example: "tacit group pack cameras site7.pack --for cam-017",
		},
		{
			Name: "unpack", Args: "FILE", Min: 1, Max: 1, Short: "sync with a file that pack wrote",
			Long: `tacit group unpack takes what a file of tacit group pack holds for this vault, - for
standard input.`,
			Example: "tacit group unpack site7.pack",
		},
	}
}
