package diff

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/curtain"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

type options struct {
	values   bool
	exitCode bool
	show     frame.ShowFor
}

// Command is diff. between compares the two environments of the command line.
func Command(s *frame.Session, between func(ctx context.Context, glob string, exitCode bool) error) *cmdline.Command {
	var o options
	return &cmdline.Command{
		Name: "diff", Group: cmdline.GroupSecrets, Args: "NAME [VERSION [VERSION]] | @A @B [GLOB]", Max: 3, Envs: 2,
		Short: "compare two versions of a secret, or two environments",
		Long: `Says what changed between two versions of NAME: whether the value did, its labels
and its expiry, and no values. By itself it compares the current version with the
one before it that is kept, and with one VERSION that one with the current one. Of
a JSON object, and of lines like NAME=VALUE, each key that differs has a line: "+"
added, "-" gone, "~" changed.

--show also shows the values: on a terminal on a page of its own, which is erased at
any key or after 30 seconds, in a pipe as text. With --exit-code the exit code is 1
if anything differs. With --json:
{"name","same","from","to","value","keys","labels","expires"}.

With two environments it lists their secrets, or those that GLOB matches: what only
one of them has, what is the same in both, and what has another value. No value is
shown.`,
		Example: `tacit diff DB_PASSWORD
tacit diff CONFIG 3
tacit diff CONFIG 3 5 --show
tacit diff @dev @prod
tacit diff @dev @prod 'DB_*' --exit-code`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "show", Usage: "also show the values", Destination: &o.values},
			&urfave.BoolFlag{Name: "exit-code", Usage: "exit with 1 if anything differs", Destination: &o.exitCode},
			o.show.Flag(),
		},
		Run: func(ctx context.Context, args []string) error {
			switch envs := len(s.Envs.Value()); {
			case envs == 2 && len(args) > 1:
				return failure.Usage("diff of two environments takes one GLOB").Hinted("{tacit diff @dev @prod 'DB_*'}")
			case envs == 2 && o.values:
				return failure.Usage("--show is for two versions of a secret")
			case envs == 2:
				return between(ctx, append(args, "")[0], o.exitCode)
			case len(args) == 0:
				return failure.Usage("diff needs NAME, or two environments").Hinted("tacit diff DB_PASSWORD, or tacit diff @dev @prod")
			}
			return run(ctx, s, o, args)
		},
	}
}

func run(ctx context.Context, s *frame.Session, o options, args []string) error {
	if o.values && s.JSON {
		return failure.Usage("--show is for people; --json has no values").Hinted("{tacit get NAME --at VERSION --json}")
	}
	if err := o.show.Check(); err != nil {
		return err
	}
	versions, err := asked(args[1:])
	if err != nil {
		return err
	}
	var tty *terminal.TTY
	if o.values && terminal.IsTerminal(s.Out) {
		if tty, err = frame.PageTerminal(s); err != nil {
			return err
		}
		defer tty.Close()
	}
	from, to, err := read(ctx, s, args[0], versions)
	if err != nil {
		return err
	}
	defer from.Value.Wipe()
	defer to.Value.Wipe()
	c := compare(from, to)
	switch {
	case s.JSON:
		err = s.WriteJSON(c.json())
	case o.values:
		text := c.withValues(from, to)
		defer clear(text[:cap(text)])
		if tty != nil {
			err = o.show.Show(ctx, s, tty, &curtain.Text{Title: c.title(), Value: text})
		} else {
			s.Results.Write(text)
			err = s.Flush()
		}
	default:
		c.print(s)
	}
	if err == nil && o.exitCode && !c.same() {
		return failure.ExitStatus(failure.ExitOther)
	}
	return err
}

// asked are the versions of the command line.
func asked(args []string) (versions []uint64, err error) {
	for _, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 64)
		if err != nil || n == 0 {
			return nil, failure.Usage("a version is a number from 1, not %s", failure.Printable(arg)).Hinted("{tacit history NAME}")
		}
		versions = append(versions, n)
	}
	return versions, nil
}

