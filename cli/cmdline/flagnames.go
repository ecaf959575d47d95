package cmdline

import urfave "github.com/urfave/cli/v2"

// Names are the names of a flag, the first one first. The flag's own method of that name
// runs a regular expression over each: together that took a thirtieth of a read.
func Names(f urfave.Flag) []string {
	switch f := f.(type) {
	case *urfave.BoolFlag:
		return named(f.Name, f.Aliases)
	case *urfave.StringFlag:
		return named(f.Name, f.Aliases)
	case *urfave.StringSliceFlag:
		return named(f.Name, f.Aliases)
	case *urfave.IntFlag:
		return named(f.Name, f.Aliases)
	case *urfave.DurationFlag:
		return named(f.Name, f.Aliases)
	}
	return f.Names()
}

// Name is the first of the names.
func Name(f urfave.Flag) string { return Names(f)[0] }

func named(name string, aliases []string) []string { return append([]string{name}, aliases...) }

// A bound flag is one that urfave/cli sets. It asks each for its names once for every
// other.
type bound struct {
	urfave.Flag
	names []string
}

func (b bound) Names() []string { return b.names }

// RunAction is what the flag does where it was given.
func (b bound) RunAction(c *urfave.Context) error {
	if f, ok := b.Flag.(urfave.ActionableFlag); ok {
		return f.RunAction(c)
	}
	return nil
}

// Bound are flags as urfave/cli gets them. Those that may be repeated keep their values
// as they are: it would drop white space around them, and make of --prefix ' ' every
// name there is.
func Bound(flags []urfave.Flag) []urfave.Flag {
	all := make([]urfave.Flag, len(flags))
	for i, f := range flags {
		if slice, ok := f.(*urfave.StringSliceFlag); ok {
			slice.KeepSpace = true
			all[i] = slice // urfave/cli tells it by a method of its own how values are parted
			continue
		}
		all[i] = bound{f, Names(f)}
	}
	return all
}
