package cli

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

	"github.com/tacit-vault/tacit/cli/shell"
)

func manCommand(s *session) *command {
	var dir string
	var recovery bool
	return &command{
		name: "man", group: groupShell, args: "[COMMAND]", max: 1,
		short: "print a manual page, or write all of them",
		long: `Prints tacit(1), or the page of COMMAND, as troff. --dir writes every page, for
people who package tacit: tacit.1, and tacit-COMMAND.1 for each command. The date
of the pages is $SOURCE_DATE_EPOCH if that is set, else that of the commit that
tacit was built from.

--recovery prints the script that gets the values out of a vault's folder, or a
backup, with Python and age and without tacit. Its first lines say how.`,
		example: `tacit man get | man -l -
tacit man --dir /usr/local/share/man/man1
tacit man --recovery > carve.py`,
		codes: []int{exitDisk},
		flags: []urfave.Flag{
			&urfave.StringFlag{Name: "dir", Usage: "write all pages into `DIR`, which is made if it is missing", Destination: &dir},
			&urfave.BoolFlag{Name: "recovery", Usage: "print the script that recovers values without tacit", Destination: &recovery},
		},
		run: func(ctx context.Context, args []string) error {
			switch {
			case recovery && (dir != "" || len(args) > 0):
				return usage("man: --recovery stands alone").hinted("tacit man --recovery > carve.py")
			case recovery:
				s.out.WriteString(recoveryScript)
				return nil
			case dir != "" && len(args) > 0:
				return usage("man: --dir is for all pages").hinted("tacit man --dir DIR, or tacit man %s", shell.Quote(args[0]))
			case dir != "":
				return s.writeManual(ctx, dir)
			case len(args) == 0:
				s.out.WriteString(s.overviewPage())
				return nil
			}
			commands := s.commands()
			c := findIn(commands, args[0])
			if c == nil || c.group == groupHidden {
				return unknownCommand(args, commands)
			}
			s.out.WriteString(s.commandPage(c))
			return nil
		},
	}
}

// writeManual writes every page.
func (s *session) writeManual(ctx context.Context, dir string) error {
	if err := s.outsideVaults("man", dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fileError("making", dir, err)
	}
	pages := 0
	write := func(name, page string) error {
		pages++
		path := filepath.Join(dir, name+".1")
		const everybody = 0o644
		return writeFile(ctx, path, everybody, func(w io.Writer) error {
			_, err := io.WriteString(w, page)
			return err
		})
	}
	if err := write("tacit", s.overviewPage()); err != nil {
		return err
	}
	for _, c := range shownCommands(s.commands()) {
		if err := write(pageName(c), s.commandPage(c)); err != nil {
			return err
		}
	}
	if s.json {
		return s.writeJSON(struct {
			Folder string `json:"folder"`
			Pages  int    `json:"pages"`
		}{dir, pages})
	}
	s.note("wrote %s to %s", count(pages, "page"), dir)
	return nil
}

// shownCommands are all that help lists, in its order.
func shownCommands(commands []*command) (shown []*command) {
	for _, group := range shownGroups {
		for _, c := range commands {
			if c.group == group {
				shown = append(shown, c)
			}
		}
	}
	return shown
}

func pageName(c *command) string { return "tacit-" + c.name }

// pageReference is another page's name, as pages write it.
func pageReference(name string) string { return fmt.Sprintf("\\fB%s\\fR(1)", roffText(name)) }

// overviewPage is tacit(1): what the commands are, and what is true of all.
func (s *session) overviewPage() string {
	r := newPage("tacit", "keep secrets in an encrypted vault", thisBuild().Version, s.manDate())
	r.section("SYNOPSIS")
	r.WriteString("\\fBtacit\\fR \\fICOMMAND\\fR [\\fIflags\\fR] [\\fIarguments\\fR]\n")
	r.section("DESCRIPTION")
	r.prose(aboutTacit)
	r.section("COMMANDS")
	for _, group := range shownGroups {
		r.subsection(upperFirst(group))
		for _, c := range shownCommands(s.commands()) {
			if c.group == group {
				r.entry(pageReference(pageName(c)), c.short)
			}
		}
	}
	r.section("OPTIONS")
	r.prose("Every command takes these, anywhere on the line; -- ends flags.")
	r.flags(new(globals).globalFlags())
	for _, t := range allTopics() {
		r.section(strings.ToUpper(t.name))
		r.prose(upperFirst(t.short) + ".\n\n" + t.body(s.commands()))
	}
	return r.String()
}

// aboutTacit is what tacit is, for those who read no further.
const aboutTacit = `tacit keeps secrets in an encrypted vault: one folder, no server, no network. Each
value is a file of age, so that it can be had back without tacit. Each read proves
that the value is the right one, current, and not rolled back.`

// commandPage is the page of one command.
func (s *session) commandPage(c *command) string {
	r := newPage(pageName(c), c.short, thisBuild().Version, s.manDate())
	r.section("SYNOPSIS")
	for _, name := range append([]string{c.name}, c.aliases...) {
		r.paragraph()
		fmt.Fprintf(r, "\\fBtacit %s\\fR%s\n", roffText(name), roffText(strings.TrimPrefix(c.usageLine(), c.name)))
	}
	r.section("DESCRIPTION")
	r.prose(c.long)
	r.section("OPTIONS")
	r.flags(c.flags)
	r.paragraph()
	fmt.Fprintf(r, "Those of every command are in %s.\n", pageReference("tacit"))
	r.section("EXAMPLES")
	r.literal(c.example)
	r.section("EXIT STATUS")
	for _, m := range exitMeanings {
		if c.exits(m.code) {
			r.entry(strconv.Itoa(m.code), m.meaning)
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
func (s *session) manDate() time.Time {
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
