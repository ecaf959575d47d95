package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

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
		&urfave.IntFlag{Name: "current-passphrase-fd", Usage: "with a new passphrase: open with the one read from file descriptor `N`", Value: noFD, Destination: &c.fd},
		&urfave.StringFlag{Name: "current-passphrase-command", Usage: "with a new passphrase: open with the one that `CMD` prints", Destination: &c.command},
	}
}

// given tells whether one of them was.
func (c *currentPassphrase) given() bool { return c.file != "" || c.fd != noFD || c.command != "" }

// swap makes --current-passphrase-* what opens the vault, and returns what
// --passphrase-* say.
func (c *currentPassphrase) swap(s *session) currentPassphrase {
	fresh := currentPassphrase{s.passphraseFile, s.passphraseFD, s.passphraseCommand}
	s.passphraseFile, s.passphraseFD, s.passphraseCommand = c.file, c.fd, c.command
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

func keyCommand(s *session) *command {
	o := keyOptions{current: currentPassphrase{fd: noFD}}
	subs := keySubcommands()
	return &command{
		name: "key", group: groupKeys, args: "list|add|remove|passwd|drill [ARGUMENT…]", min: 1, max: 3,
		short:   "list, add, remove, change and test the keys of the vault",
		long:    longOf(subs),
		example: examplesOf(subs),
		codes:   []int{exitNotFound, exitInvalid, exitExists, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk},
		flags: append([]urfave.Flag{
			&urfave.StringFlag{Name: "label", Usage: "add: name the slot `LABEL`: a-z, 0-9 and -", Destination: &o.label},
			&urfave.BoolFlag{Name: "pin", Usage: "add tpm: ask for a PIN", Destination: &o.pin},
			&urfave.StringFlag{Name: "pcrs", Usage: "add tpm: bind to these platform registers, `N,N…`", Destination: &o.pcrs},
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "remove: do not ask", Destination: &o.yes},
			lockOutFlag(&o.lockOut),
		}, o.current.flags()...),
		subs: subs,
		tooMany: func() error {
			return usage("key: too many arguments").hinted("tacit key --help")
		},
		run: func(ctx context.Context, args []string) error {
			o.args = args[1:]
			return o.run(ctx, s, args[0])
		},
	}
}

// keySubcommands are what key does; what runs each is in keyOptions.run.
func keySubcommands() []subcommand {
	return []subcommand{
		{
			name: "list", short: "list the key slots; needs no key",
			long:    `tacit key list shows the key slots, each of which opens the vault. It needs no key.`,
			example: "tacit key list",
		},
		{
			name: "add", args: "KIND [RECIPIENT]", min: 1, max: 2, words: slotKinds(), short: "add a key slot",
			flags: []string{"label", "pin", "pcrs", "current-passphrase-file", "current-passphrase-fd", "current-passphrase-command"},
			long: `tacit key add adds a key slot. That takes the same time however many secrets there
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
			example: `tacit key add age age1… --label laptop
tacit key add ssh ~/.ssh/id_ed25519.pub
tacit key add recovery`,
		},
		{
			name: "remove", args: "LABEL", min: 1, max: 1, short: "remove a key slot", flags: []string{"yes", "lock-out"},
			long: `tacit key remove LABEL removes one. A holder who has kept a copy can still read
what the key could read: tacit rotate gives the vault new keys, and tacit exposed
lists the values that should be changed. If no available key would open the vault
afterwards, it asks: then --lock-out is the answer, not --yes.`,
			example: "tacit key remove laptop",
		},
		{
			name: "passwd", args: "[LABEL]", max: 1, short: "change a passphrase",
			flags:   []string{"current-passphrase-file", "current-passphrase-fd", "current-passphrase-command"},
			long:    `tacit key passwd [LABEL] changes a passphrase.`,
			example: "tacit key passwd",
		},
		{
			name: "drill", short: "prove that the available keys open every value",
			long: `tacit key drill tries every slot whose secret is available, reads every value with
it, and records the day.`,
			example: "tacit key drill",
		},
	}
}

func lockOutFlag(value *bool) urfave.Flag {
	return &urfave.BoolFlag{Name: "lock-out", Usage: "let a key slot go, even if no available key opens the vault afterwards", Destination: value}
}

func (o *keyOptions) run(ctx context.Context, s *session, sub string) error {
	runs := map[string]func(context.Context, *session, *keyOptions) error{
		"list": runKeyList, "add": runKeyAdd, "remove": runKeyRemove, "passwd": runKeyPasswd, "drill": runKeyDrill,
	}
	run, ok := runs[sub]
	if !ok {
		return unknownSub("key", sub, []string{"list", "add", "remove", "passwd", "drill"})
	}
	for _, c := range keySubcommands() {
		if c.name != sub {
			continue
		}
		if err := c.checkArgs("key", o.args); err != nil {
			return err
		}
	}
	return run(ctx, s, o)
}

// slotsOf opens the vault for reading with a key, proves by that that there is
// one, and returns its slots. What opened it opens it again without a question.
func (s *session) slotsOf(ctx context.Context) ([]vault.SlotInfo, vault.Status, error) {
	v, err := s.open(ctx, values)
	if err != nil {
		return nil, vault.Status{}, err
	}
	defer v.Close()
	slots, err := v.Slots(ctx)
	return slots, v.Status(), err
}
