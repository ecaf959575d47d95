package help

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
)

func ManCommand(s *frame.Session) *cmdline.Command {
	var dir string
	var recovery, ofGroup bool
	return &cmdline.Command{
		Name: "man", Group: cmdline.GroupShell, Args: "[COMMAND]", Max: 1,
		Short: "print a manual page, or write all of them",
		Long: `Prints tacit(1), or the page of COMMAND, as troff. --dir writes every page, for
people who package tacit: tacit.1, and tacit-COMMAND.1 for each command. The date
of the pages is $SOURCE_DATE_EPOCH if that is set, else that of the commit that
tacit was built from.

--recovery prints the script that gets the values out of a vault's folder, or a
backup, with Python and age and without tacit. --recovery-group prints the one for
the files of a group. Their first lines say how.`,
		Example: `tacit man get | man -l -
tacit man --dir /usr/local/share/man/man1
tacit man --recovery > carve.py
tacit man --recovery-group > group.py`,
		Codes: []int{failure.ExitDisk},
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "dir", Usage: "write all pages into `DIR`, which is made if it is missing", Destination: &dir},
			&urfave.BoolFlag{Name: "recovery", Usage: "print the script that recovers values without tacit", Destination: &recovery},
			&urfave.BoolFlag{Name: "recovery-group", Usage: "print the one that recovers a group's values", Destination: &ofGroup},
		},
		Run: func(ctx context.Context, args []string) error {
			switch {
			case recovery && (ofGroup || dir != "" || len(args) > 0):
				return failure.Usage("man: --recovery stands alone").Hinted("tacit man --recovery > carve.py")
			case ofGroup && (dir != "" || len(args) > 0):
				return failure.Usage("man: --recovery-group stands alone").Hinted("tacit man --recovery-group > group.py")
			case recovery:
				s.Results.WriteString(recoveryScript)
				return nil
			case ofGroup:
				s.Results.WriteString(groupScript)
				return nil
			case dir != "" && len(args) > 0:
				return failure.Usage("man: --dir is for all pages").Hinted("tacit man --dir DIR, or tacit man %s", shell.Quote(args[0]))
			case dir != "":
				return writeManual(ctx, s, dir)
			case len(args) == 0:
				s.Results.WriteString(overviewPage(s))
				return nil
			}
			commands := s.CommandTable()
			c := cmdline.FindIn(commands, args[0])
			if c == nil || c.Group == cmdline.GroupHidden {
				return cmdline.UnknownCommand(args, commands)
			}
			s.Results.WriteString(commandPage(s, c))
			return nil
		},
	}
}

// writeManual writes every page.
func writeManual(ctx context.Context, s *frame.Session, dir string) error {
	if err := frame.OutsideVaults(s, "man", dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return failure.FileError("making", dir, err)
	}
	pages := 0
	write := func(name, page string) error {
		pages++
		path := filepath.Join(dir, name+".1")
		const everybody = 0o644
		return disk.WriteFile(ctx, path, everybody, func(w io.Writer) error {
			_, err := io.WriteString(w, page)
			return err
		})
	}
	if err := write("tacit", overviewPage(s)); err != nil {
		return err
	}
	for _, c := range shownCommands(s.CommandTable()) {
		if err := write(pageName(c), commandPage(s, c)); err != nil {
			return err
		}
	}
	if s.JSON {
		return s.WriteJSON(struct {
			Folder string `json:"folder"`
			Pages  int    `json:"pages"`
		}{dir, pages})
	}
	s.Note("wrote %s to %s", frame.Count(pages, "page"), dir)
	return nil
}

// shownCommands are all that help lists, in its order.
func shownCommands(commands []*cmdline.Command) (shown []*cmdline.Command) {
	for _, group := range cmdline.ShownGroups {
		for _, c := range commands {
			if c.Group == group {
				shown = append(shown, c)
			}
		}
	}
	return shown
}

func pageName(c *cmdline.Command) string { return "tacit-" + c.Name }

// pageReference is another page's name, as pages write it.
func pageReference(name string) string { return fmt.Sprintf("\\fB%s\\fR(1)", roffText(name)) }

// overviewPage is tacit(1): what the commands are, and what is true of all.
func overviewPage(s *frame.Session) string {
	r := newPage("tacit", "keep secrets in an encrypted vault", frame.ThisBuild().Version, manDate(s))
	r.section("SYNOPSIS")
	r.WriteString("\\fBtacit\\fR \\fICOMMAND\\fR [\\fIflags\\fR] [\\fIarguments\\fR]\n")
	r.section("DESCRIPTION")
	r.prose(aboutTacit)
	r.section("COMMANDS")
	for _, group := range cmdline.ShownGroups {
		r.subsection(upperFirst(group))
		for _, c := range shownCommands(s.CommandTable()) {
			if c.Group == group {
				r.entry(pageReference(pageName(c)), c.Short)
			}
		}
	}
	r.section("OPTIONS")
	r.prose("Every command takes these, anywhere on the line; -- ends flags.")
	r.flags(new(cmdline.Globals).GlobalFlags())
	for _, t := range AllTopics() {
		r.section(strings.ToUpper(t.Name))
		r.prose(upperFirst(t.Short) + ".\n\n" + t.Body(s.CommandTable()))
	}
	return r.String()
}

// aboutTacit is what tacit is, for those who read no further.
const aboutTacit = `tacit keeps secrets in an encrypted vault: one folder, no server, no network. Each
value is a file of age, so that it can be had back without tacit. Each read proves
that the value is the right one, current, and not rolled back.`

// commandPage is the page of one command.
func commandPage(s *frame.Session, c *cmdline.Command) string {
	r := newPage(pageName(c), c.Short, frame.ThisBuild().Version, manDate(s))
	r.section("SYNOPSIS")
	for _, name := range append([]string{c.Name}, c.Aliases...) {
		r.paragraph()
		fmt.Fprintf(r, "\\fBtacit %s\\fR%s\n", roffText(name), roffText(strings.TrimPrefix(c.UsageLine(), c.Name)))
	}
	r.section("DESCRIPTION")
	r.prose(c.Long)
	r.section("OPTIONS")
	r.flags(c.Flags)
	r.paragraph()
	fmt.Fprintf(r, "Those of every command are in %s.\n", pageReference("tacit"))
	r.section("EXAMPLES")
	r.literal(c.Example)
	r.section("EXIT STATUS")
	for _, m := range failure.ExitMeanings {
		if exits(c, m.Code) {
			r.entry(strconv.Itoa(m.Code), m.Meaning)
		}
	}
	r.section("SEE ALSO")
	fmt.Fprintf(r, "%s\n", pageReference("tacit"))
	return r.String()
}

func (r *roff) flags(flags []urfave.Flag) {
	for _, f := range flags {
		spelled, placeholder, text, ok := describeFlag(f)
		if !ok {
			continue
		}
		head := `\fB` + roffText(strings.Join(spelled, ", ")) + `\fR`
		if placeholder != "" {
			head += ` \fI` + roffText(strings.TrimSpace(placeholder)) + `\fR`
		}
		r.entry(head, text)
	}
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// manDate is the day that pages bear: two builds of one source have the same.
func manDate(s *frame.Session) time.Time {
	if n, err := strconv.ParseInt(s.Env("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(n, 0)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.time" {
				if t, err := time.Parse(time.RFC3339, setting.Value); err == nil {
					return t
				}
			}
		}
	}
	return s.Now()
}