// read reads the two versions, and closes the vault.
func read(ctx context.Context, s *frame.Session, name string, versions []uint64) (from, to vault.Secret, err error) {
	v, err := s.Open(ctx, frame.ToRead)
	if err != nil {
		return from, to, err
	}
	defer v.Close()
	if versions, err = chosen(ctx, v, name, versions); err != nil {
		return from, to, err
	}
	if from, err = v.ReadVersion(ctx, name, versions[0]); err != nil {
		return from, to, err
	}
	if to, err = v.ReadVersion(ctx, name, versions[1]); err != nil {
		from.Value.Wipe()
	}
	return from, to, err
}

// chosen are two versions: those asked for, and else the newest that have values.
func chosen(ctx context.Context, v frame.OpenVault, name string, versions []uint64) ([]uint64, error) {
	if len(versions) == 2 {
		return versions, nil
	}
	infos, err := v.History(ctx, name)
	if err != nil {
		return nil, err
	}
	infos = slices.DeleteFunc(infos, func(in vault.Info) bool { return in.Deleted })
	switch {
	case len(infos) > 0 && len(versions) == 1:
		return []uint64{versions[0], infos[0].Version}, nil
	case len(infos) > 1:
		return []uint64{infos[1].Version, infos[0].Version}, nil
	}
	return nil, failure.Fault(vault.NotFound, "diff %s: there are no two versions of it", name).Hinted("{tacit history %s}", name)
}

// A comparison is what differs between two versions.
type comparison struct {
	from, to vault.Info
	value    bool // it differs
	keys     []keyChange
	labels   []labelChange
}

type labelChange struct {
	sign  byte // + or -
	label string
}

func compare(from, to vault.Secret) comparison {
	c := comparison{from: from.Info, to: to.Info, labels: labelChanges(from.Labels, to.Labels)}
	c.value = from.Kind != to.Kind || !sameBytes(from.Value, to.Value)
	if c.value {
		c.keys = keyChanges(from.Value, to.Value)
	}
	return c
}

func sameBytes(a, b vault.Value) bool { return string(a.Reveal()) == string(b.Reveal()) }

// labelChanges lists what is gone and what was added, in the order of keys.
func labelChanges(from, to map[string]string) (changes []labelChange) {
	keys := slices.Collect(maps.Keys(from))
	keys = slices.AppendSeq(keys, maps.Keys(to))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		old, had := from[key]
		value, has := to[key]
		if had && has && old == value {
			continue
		}
		if had {
			changes = append(changes, labelChange{'-', key + "=" + old})
		}
		if has {
			changes = append(changes, labelChange{'+', key + "=" + value})
		}
	}
	return changes
}

func (c comparison) same() bool {
	return !c.value && len(c.labels) == 0 && c.from.Expires.Equal(c.to.Expires)
}

func (c comparison) title() string {
	return fmt.Sprintf("%s  %d → %d", c.to.Name, c.from.Version, c.to.Version)
}

// lines are what differs, for people, behind the title.
func (c comparison) lines(when func(time.Time) string) (lines []string) {
	value := "same"
	if c.value {
		value = fmt.Sprintf("CHANGED  %d → %d bytes", c.from.Size, c.to.Size)
		if c.from.Kind != c.to.Kind {
			value += ", " + c.from.Kind + " → " + c.to.Kind
		}
	}
	lines = append(lines, "  value    "+value)
	for _, k := range c.keys {
		lines = append(lines, fmt.Sprintf("    %c %s", k.sign, failure.Printable(k.key)))
	}
	for _, l := range c.labels {
		lines = append(lines, fmt.Sprintf("  label    %c %s", l.sign, failure.Printable(l.label)))
	}
	if len(c.labels) == 0 {
		lines = append(lines, "  labels   same")
	}
	expires := "same"
	if !c.from.Expires.Equal(c.to.Expires) {
		expires = when(c.from.Expires) + " → " + when(c.to.Expires)
	}
	return append(lines, "  expires  "+expires)
}

// print says what differs, without values.
func (c comparison) print(s *frame.Session) {
	when := frame.Stamp
	if terminal.IsTerminal(s.Out) {
		when = func(t time.Time) string { return s.Age(t) + " ago" }
	}
	fmt.Fprintf(s.Results, "%s  %s → %s\n", c.title(), when(c.from.Updated), when(c.to.Updated))
	for _, line := range c.lines(frame.Day) {
		s.Results.WriteString(line + "\n")
	}
}
