package cmdline

import (
	"context"
	"strconv"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
)

// Command is one command: what its help says, what its line may hold, and what
// it does. Its flags are bound to an options struct that run closes over.
type Command struct {
	Name    string
	Aliases []string
	typed   string // the one of them that was typed
	Group   string
	Args    string // as in the usage line: "NAME VERSION"
	Short   string // one line, lower case, without a full stop
	Long    string // what it does, in whole sentences
	Example string // lines of shell
	Codes   []int  // exit codes besides 0, 1, 2 and 130
	Flags   []urfave.Flag

	Min, Max int  // number of arguments; max < 0 is any
	Dash     bool // arguments only after --
	Envs     int  // environments that it takes; 0 is one, < 0 is any number
	Across   bool // between two environments it takes any arguments, and checks them
	Subs     []Subcommand
	Words    func() []string // what the first argument can be, where args does not say it
	Topic    func() string   // what the topic that tells of its subject begins with
	Run      func(ctx context.Context, args []string) error
	// Sudden, where set, tells of a line whether the command may end anywhere: it prints
	// what it reads, and leaves nothing that has to be undone.
	Sudden func(Line) bool
	// TooMany, where set, explains arguments beyond max. It must not repeat
	// them: one may be a secret.
	TooMany func() error
}

// Groups of the overview.
const (
	GroupVault     = "vault"
	GroupSecrets   = "secrets"
	GroupUse       = "use"
	GroupKeys      = "keys"
	GroupGroups    = "teams and fleets"
	GroupProtocols = "others' protocols"
	GroupShell     = "shell"
	GroupHidden    = "hidden" // for programs: no help lists them
)

// ShownGroups are those that help lists, in its order.
var ShownGroups = []string{GroupSecrets, GroupUse, GroupKeys, GroupGroups, GroupVault, GroupProtocols, GroupShell}

// Anywhere is Sudden of a command that always may.
func Anywhere(Line) bool { return true }

func FindIn(commands []*Command, name string) *Command {
	for _, c := range commands {
		if c.Name == name {
			return c
		}
		for _, a := range c.Aliases {
			if a == name {
				return c
			}
		}
	}
	return nil
}

// Verb is what the command was called.
func (c *Command) Verb() string {
	if c.typed != "" {
		return c.typed
	}
	return c.Name
}

// CheckArgs holds the line against the number of arguments.
func (c *Command) CheckArgs(l Line) error {
	if err := c.checkFlags(l); err != nil {
		return err
	}
	n := len(l.Args)
	if c.Across && len(l.Envs()) == 2 {
		return nil
	}
	switch {
	case c.Dash && l.BeforeDash > 0:
		return failure.Usage("%s: put -- before the command to run", c.Verb()).Hinted("tacit %s", c.UsageLine())
	case n < c.Min && c.Min == 1:
		return failure.Usage("%s needs %s", c.Verb(), c.Args).Hinted("tacit %s --help", c.Verb())
	case n < c.Min:
		return failure.Usage("%s needs %s, %s, and got %s", c.Verb(), arguments(c.Min), c.Args, Counted(n)).Hinted("tacit %s --help", c.Verb())
	case c.Max >= 0 && n > c.Max && c.TooMany != nil:
		return c.TooMany()
	case c.Max == 0 && n > 0:
		return failure.Usage("%s takes no arguments, and got %s", c.Verb(), Counted(n)).Hinted("tacit %s --help", c.Verb())
	case c.Max >= 0 && n > c.Max:
		most := ""
		if c.Min < c.Max {
			most = "at most "
		}
		return failure.Usage("%s takes %s%s, %s, and got %s", c.Verb(), most, arguments(c.Max), c.Args, Counted(n)).Hinted("tacit %s --help", c.Verb())
	}
	return nil
}

// Counted is how many, as it is said; numbers that nobody types are digits.
func Counted(n int) string {
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
	return Counted(n) + " arguments"
}

func (c *Command) UsageLine() string {
	if c.Args == "" {
		return c.Name + " [flags]"
	}
	return c.Name + " [flags] " + c.Args
}
