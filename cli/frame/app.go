package frame

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// App is everything that the commands take from the world.
type App struct {
	// Commands makes the table of a session's commands: options are fresh on each call.
	Commands func(*Session) []*cmdline.Command

	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Env     func(string) string           // one variable of the environment
	Environ func() []string               // all of them, for the child of run
	Getwd   func() (string, error)        // where the search for .tacit begins
	TTY     func() (*terminal.TTY, error) // opens the terminal for prompts; an error where there is none
	Now     func() time.Time

	// ScryptLogN lowers the work factor of passphrase slots made here. It is for
	// tests: zero, what New gives, means the one that the format recommends.
	ScryptLogN int
	// Adjust changes how vaults are opened. It is for tests.
	Adjust func(*vault.Options)
	// Kinds are the kinds of keys that the program is linked with.
	Kinds keyring.Kinds
	// Fresh is what --max-age asks; nil where the program does not know groups.
	Fresh FreshnessOf
	// GroupWords are the names of a vault's groups or, of one of them, of its members,
	// for completion; nil where the program does not know groups.
	GroupWords func(ctx context.Context, v *vault.Vault, group string) ([]string, error)
	// Memberships are the groups of an open vault, their ids alone without a key; nil
	// where the program does not know groups.
	Memberships func(ctx context.Context, v *vault.Vault) ([]vault.Membership, error)
	// Whole executes the program with everything in place of this one, which is linked
	// with less; it comes back only with an error. nil: this is it.
	Whole func() error
	// Executable is the path of this program, which an agent is started from.
	Executable func() (string, error)
	// Runtime is what $XDG_RUNTIME_DIR is in a session of this user's, "" where that
	// is not known: a shell without it has agents there, too.
	Runtime string
	// Unharden undoes for the child of run what Harden did to this process.
	Unharden func()
}

// New is an App on the process's own streams, environment and clock, without
// commands and kinds of keys.
func New() *App {
	return &App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: os.Getenv, Environ: os.Environ, Getwd: os.Getwd,
		TTY: terminal.OpenTTY, Now: time.Now,
		Executable: os.Executable,
		Runtime:    runtimeDir(),
		Unharden:   func() {},
	}
}

// runtimeDir is where systemd puts it; "" elsewhere.
func runtimeDir() string {
	if runtime.GOOS != "linux" {
		return ""
	}
	return fmt.Sprintf("/run/user/%d", os.Geteuid())
}

// Run runs one command line, without the program's name, and returns its exit
// code. It writes what went wrong to Err.
func (a *App) Run(ctx context.Context, args []string) int {
	return a.Read(args).Run(ctx)
}

// A Call is a command line that was taken apart, to be run once.
type Call struct {
	Commands []*cmdline.Command // the table of it
	Line     cmdline.Line
	Err      error // what is wrong with the line
	session  *Session
	typed    *[]byte // see Knowing; nil: what is typed is forgotten
}

// Read takes a command line apart, without the program's name.
func (a *App) Read(args []string) *Call {
	c := &Call{session: &Session{App: a}}
	c.Commands = c.session.CommandTable()
	c.Line, c.Err = cmdline.ParseLine(args, c.Commands)
	// Errors of the line itself are shaped by them, too.
	c.session.JSON, c.session.Color = c.Line.Has("json"), c.Line.Value("color")
	return c
}

// Sudden tells whether the command may end anywhere, and leaves nothing to undo.
func (c *Call) Sudden() bool {
	command := c.Line.Command
	return c.Err == nil && command != nil && command.Sudden != nil && command.Sudden(c.Line)
}

// Fail is Run, where what is to be run fails at once.
func (c *Call) Fail(err error) int { return c.session.Report(err) }

// Knowing has it open the vault with a passphrase that was typed before, and remember
// there the one that is typed now.
func (c *Call) Knowing(typed *[]byte) *Call {
	c.typed, c.session.Typed = typed, slices.Clone(*typed)
	return c
}

// Run is App.Run.
func (c *Call) Run(ctx context.Context) int {
	s, a := c.session, c.session.App
	s.printed = &counter{w: a.Out}
	s.Results = bufio.NewWriterSize(s.printed, 32<<10)
	if a.Whole != nil {
		s.held = &bytes.Buffer{}
	}
	err := didYouMean(ctx, s, s.dispatch(ctx, c))
	if c.typed != nil && s.Typed != nil {
		clear(*c.typed)
		*c.typed = slices.Clone(s.Typed)
	}
	clear(s.Typed)
	clear(s.handed)
	leaveEnvs(s)
	leaveAgents(s)
	if a.Whole != nil && lacks(err) && ctx.Err() == nil {
		err = handOver(s)
	}
	s.consumed.wipe()
	s.Settle()
	tellUnremembered(s)
	if flushErr := s.Results.Flush(); err == nil && flushErr != nil {
		err = failure.OutputError(flushErr)
	}
	if _, ran := err.(failure.ExitStatus); ctx.Err() != nil && err != nil && !ran {
		err = ctx.Err() // whatever else it looks like, the user ended it
	}
	return s.Report(err)
}

