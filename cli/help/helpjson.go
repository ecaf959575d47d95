package help

import (
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// overviewJSON is all that there is help for.
type overviewJSON struct {
	Commands []briefJSON `json:"commands"`
	Flags    []flagJSON  `json:"flags"` // those of every command
	Topics   []briefJSON `json:"topics"`
}

type briefJSON struct {
	Name  string `json:"name"`
	Group string `json:"group,omitempty"`
	Short string `json:"short"`
}

// helpJSON is the help of a command.
type helpJSON struct {
	Name     string     `json:"name"`
	Aliases  []string   `json:"aliases"`
	Group    string     `json:"group"`
	Short    string     `json:"short"`
	Usage    string     `json:"usage"`
	Long     string     `json:"long"`
	Flags    []flagJSON `json:"flags"`
	Examples []string   `json:"examples"`
	Exits    []exitJSON `json:"exit_codes"`
}

type flagJSON struct {
	Names []string `json:"names"`           // with their dashes
	Value string   `json:"value,omitempty"` // what stands for its value; "" where it takes none
	Usage string   `json:"usage"`
}

type exitJSON struct {
	Code    int    `json:"code"`
	Meaning string `json:"meaning"`
}

type topicJSON struct {
	Topic string `json:"topic"`
	Short string `json:"short"`
	Text  string `json:"text"`
}

func printOverviewJSON(s *frame.Session, commands []*cmdline.Command) error {
	j := overviewJSON{Commands: []briefJSON{}, Flags: toFlagsJSON(new(cmdline.Globals).GlobalFlags()), Topics: briefTopics()}
	for _, group := range cmdline.ShownGroups {
		for _, c := range commands {
			if c.Group == group {
				j.Commands = append(j.Commands, briefJSON{c.Name, c.Group, c.Short})
			}
		}
	}
	return s.WriteJSON(j)
}

func briefTopics() (list []briefJSON) {
	for _, t := range AllTopics() {
		list = append(list, briefJSON{Name: t.Name, Short: t.Short})
	}
	return list
}

func printCommandJSON(s *frame.Session, c *cmdline.Command) error {
	j := helpJSON{
		Name: c.Name, Aliases: append([]string{}, c.Aliases...), Group: c.Group, Short: c.Short,
		Usage: "tacit " + c.UsageLine(), Long: c.Long, Flags: toFlagsJSON(c.Flags), Examples: strings.Split(c.Example, "\n"),
	}
	for _, m := range failure.ExitMeanings {
		if exits(c, m.Code) {
			j.Exits = append(j.Exits, exitJSON{m.Code, m.Meaning})
		}
	}
	return s.WriteJSON(j)
}

func toFlagsJSON(flags []urfave.Flag) []flagJSON {
	list := []flagJSON{}
	for _, f := range flags {
		if spelled, placeholder, text, ok := describeFlag(f); ok {
			list = append(list, flagJSON{spelled, strings.TrimSpace(placeholder), text})
		}
	}
	return list
}
