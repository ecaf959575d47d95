package cli

import (
	"strings"

	urfave "github.com/urfave/cli/v2"
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

func (s *session) overviewJSON(commands []*command) error {
	j := overviewJSON{Commands: []briefJSON{}, Flags: toFlagsJSON(new(globals).globalFlags()), Topics: briefTopics()}
	for _, group := range shownGroups {
		for _, c := range commands {
			if c.group == group {
				j.Commands = append(j.Commands, briefJSON{c.name, c.group, c.short})
			}
		}
	}
	return s.writeJSON(j)
}

func briefTopics() (list []briefJSON) {
	for _, t := range allTopics() {
		list = append(list, briefJSON{Name: t.name, Short: t.short})
	}
	return list
}

func (s *session) commandJSON(c *command) error {
	j := helpJSON{
		Name: c.name, Aliases: append([]string{}, c.aliases...), Group: c.group, Short: c.short,
		Usage: "tacit " + c.usageLine(), Long: c.long, Flags: toFlagsJSON(c.flags), Examples: strings.Split(c.example, "\n"),
	}
	for _, m := range exitMeanings {
		if c.exits(m.code) {
			j.Exits = append(j.Exits, exitJSON{m.code, m.meaning})
		}
	}
	return s.writeJSON(j)
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