// Session is one run of one command.
type Session struct {
	*App
	cmdline.Globals
	Results *bufio.Writer // results; flushed when the command is done
	printed *counter      // under Results
	held    *bytes.Buffer // what is to be said once no other program can begin anew; nil: said at once

	// AsksOnce says that the command asks an agent one thing, and no more.
	AsksOnce bool
	// Borrows says that the command may borrow an agent's key.
	Borrows bool
	// Stays says that no vault is looked for in the current folder or above.
	Stays bool
	// Changed is the vault that was written to, where it has to be named.
	Changed string
	// Typed is the passphrase that was typed and opened the vault, for commands
	// that open it more than once.
	Typed []byte
	// handed is the passphrase of --passphrase-fd.
	handed []byte
	// memoryless says why nothing can be remembered of the vault; nil where it can.
	memoryless error
	// attached is the folder that the vault is attached to which was found; "" if none.
	attached string
	// within are the sessions of single environments; see Within.
	within map[string]*Session
	// introduced: the vault's pin was told, or what is in its place.
	introduced bool
	// maxAge is how long ago a group may last have been heard of, for its values to be
	// read; 0 is any time.
	maxAge time.Duration
	// Checks are made before a question; see LookFirst.
	Checks []Check
	// spoken is the command as it was typed.
	spoken *cmdline.Command
	// met is a connection to an agent, made before the command asks for one: see
	// MeetAgentFirst.
	met *meeting
	// consumed is a value that cannot be read again; see handOver.
	consumed *consumption
	// known are the connections that let it reach agents again; see stayKnown.
	known map[int]func()
}

// dispatch finds the command and runs it.
func (s *Session) dispatch(ctx context.Context, c *Call) error {
	l := c.Line
	switch {
	case c.Err != nil:
		return c.Err
	case l.Has("version") && l.Command == nil && len(l.Args) == 0:
		return s.call(ctx, "version")
	case l.Has("version"):
		// A version on standard output must not pass for a secret.
		return failure.Usage("--version stands alone").Hinted("tacit version; for an older value, {tacit get NAME --at N}")
	case l.Command == nil && len(l.Args) == 0:
		return s.call(ctx, "help")
	case l.Command == nil:
		return cmdline.UnknownCommand(l.Args, c.Commands)
	case l.Has("help"):
		path := l.Args[:min(1, len(l.Args))]
		if l.Command.At(path) == nil {
			path = nil
		}
		return s.call(ctx, "help", append([]string{l.Command.Name}, path...)...)
	}
	return s.execute(ctx, l)
}

// CommandTable is the table that the program was given.
func (s *Session) CommandTable() []*cmdline.Command {
	if s.Commands == nil {
		return nil
	}
	return s.Commands(s)
}

// call runs the command of a name, without flags. A program may have been built
// without it.
func (s *Session) call(ctx context.Context, name string, args ...string) error {
	c := cmdline.FindIn(s.CommandTable(), name)
	if c == nil {
		return failure.Usage("this program has no command %s", name)
	}
	return c.Run(ctx, args)
}

// execute lets urfave/cli bind the flags, and runs the command. Its help,
// version, completion and exit handling are all off: help goes to standard
// output only when asked for, and only main exits.
func (s *Session) execute(ctx context.Context, l cmdline.Line) error {
	flags := append(s.GlobalFlags(), l.Command.Flags...)
	if err := l.CheckValues(flags); err != nil {
		return err
	}
	if err := l.CheckEnvs(); err != nil {
		return err
	}
	app := &urfave.App{
		Name:                      "tacit",
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Compiled:                  time.Unix(0, 0),
		Writer:                    io.Discard,
		ErrWriter:                 io.Discard,
		ExitErrHandler:            func(*urfave.Context, error) {},
		Commands: []*urfave.Command{{
			Name:     l.Command.Name,
			Flags:    cmdline.Bound(flags),
			HideHelp: true,
			OnUsageError: func(_ *urfave.Context, err error, _ bool) error {
				return failure.Usage("%s: %v", l.Command.Verb(), err).Hinted("tacit %s --help", l.Command.Verb())
			},
			Action: func(c *urfave.Context) error {
				if err := s.checkColor(); err != nil {
					return err
				}
				if err := l.Command.CheckArgs(l); err != nil {
					return err
				}
				s.spoken, s.Borrows = l.Command, l.Command.Group == cmdline.GroupGroups
				return l.Command.Run(ctx, l.Args)
			},
		}},
	}
	return app.RunContext(ctx, l.UrfaveArgs())
}
