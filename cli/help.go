package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

func helpCommand(s *session) *command {
	return &command{
		name: "help", group: groupShell, args: "[COMMAND [SUBCOMMAND]|TOPIC]", max: -1,
		short: "print help on a command or a topic",
		long: `Prints what a command does, its flags, examples and exit codes, or explains a
topic; tacit help topics lists the topics. With --json it is an object: of
everything {"commands","flags","topics"}, of a command
{"name","usage","flags","examples","exit_codes", …}, of a topic
{"topic","short","text"}.`,
		example: `tacit help set
tacit help key add
tacit help keys
tacit help run --json`,
		run: func(_ context.Context, args []string) error {
			if len(args) == 0 {
				return s.printOverview(s.commands())
			}
			return s.help(args)
		},
	}
}

// help explains a command, a part of it, or a topic.
func (s *session) help(path []string) error {
	word, commands, topics := path[0], s.commands(), allTopics()
	if c := findIn(commands, word); c != nil {
		return s.helpBelow(c, path[1:])
	}
	if len(path) > 1 && commandFor(path, commands) == "" {
		return usage("help takes one command or topic, and got %s", counted(len(path))).hinted("tacit help, or tacit help topics")
	}
	if word == topicsWord {
		if s.json {
			return s.writeJSON(briefTopics())
		}
		s.printTopics()
		return nil
	}
	if t := findTopic(topics, word); t != nil {
		return s.printTopic(t)
	}
	err := usage("help knows no command and no topic %s", printable(word))
	if hint := commandFor(path, commands); hint != "" {
		return err.hinted("%s", hint)
	}
	candidates := commandNames(commands)
	for _, t := range topics {
		candidates = append(append(candidates, t.name), t.aliases...)
	}
	if near := nearest(word, candidates); near != "" {
		return err.hinted("did you mean %s?", near)
	}
	return err.hinted("tacit help, or tacit help topics")
}

// helpBelow explains what a path below a command names.
func (s *session) helpBelow(c *command, path []string) error {
	if part := c.at(path); part != nil {
		return s.printHelp(part)
	}
	err := usage("help: there is no %s in tacit %s", printable(strings.Join(path, " ")), c.name)
	takes := c.firstWords()
	if hint := called(path[0], synonymsBelow[c.name]); hint != "" {
		return err.hinted("%s", hint)
	}
	if near := nearest(path[0], slices.Clone(takes)); near != "" && near != path[0] {
		return err.hinted("did you mean tacit help %s %s?", c.name, near)
	}
	return err.hinted("tacit help %s", c.name)
}

// printOverview prints the commands, group by group.
func (s *session) printOverview(commands []*command) error {
	if s.json {
		return s.overviewJSON(commands)
	}
	s.out.WriteString("tacit keeps secrets in an encrypted vault: one folder, no server.\n\nUsage: tacit COMMAND [flags] [arguments]\n")
	for _, group := range shownGroups {
		fmt.Fprintf(s.out, "\n%s\n", strings.ToUpper(group))
		for _, c := range commands {
			if c.group == group {
				fmt.Fprintf(s.out, "  %-17s %s\n", c.name, c.short)
			}
		}
	}
	s.out.WriteString("\nGLOBAL FLAGS, anywhere on the line\n")
	s.printFlags(new(globals).globalFlags())
	s.out.WriteString("\nTOPICS, for tacit help TOPIC\n")
	s.printTopics()
	s.out.WriteString("\ntacit COMMAND --help tells more: examples, and exit codes.\n")
	return nil
}

// printHelp prints what there is to know of one command.
func (s *session) printHelp(c *command) error {
	if s.json {
		return s.commandJSON(c)
	}
	fmt.Fprintf(s.out, "tacit %s: %s\n\nUsage: tacit %s\n", c.name, c.short, c.usageLine())
	if len(c.aliases) > 0 {
		fmt.Fprintf(s.out, "Also:  tacit %s\n", strings.Join(c.aliases, ", tacit "))
	}
	fmt.Fprintf(s.out, "\n%s\n", c.long)
	if len(c.flags) > 0 {
		s.out.WriteString("\nFLAGS\n")
		s.printFlags(c.flags)
	}
	s.out.WriteString("\nGLOBAL FLAGS\n")
	s.printFlags(new(globals).globalFlags())
	fmt.Fprintf(s.out, "\nEXAMPLES\n  %s\n", strings.ReplaceAll(c.example, "\n", "\n  "))
	s.out.WriteString("\nEXIT CODES\n")
	for _, m := range exitMeanings {
		if c.exits(m.code) {
			fmt.Fprintf(s.out, "  %-4d %s\n", m.code, m.meaning)
		}
	}
	return nil
}

// exits tells whether help lists the exit code.
func (c *command) exits(code int) bool {
	switch code {
	case exitOK, exitOther, exitUsage, exitInterrupted:
		return true
	}
	for _, own := range c.codes {
		if own == code {
			return true
		}
	}
	return false
}

func (s *session) printFlags(flags []urfave.Flag) {
	for _, f := range flags {
		spelled, placeholder, text, ok := describeFlag(f)
		if !ok {
			continue
		}
		head := strings.Join(spelled, ", ") + placeholder
		indent := "\n" + strings.Repeat(" ", flagColumn)
		text = strings.Join(wrap(text, helpWidth-flagColumn), indent)
		if len(head) > flagColumn-3 {
			fmt.Fprintf(s.out, "  %s%s%s\n", head, indent, text)
			continue
		}
		fmt.Fprintf(s.out, "  %-*s%s\n", flagColumn-2, head, text)
	}
}

// describeFlag is what help says of a flag: its names with their dashes, a space
// and the name of its value where it takes one, and what it does. It is not ok
// where help says nothing.
func describeFlag(f urfave.Flag) (spelled []string, placeholder, text string, ok bool) {
	doc, ok := f.(urfave.DocGenerationFlag)
	if visible, is := f.(urfave.VisibleFlag); !ok || is && !visible.IsVisible() {
		return nil, "", "", false
	}
	spelled = make([]string, len(f.Names()))
	for i, n := range f.Names() {
		spelled[len(spelled)-1-i] = dashes(n)
	}
	placeholder, text = splitUsage(doc.GetUsage())
	return spelled, placeholder, text, true
}

const (
	helpWidth  = 80
	flagColumn = 28 // where what a flag does begins
)

// wrap breaks text between words into lines of at most width, where it can.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// splitUsage takes the name of a flag's value out of its usage, where it
// stands between backquotes.
func splitUsage(usage string) (placeholder, text string) {
	before, rest, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	name, after, _ := strings.Cut(rest, "`")
	return " " + name, before + name + after
}
