package help

import (
	"context"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

func Command(s *frame.Session) *cmdline.Command {
	return &cmdline.Command{
		Name: "help", Group: cmdline.GroupShell, Args: "[COMMAND [SUBCOMMAND]|TOPIC]", Max: -1,
		Short: "print help on a command or a topic",
		Long: `Prints what a command does, its flags, examples and exit codes, or explains a
topic; tacit help topics lists the topics. With --json it is an object: of
everything {"commands","flags","topics"}, of a command
{"name","usage","flags","examples","exit_codes", …}, of a topic
{"topic","short","text"}.`,
		Example: `tacit help set
tacit help key add
tacit help keys
tacit help run --json`,
		Run: func(_ context.Context, args []string) error {
			if len(args) == 0 {
				return printOverview(s, s.CommandTable())
			}
			return helpFor(s, args)
		},
	}
}

// helpFor explains a command, a part of it, or a topic.
func helpFor(s *frame.Session, path []string) error {
	word, commands, topics := path[0], s.CommandTable(), AllTopics()
	if c := cmdline.FindIn(commands, word); c != nil {
		return helpBelow(s, c, path[1:])
	}
	if len(path) > 1 && cmdline.CommandFor(path, commands) == "" {
		return failure.Usage("help takes one command or topic, and got %s", cmdline.Counted(len(path))).Hinted("tacit help, or tacit help topics")
	}
	if word == TopicsWord {
		if s.JSON {
			return s.WriteJSON(briefTopics())
		}
		printTopics(s)
		return nil
	}
	if t := FindTopic(topics, word); t != nil {
		return printTopic(s, t)
	}
	err := failure.Usage("help knows no command and no topic %s", failure.Printable(word))
	if hint := cmdline.CommandFor(path, commands); hint != "" {
		return err.Advised(hint)
	}
	candidates := cmdline.CommandNames(commands)
	for _, t := range topics {
		candidates = append(append(candidates, t.Name), t.Aliases...)
	}
	if near := cmdline.Nearest(word, candidates); near != "" {
		return err.Hinted("did you mean %s?", near)
	}
	return err.Hinted("tacit help, or tacit help topics")
}

// helpBelow explains what a path below a command names.
func helpBelow(s *frame.Session, c *cmdline.Command, path []string) error {
	if part := c.At(path); part != nil {
		return printHelp(s, part)
	}
	err := failure.Usage("help: there is no %s in tacit %s", failure.Printable(strings.Join(path, " ")), c.Name)
	takes := c.FirstWords()
	if hint := cmdline.Called(path[0], cmdline.SynonymsBelow(c.Name)); hint != "" {
		return err.Advised(hint)
	}
	if near := cmdline.Nearest(path[0], slices.Clone(takes)); near != "" && near != path[0] {
		return err.Hinted("did you mean tacit help %s %s?", c.Name, near)
	}
	return err.Hinted("tacit help %s", c.Name)
}

// printOverview prints the commands, group by group.
func printOverview(s *frame.Session, commands []*cmdline.Command) error {
	if s.JSON {
		return printOverviewJSON(s, commands)
	}
	s.Results.WriteString("tacit keeps secrets in an encrypted vault: one folder, no server.\n\nUsage: tacit COMMAND [flags] [arguments]\n")
	for _, group := range cmdline.ShownGroups {
		fmt.Fprintf(s.Results, "\n%s\n", strings.ToUpper(group))
		for _, c := range commands {
			if c.Group == group {
				fmt.Fprintf(s.Results, "  %-17s %s\n", c.Name, c.Short)
			}
		}
	}
	s.Results.WriteString("\nGLOBAL FLAGS, anywhere on the line\n")
	printFlags(s, new(cmdline.Globals).GlobalFlags())
	s.Results.WriteString("\nTOPICS, for tacit help TOPIC\n")
	printTopics(s)
	s.Results.WriteString("\ntacit COMMAND --help tells more: examples, and exit codes.\n")
	return nil
}

// printHelp prints what there is to know of one command.
func printHelp(s *frame.Session, c *cmdline.Command) error {
	if s.JSON {
		return printCommandJSON(s, c)
	}
	fmt.Fprintf(s.Results, "tacit %s: %s\n\nUsage: tacit %s\n", c.Name, c.Short, c.UsageLine())
	if len(c.Aliases) > 0 {
		fmt.Fprintf(s.Results, "Also:  tacit %s\n", strings.Join(c.Aliases, ", tacit "))
	}
	fmt.Fprintf(s.Results, "\n%s\n", c.Long)
	if len(c.Flags) > 0 {
		s.Results.WriteString("\nFLAGS\n")
		printFlags(s, c.Flags)
	}
	s.Results.WriteString("\nGLOBAL FLAGS\n")
	printFlags(s, new(cmdline.Globals).GlobalFlags())
	fmt.Fprintf(s.Results, "\nEXAMPLES\n  %s\n", strings.ReplaceAll(c.Example, "\n", "\n  "))
	s.Results.WriteString("\nEXIT CODES\n")
	for _, m := range failure.ExitMeanings {
		if exits(c, m.Code) {
			fmt.Fprintf(s.Results, "  %-4d %s\n", m.Code, m.Meaning)
		}
	}
	return nil
}

// exits tells whether help lists the exit code.
func exits(c *cmdline.Command, code int) bool {
	switch code {
	case failure.ExitOK, failure.ExitOther, failure.ExitUsage, failure.ExitInterrupted:
		return true
	}
	for _, own := range c.Codes {
		if own == code {
			return true
		}
	}
	return false
}

func printFlags(s *frame.Session, flags []urfave.Flag) {
	for _, f := range flags {
		spelled, placeholder, text, ok := describeFlag(f)
		if !ok {
			continue
		}
		head := strings.Join(spelled, ", ") + placeholder
		indent := "\n" + strings.Repeat(" ", flagColumn)
		text = strings.Join(wrap(text, helpWidth-flagColumn), indent)
		if len(head) > flagColumn-3 {
			fmt.Fprintf(s.Results, "  %s%s%s\n", head, indent, text)
			continue
		}
		fmt.Fprintf(s.Results, "  %-*s%s\n", flagColumn-2, head, text)
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
		spelled[len(spelled)-1-i] = cmdline.Dashes(n)
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
