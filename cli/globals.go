package cli

import (
	"time"

	urfave "github.com/urfave/cli/v2"
)

// globals are the flags that every command takes.
type globals struct {
	vault             string
	identities        urfave.StringSlice
	passphraseFile    string
	passphraseFD      int
	passphraseCommand string
	state             string
	wait              time.Duration
	allowOwner        int
	json              bool
	noInput           bool
}

// defaultWait is how long a command waits for a vault that is in use.
const defaultWait = 10 * time.Second

// noOwner is what --allow-owner has when it was not given.
const noOwner = -1

// noFD is what --passphrase-fd has when it was not given.
const noFD = -1

func (g *globals) globalFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "vault", Usage: "the vault's `DIR` (else $TACIT_VAULT, the nearest .tacit in this folder or above, $XDG_DATA_HOME/tacit/default)", Destination: &g.vault},
		&urfave.StringSliceFlag{Name: "identity", Usage: "open with the age identity in `FILE`; may be repeated (else $TACIT_IDENTITY, $XDG_CONFIG_HOME/tacit/identity.txt)", Destination: &g.identities},
		&urfave.StringFlag{Name: "passphrase-file", Usage: "open with the passphrase in `FILE`", Destination: &g.passphraseFile},
		&urfave.IntFlag{Name: "passphrase-fd", Usage: "open with the passphrase read from file descriptor `N`", Value: noFD, Destination: &g.passphraseFD},
		&urfave.StringFlag{Name: "passphrase-command", Usage: "open with the passphrase that `CMD` prints", Destination: &g.passphraseCommand},
		&urfave.StringFlag{Name: "state", Usage: "`DIR` where this machine remembers vaults (else $XDG_STATE_HOME/tacit)", Destination: &g.state},
		&urfave.IntFlag{Name: "allow-owner", Usage: "also read a vault that belongs to the user `UID` (else $TACIT_ALLOW_OWNER): tacit help containers", Value: noOwner, Destination: &g.allowOwner},
		&urfave.DurationFlag{Name: "wait", Usage: "how long to wait for a vault in use, as a `DURATION`", Value: defaultWait, Destination: &g.wait},
		&urfave.BoolFlag{Name: "json", Usage: "print one JSON object or array, also for errors", Destination: &g.json},
		&urfave.BoolFlag{Name: "no-input", Usage: "never ask anything", Destination: &g.noInput},
		&urfave.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print help"},
		&urfave.BoolFlag{Name: "version", Usage: "print the version"},
	}
}
