package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// A subcommand is the part of a command that its first argument chooses. Its texts
// are those of the command; help tells them by themselves, too.
type subcommand struct {
	name     string
	args     string
	min, max int      // number of arguments
	words    []string // what the first of them can be, where there are few
	short    string
	long     string
	example  string
	flags    []string // the command's flags that are its own
}

func longOf(subs []subcommand) string {
	var parts []string
	for _, c := range subs {
		parts = append(parts, c.long)
	}
	return strings.Join(parts, "\n\n")
}

func examplesOf(subs []subcommand) string {
	var parts []string
	for _, c := range subs {
		parts = append(parts, c.example)
	}
	return strings.Join(parts, "\n")
}

// checkArgs holds what comes after the subcommand of command against what it takes.
func (c subcommand) checkArgs(command string, args []string) error {
	if len(args) >= c.min && len(args) <= c.max {
		return nil
	}
	full := command + " " + c.name
	help := func(f *failure) error { return f.hinted("tacit help %s", full) }
	switch {
	case len(args) < c.min:
		return help(usage("%s needs %s", full, c.args))
	case c.max == 0:
		return help(usage("%s takes no arguments, and got %s", full, counted(len(args))))
	}
	return help(usage("%s takes %s and no more, and got %s", full, c.args, arguments(len(args))))
}

// at is what help tells of a path below the command: of a subcommand by itself, and
// of a word that the command's usage names, of the command. It is nil where there
// is nothing of that name.
func (c *command) at(path []string) *command {
	if len(path) == 0 {
		return c
	}
	for _, sub := range c.subs {
		if sub.name == path[0] && (len(path) == 1 || len(path) == 2 && slices.Contains(sub.words, path[1])) {
			return c.narrowed(sub)
		}
	}
	if len(c.subs) == 0 && len(path) == 1 && slices.Contains(c.firstWords(), path[0]) {
		return c
	}
	return nil
}

// firstWords are what the first argument can be, where there are few.
func (c *command) firstWords() []string {
	if c.words != nil {
		return c.words()
	}
	if len(c.subs) > 0 {
		var names []string
		for _, sub := range c.subs {
			names = append(names, sub.name)
		}
		return names
	}
	if strings.Contains(c.args, "|") && c.args == strings.ToLower(c.args) {
		return strings.Split(c.args, "|")
	}
	return nil
}

// wordsAfter are what comes behind a subcommand's name, where there are few.
func (c *command) wordsAfter(name string) []string {
	for _, sub := range c.subs {
		if sub.name == name {
			return sub.words
		}
	}
	return nil
}

// narrowed is the command as help tells of one subcommand.
func (c *command) narrowed(sub subcommand) *command {
	flags := []urfave.Flag{}
	for _, f := range c.flags {
		if slices.Contains(sub.flags, f.Names()[0]) {
			flags = append(flags, f)
		}
	}
	return &command{
		name: c.name + " " + sub.name, group: c.group, args: sub.args, short: sub.short, long: sub.long,
		example: sub.example, codes: c.codes, flags: flags,
	}
}
