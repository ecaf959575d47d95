package cmdline

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
)

// A Subcommand is the part of a command that its first argument chooses. Its texts
// are those of the command; help tells them by themselves, too.
type Subcommand struct {
	Name     string
	Args     string
	Min, Max int      // number of arguments
	Words    []string // what the first of them can be, where there are few
	Short    string
	Long     string
	Example  string
	Flags    []string // the command's flags that are its own
}

func LongOf(subs []Subcommand) string {
	var parts []string
	for _, c := range subs {
		parts = append(parts, c.Long)
	}
	return strings.Join(parts, "\n\n")
}

func ExamplesOf(subs []Subcommand) string {
	var parts []string
	for _, c := range subs {
		parts = append(parts, c.Example)
	}
	return strings.Join(parts, "\n")
}

// CheckArgs holds what comes after the subcommand of command against what it takes.
func (c Subcommand) CheckArgs(command string, args []string) error {
	if len(args) >= c.Min && len(args) <= c.Max {
		return nil
	}
	full := command + " " + c.Name
	help := func(f *failure.Failure) error { return f.Hinted("tacit help %s", full) }
	switch {
	case len(args) < c.Min:
		return help(failure.Usage("%s needs %s", full, c.Args))
	case c.Max == 0:
		return help(failure.Usage("%s takes no arguments, and got %s", full, Counted(len(args))))
	}
	return help(failure.Usage("%s takes %s and no more, and got %s", full, c.Args, arguments(len(args))))
}

// checkFlags refuses a flag that only other parts of the command take.
func (c *Command) checkFlags(l Line) error {
	i := slices.IndexFunc(c.Subs, func(sub Subcommand) bool { return len(l.Args) > 0 && sub.Name == l.Args[0] })
	if i < 0 {
		return nil
	}
	for _, f := range c.Flags {
		name := Name(f)
		if v, ok := f.(urfave.VisibleFlag); ok && !v.IsVisible() {
			continue // between two of our own processes
		}
		given := slices.ContainsFunc(l.Flags, func(flag string) bool { return strings.HasPrefix(flag, "--"+name+"=") })
		if given && !slices.Contains(c.Subs[i].Flags, name) {
			return failure.Usage("%s %s takes no %s", c.Verb(), c.Subs[i].Name, Dashes(name)).Hinted("tacit help %s %s", c.Name, c.Subs[i].Name)
		}
	}
	return nil
}

// At is what help tells of a path below the command: of a subcommand by itself, and
// of a word that the command's usage names, of the command. It is nil where there
// is nothing of that name.
func (c *Command) At(path []string) *Command {
	if len(path) == 0 {
		return c
	}
	for _, sub := range c.Subs {
		if sub.Name == path[0] && (len(path) == 1 || len(path) == 2 && slices.Contains(sub.Words, path[1])) {
			return c.narrowed(sub)
		}
	}
	if len(c.Subs) == 0 && len(path) == 1 && slices.Contains(c.FirstWords(), path[0]) {
		return c
	}
	return nil
}

// FirstWords are what the first argument can be, where there are few.
func (c *Command) FirstWords() []string {
	if c.Words != nil {
		return c.Words()
	}
	if len(c.Subs) > 0 {
		var names []string
		for _, sub := range c.Subs {
			names = append(names, sub.Name)
		}
		return names
	}
	if strings.Contains(c.Args, "|") && c.Args == strings.ToLower(c.Args) {
		return strings.Split(c.Args, "|")
	}
	return nil
}

// WordsAfter are what comes behind a subcommand's name, where there are few.
func (c *Command) WordsAfter(name string) []string {
	for _, sub := range c.Subs {
		if sub.Name == name {
			return sub.Words
		}
	}
	return nil
}

// narrowed is the command as help tells of one subcommand.
func (c *Command) narrowed(sub Subcommand) *Command {
	flags := []urfave.Flag{}
	for _, f := range c.Flags {
		if slices.Contains(sub.Flags, Name(f)) {
			flags = append(flags, f)
		}
	}
	return &Command{
		Name: c.Name + " " + sub.Name, Group: c.Group, Args: sub.Args, Short: sub.Short, Long: sub.Long,
		Example: sub.Example, Codes: c.Codes, Flags: flags,
	}
}
