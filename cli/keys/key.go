package keys

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
)

// currentPassphrase are the flags of the passphrase that opens the vault, where
// --passphrase-* are those of a new one.
type currentPassphrase struct {
	file    string
	fd      int
	command string
}

func (c *currentPassphrase) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "current-passphrase-file", Usage: "with a new passphrase: open with the one in `FILE`", Destination: &c.file},
		&urfave.IntFlag{Name: "current-passphrase-fd", Usage: "with a new passphrase: open with the one read from file descriptor `N`", Value: cmdline.NoFD, Destination: &c.fd},
		&urfave.StringFlag{Name: "current-passphrase-command", Usage: "with a new passphrase: open with the one that `CMD` prints", Destination: &c.command},
	}
}

// given tells whether one of them was.
func (c *currentPassphrase) given() bool {
	return c.file != "" || c.fd != cmdline.NoFD || c.command != ""
}

// swap makes --current-passphrase-* what opens the vault, and returns what
// --passphrase-* say.
func (c *currentPassphrase) swap(s *frame.Session) currentPassphrase {
	fresh := currentPassphrase{s.PassphraseFile, s.PassphraseFD, s.PassphraseCommand}
	s.PassphraseFile, s.PassphraseFD, s.PassphraseCommand = c.file, c.fd, c.command
	return fresh
}

// keyOptions are those of all of key's subcommands.
type keyOptions struct {
	current currentPassphrase
	label   string
	pin     bool
	pcrs    string
	yes     bool
	lockOut bool
	args    []string
}

func KeyCommand(s *frame.Session) *cmdline.Command {
	o := keyOptions{current: currentPassphrase{fd: cmdline.NoFD}}
	subs := keySubcommands()
	return &cmdline.Command{
		Name: "key", Group: cmdline.GroupKeys, Args: "list|add|remove|passwd|drill [ARGUMENT…]", Min: 1, Max: 3,
		Short:   "list, add, remove, change and test the keys of the vault",
		Long:    cmdline.LongOf(subs),
		Example: cmdline.ExamplesOf(subs),
		Codes:   []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitExists, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: append([]urfave.Flag{
			&urfave.StringFlag{Name: "label", Usage: "add: name the slot `LABEL`: a-z, 0-9 and -", Destination: &o.label},
			&urfave.BoolFlag{Name: "pin", Usage: "add tpm: ask for a PIN", Destination: &o.pin},
			&urfave.StringFlag{Name: "pcrs", Usage: "add tpm: bind to these platform registers, `N,N…`", Destination: &o.pcrs},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "remove: do not ask", Destination: &o.yes},
			lockOutFlag(&o.lockOut),
		}, o.current.flags()...),
		Subs: subs,
		TooMany: func() error {
			return failure.Usage("key: too many arguments").Hinted("tacit key --help")
		},
		Run: func(ctx context.Context, args []string) error {
			o.args = args[1:]
			return o.run(ctx, s, args[0])
		},
	}
}

// keySubcommands are what key does; what runs each is in keyOptions.run.
func keySubcommands() []cmdline.Subcommand {
	return []cmdline.Subcommand{
		{
			Name: "list", Short: "list the key slots; needs no key",
			Long:    `tacit key list shows the key slots, each of which opens the vault. It needs no key.`,
			Example: "tacit key list",
		},
		{
			Name: "add", Args: "KIND [RECIPIENT]", Min: 1, Max: 2, Words: slotKinds(), Short: "add a key slot",
			Flags: []string{"label", "pin", "pcrs", "current-passphrase-file", "current-passphrase-fd", "current-passphrase-command"},
			Long: `tacit key add adds a key slot. That takes the same time however many secrets there
are:
  passphrase         asked for twice, or --passphrase-file; empty: one is made
  age RECIPIENT      an age recipient, age1…
  ssh KEY            an SSH public key, or its .pub file: ed25519, or RSA
  plugin RECIPIENT   through an age plugin: its recipient, or an identity file
  keyring            a random key that this system's keyring holds
  tpm                this machine's TPM 2.0; --pin, --pcrs 0,7
  recovery           words to be written on paper, with a QR code

With key add passphrase and key passwd, --passphrase-* is the new passphrase, and
--current-passphrase-* or --identity open the vault.`,
			Example: `tacit key add age age1… --label laptop
tacit key add ssh ~/.ssh/id_ed25519.pub
tacit key add recovery`,
		},
		{
			Name: "remove", Args: "LABEL", Min: 1, Max: 1, Short: "remove a key slot", Flags: []string{"yes", "lock-out"},
			Long: `tacit key remove LABEL removes one. A holder who has kept a copy can still read
what the key could read: tacit rotate gives the vault new keys, and tacit exposed
lists the values that should be changed. If no available key would open the vault
afterwards, it asks: then --lock-out is the answer, not --yes.`,
			Example: "tacit key remove laptop",
		},
		{
			Name: "passwd", Args: "[LABEL]", Max: 1, Short: "change a passphrase",
			Flags:   []string{"current-passphrase-file", "current-passphrase-fd", "current-passphrase-command"},
			Long:    `tacit key passwd [LABEL] changes a passphrase.`,
			Example: "tacit key passwd",
		},
		{
			Name: "drill", Short: "prove that the available keys open every value",
			Long: `tacit key drill tries every slot whose secret is available, reads every value with
it, and records the day.`,
			Example: "tacit key drill",
		},
	}
}

func lockOutFlag(value *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "lock-out", Usage: "let a key slot go, even if no available key opens the vault afterwards", Destination: value}
}

func (o *keyOptions) run(ctx context.Context, s *frame.Session, sub string) error {
	commands := map[string]func(context.Context, *frame.Session, *keyOptions) error{
		"list": runKeyList, "add": runKeyAdd, "remove": runKeyRemove, "passwd": runKeyPasswd, "drill": runKeyDrill,
	}
	run, ok := commands[sub]
	if !ok {
		return cmdline.UnknownSub("key", sub, []string{"list", "add", "remove", "passwd", "drill"})
	}
	for _, c := range keySubcommands() {
		if c.Name != sub {
			continue
		}
		if err := c.CheckArgs("key", o.args); err != nil {
			return err
		}
	}
	return run(ctx, s, o)
}

// slotsOf opens the vault for reading with a key, proves by that that there is
// one, and returns its slots. What opened it opens it again without a question.
func slotsOf(ctx context.Context, s *frame.Session) ([]vault.SlotInfo, vault.Status, error) {
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return nil, vault.Status{}, err
	}
	defer v.Close()
	slots, err := v.Slots(ctx)
	return slots, v.Status(), err
}
