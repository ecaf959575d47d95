package cmdline

import (
	"time"

	urfave "github.com/urfave/cli/v2"
)

// Globals are the flags that every command takes.
type Globals struct {
	Vault             string
	Envs              urfave.StringSlice // environments, as they were given
	Identities        urfave.StringSlice
	PassphraseFile    string
	PassphraseFD      int
	PassphraseCommand string
	State             string
	Wait              time.Duration
	AllowOwner        int
	Color             string
	JSON              bool
	NoInput           bool
}

// DefaultWait is how long a command waits for a vault that is in use.
const DefaultWait = 10 * time.Second

// NoOwner is what --allow-owner has when it was not given.
const NoOwner = -1

// NoFD is what --passphrase-fd has when it was not given.
const NoFD = -1

func (g *Globals) GlobalFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "vault", Usage: "the vault's `DIR` (else $TACIT_VAULT, that of the project in this folder or above, $XDG_DATA_HOME/tacit/default)", Destination: &g.Vault},
		&urfave.StringSliceFlag{Name: "env", Usage: "the environment `NAME` of the project, as @NAME is (else $TACIT_ENV): tacit help vault", Destination: &g.Envs},
		&urfave.StringSliceFlag{Name: "identity", Usage: "open with the age identity in `FILE`; may be repeated (else $TACIT_IDENTITY, $XDG_CONFIG_HOME/tacit/identity.txt)", Destination: &g.Identities},
		&urfave.StringFlag{Name: "passphrase-file", Usage: "open with the passphrase in `FILE`", Destination: &g.PassphraseFile},
		&urfave.IntFlag{Name: "passphrase-fd", Usage: "open with the passphrase read from file descriptor `N`", Value: NoFD, Destination: &g.PassphraseFD},
		&urfave.StringFlag{Name: "passphrase-command", Usage: "open with the passphrase that `CMD` prints", Destination: &g.PassphraseCommand},
		&urfave.StringFlag{Name: "state", Usage: "`DIR` where this machine remembers vaults (else $XDG_STATE_HOME/tacit)", Destination: &g.State},
		&urfave.IntFlag{Name: "allow-owner", Usage: "also read a vault that belongs to the user `UID` (else $TACIT_ALLOW_OWNER): tacit help containers", Value: NoOwner, Destination: &g.AllowOwner},
		&urfave.DurationFlag{Name: "wait", Usage: "how long to wait for a vault in use, as a `DURATION`", Value: DefaultWait, Destination: &g.Wait},
		&urfave.StringFlag{Name: "color", Value: "auto", Usage: "mark words for people: `auto|always|never`; tacit help environment", Destination: &g.Color},
		&urfave.BoolFlag{Name: "json", Usage: "print one JSON object or array, also for errors", Destination: &g.JSON},
		&urfave.BoolFlag{Name: "no-input", Usage: "never ask anything", Destination: &g.NoInput},
		&urfave.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print help"},
		&urfave.BoolFlag{Name: "version", Usage: "print the version"},
	}
}
