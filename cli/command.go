package cli

import (
	"context"
	"strconv"

	urfave "github.com/urfave/cli/v2"
)

// command is one command: what its help says, what its line may hold, and what
// it does. Its flags are bound to an options struct that run closes over.
type command struct {
	name    string
	aliases []string
	typed   string // the one of them that was typed
	group   string
	args    string // as in the usage line: "NAME VERSION"
	short   string // one line, lower case, without a full stop
	long    string // what it does, in whole sentences
	example string // lines of shell
	codes   []int  // exit codes besides 0, 1, 2 and 130
	flags   []urfave.Flag

	min, max int  // number of arguments; max < 0 is any
	dash     bool // arguments only after --
	subs     []subcommand
	words    func() []string // what the first argument can be, where args does not say it
	topic    func() string   // what the topic that tells of its subject begins with
	run      func(ctx context.Context, args []string) error
	// tooMany, where set, explains arguments beyond max. It must not repeat
	// them: one may be a secret.
	tooMany func() error
}

// Groups of the overview.
const (
	groupVault     = "vault"
	groupSecrets   = "secrets"
	groupUse       = "use"
	groupKeys      = "keys"
	groupProtocols = "others' protocols"
	groupShell     = "shell"
	groupHidden    = "hidden" // for programs: no help lists them
)

// shownGroups are those that help lists, in its order.
var shownGroups = []string{groupSecrets, groupUse, groupKeys, groupVault, groupProtocols, groupShell}

func findIn(commands []*command, name string) *command {
	for _, c := range commands {
		if c.name == name {
			return c
		}
		for _, a := range c.aliases {
			if a == name {
				return c
			}
		}
	}
	return nil
}

// verb is what the command was called.
func (c *command) verb() string {
	if c.typed != "" {
		return c.typed
	}
	return c.name
}

// checkArgs holds the line against the number of arguments.
func (c *command) checkArgs(l line) error {
	n := len(l.args)
	switch {
	case c.dash && l.beforeDash > 0:
		return usage("%s: put -- before the command to run", c.verb()).hinted("tacit %s", c.usageLine())
	case n < c.min && c.min == 1:
		return usage("%s needs %s", c.verb(), c.args).hinted("tacit %s --help", c.verb())
	case n < c.min:
		return usage("%s needs %s, %s, and got %s", c.verb(), arguments(c.min), c.args, counted(n)).hinted("tacit %s --help", c.verb())
	case c.max >= 0 && n > c.max && c.tooMany != nil:
		return c.tooMany()
	case c.max == 0 && n > 0:
		return usage("%s takes no arguments, and got %s", c.verb(), counted(n)).hinted("tacit %s --help", c.verb())
	case c.max >= 0 && n > c.max:
		most := ""
		if c.min < c.max {
			most = "at most "
		}
		return usage("%s takes %s%s, %s, and got %s", c.verb(), most, arguments(c.max), c.args, counted(n)).hinted("tacit %s --help", c.verb())
	}
	return nil
}

// counted is how many, as it is said; numbers that nobody types are digits.
func counted(n int) string {
	small := []string{"none", "one", "two", "three", "four", "five", "six"}
	if n < len(small) {
		return small[n]
	}
	return strconv.Itoa(n)
}

func arguments(n int) string {
	if n == 1 {
		return "one argument"
	}
	return counted(n) + " arguments"
}

func (c *command) usageLine() string {
	if c.args == "" {
		return c.name + " [flags]"
	}
	return c.name + " [flags] " + c.args
}
