package cli

import (
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// line is a command line taken apart. Flags may stand anywhere on it, before
// and after the command and between arguments; -- ends them.
//
// This is done before urfave/cli sees the line, because it takes every flag
// after the first argument for an argument, without a word.
type line struct {
	command    *command
	flags      []string // "--name=value", names spelled out
	args       []string
	beforeDash int // how many of args stood before --
}

// has tells whether the boolean flag was given and is on.
func (l line) has(name string) bool {
	on := false
	for _, f := range l.flags {
		if v, ok := strings.CutPrefix(f, "--"+name+"="); ok {
			on, _ = strconv.ParseBool(v)
		}
	}
	return on
}

// urfaveArgs is the line in the one order that urfave/cli understands.
func (l line) urfaveArgs() []string {
	return append(append([]string{"tacit", l.command.name}, l.flags...), "--")
}

// flagInfo is what the parser has to know of a flag.
type flagInfo struct {
	name  string // the first of its names
	value bool   // takes a value
}

type flagTable map[string]flagInfo

func (t flagTable) add(flags []urfave.Flag) {
	for _, f := range flags {
		_, isBool := f.(*urfave.BoolFlag)
		for _, n := range f.Names() {
			t[n] = flagInfo{name: f.Names()[0], value: !isBool}
		}
	}
}

// parseLine takes args apart. On an error the line holds what came before it.
func parseLine(args []string, commands []*command) (line, error) {
	p := parser{commands: commands, global: flagTable{}}
	p.global.add(new(globals).globalFlags())
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var err error
		switch {
		case arg == "--":
			p.beforeDash = len(p.args)
			p.dashed = true
			for _, a := range args {
				p.argument(a)
			}
			args = nil
		case strings.HasPrefix(arg, "--"):
			args, err = p.long(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args, err = p.short(arg[1:], args)
		default:
			p.argument(arg)
		}
		if err != nil {
			// Whether errors are JSON is for the whole line to say.
			p.flags = append(p.flags, jsonAhead(args)...)
			return p.line, err
		}
	}
	if !p.dashed {
		p.beforeDash = len(p.args)
	}
	return p.line, p.checkEarly()
}

func jsonAhead(args []string) []string {
	for _, a := range args {
		switch a {
		case "--json":
			return []string{"--json=true"}
		case "--":
			return nil
		}
	}
	return nil
}

// parser is a line in the making.
type parser struct {
	line
	commands []*command
	global   flagTable
	own      flagTable // the command's flags, once it is known
	early    []string  // flags before the command that are not global
	dashed   bool
}

// argument takes the first argument for the command, where there is one of
// that name.
func (p *parser) argument(a string) {
	if p.command == nil && len(p.args) == 0 {
		if c := findIn(p.commands, a); c != nil {
			typed := *c
			typed.typed = a
			p.command = &typed
			p.own = flagTable{}
			p.own.add(c.flags)
			p.beforeDash = 0
			return
		}
	}
	p.args = append(p.args, a)
}

// lookup finds a flag: a global one, the command's or, before the command is
// known, that of any command. One name takes a value everywhere or nowhere.
func (p *parser) lookup(name string) (flagInfo, bool) {
	if f, ok := p.global[name]; ok {
		return f, true
	}
	if p.command != nil {
		f, ok := p.own[name]
		return f, ok
	}
	for _, c := range p.commands {
		t := flagTable{}
		t.add(c.flags)
		if f, ok := t[name]; ok {
			p.early = append(p.early, name)
			return f, true
		}
	}
	return flagInfo{}, false
}

// checkEarly refuses a flag before the command that is another command's.
func (p *parser) checkEarly() error {
	for _, name := range p.early {
		if p.command == nil && len(p.args) == 0 {
			return p.unknown(dashes(name)) // of no command that was named
		}
		if p.command == nil {
			continue
		}
		if _, ok := p.own[name]; !ok {
			return p.unknown(dashes(name))
		}
	}
	return nil
}

func (p *parser) long(arg string, rest []string) ([]string, error) {
	name, value, hasValue := strings.Cut(arg, "=")
	f, ok := p.lookup(name)
	if !ok || len(name) < 2 {
		return rest, p.unknown("--" + name)
	}
	return p.flag(f, "--"+name, value, hasValue, rest)
}

// short takes -l, -lj where both are switches, and -oFILE or -o FILE.
func (p *parser) short(arg string, rest []string) ([]string, error) {
	for i, r := range arg {
		name := string(r)
		f, ok := p.lookup(name)
		if !ok {
			return rest, p.unknown(p.oneDash(arg, "-"+name))
		}
		if f.value {
			value := arg[i+len(name):]
			value, _ = strings.CutPrefix(value, "=")
			return p.flag(f, "-"+name, value, value != "", rest)
		}
		p.flags = append(p.flags, "--"+f.name+"=true")
	}
	return rest, nil
}

// oneDash is how a flag is named that was not found: -json as a whole, where there is
// a --json. Of anything else the letter alone: behind it may stand a secret.
func (p *parser) oneDash(arg, letter string) string {
	name, _, _ := strings.Cut(arg, "=")
	if _, ok := p.lookup(strings.ToLower(name)); ok && len(name) > 1 {
		return "-" + name
	}
	return letter
}

func (p *parser) flag(f flagInfo, spelled, value string, hasValue bool, rest []string) ([]string, error) {
	switch {
	case !f.value && !hasValue:
		value = "true"
	case !f.value:
		if _, err := strconv.ParseBool(value); err != nil {
			return rest, usage("%s is a switch and takes no value", spelled)
		}
	case !hasValue:
		if len(rest) == 0 || rest[0] == "--" {
			return rest, usage("%s needs a value", spelled)
		}
		value, rest = rest[0], rest[1:]
	}
	p.flags = append(p.flags, "--"+f.name+"="+value)
	return rest, nil
}

// unknown explains a flag that is none.
func (p *parser) unknown(spelled string) error {
	of, command, names := "tacit", "", make([]string, 0, len(p.global)+len(p.own))
	for n := range p.global {
		names = append(names, dashes(n))
	}
	if p.command != nil {
		command = p.command.name
		of = "tacit " + p.command.verb()
		for n := range p.own {
			names = append(names, dashes(n))
		}
	}
	err := usage("%s has no flag %s", of, printable(spelled))
	near := nearestFlag(spelled, names)
	switch other := flagFor(command, spelled); {
	case near == "--help" || near == "-h" || spelled == "-?" || p.has("help"):
		return err.hinted("%s --help", of)
	case other != "":
		return err.hinted("%s", other)
	case p.command == nil && near == "":
		return err.hinted("tacit --help")
	case near != "":
		return err.hinted("did you mean %s? A name that begins with a dash comes after --", near)
	}
	return err.hinted("%s --help; a name that begins with a dash comes after --", of)
}

// nearestFlag is the flag that was most likely meant; of a single letter only the
// case can have been a slip.
func nearestFlag(spelled string, names []string) string {
	word := strings.TrimLeft(spelled, "-")
	if len(word) == 1 {
		for _, n := range names {
			if strings.EqualFold(n, "-"+word) {
				return n
			}
		}
		return ""
	}
	long := make([]string, 0, len(names))
	for _, n := range names {
		if strings.HasPrefix(n, "--") {
			long = append(long, n[2:])
		}
	}
	if near := nearest(word, long); near != "" {
		return "--" + near
	}
	return ""
}

func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// unknownCommand explains a word that is no command. What comes behind it tells
// more, and is not repeated.
func unknownCommand(args []string, commands []*command) error {
	err := usage("there is no command %s", printable(args[0]))
	if hint := commandFor(args, commands); hint != "" {
		return err.hinted("%s", hint)
	}
	if near := nearest(args[0], commandNames(commands)); near != "" {
		return err.hinted("did you mean %s?", near)
	}
	return err.hinted("tacit --help")
}

// commandNames are what a user can call: no hidden command.
func commandNames(commands []*command) (names []string) {
	for _, c := range commands {
		if c.group != groupHidden {
			names = append(append(names, c.name), c.aliases...)
		}
	}
	return names
}
