package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	urfave "github.com/urfave/cli/v2"
)

// App is everything that the commands take from the world.
type App struct {
	// Commands makes the table of a session's commands: options are fresh on each call.
	Commands func(*session) []*command

	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Env     func(string) string    // one variable of the environment
	Environ func() []string        // all of them, for the child of run
	Getwd   func() (string, error) // where the search for .tacit begins
	TTY     func() (*TTY, error)   // opens the terminal for prompts; an error where there is none
	Now     func() time.Time

	// ScryptLogN lowers the work factor of passphrase slots made here. It is for
	// tests: zero, what New gives, means the one that the format recommends.
	ScryptLogN int
	// Executable is the path of this program, which an agent is started from.
	Executable func() (string, error)
	// Runtime is what $XDG_RUNTIME_DIR is in a session of this user's, "" where that
	// is not known: a shell without it has agents there, too.
	Runtime string
	// Unharden undoes for the child of run what Harden did to this process.
	Unharden func()
}

// newApp is an App on the process's own streams, environment and clock, without
// commands.
func newApp() *App {
	return &App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: os.Getenv, Environ: os.Environ, Getwd: os.Getwd,
		TTY: openTTY, Now: time.Now,
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
	s := &session{App: a, out: bufio.NewWriterSize(a.Out, 32<<10)}
	err := s.meant(ctx, s.dispatch(ctx, args))
	clear(s.typed)
	clear(s.handed)
	s.unremembered()
	s.leaveAgents()
	if flushErr := s.out.Flush(); err == nil && flushErr != nil {
		err = outputError(flushErr)
	}
	if _, ran := err.(exitStatus); ctx.Err() != nil && err != nil && !ran {
		err = ctx.Err() // whatever else it looks like, the user ended it
	}
	return s.report(err)
}

// session is one run of one command.
type session struct {
	*App
	globals
	out *bufio.Writer // results; flushed when the command is done

	// stays says that no vault is looked for in the current folder or above.
	stays bool
	// changed is the vault that was written to, where it has to be named.
	changed string
	// typed is the passphrase that was typed and opened the vault, for commands
	// that open it more than once.
	typed []byte
	// handed is the passphrase of --passphrase-fd.
	handed []byte
	// memoryless says why nothing can be remembered of the vault; nil where it can.
	memoryless error
	// introduced: the vault's pin was told, or what is in its place.
	introduced bool
	// checks are made before a question; see lookFirst.
	checks []check
	// spoken is the command as it was typed.
	spoken *command
	// known are the connections that let it reach agents again; see stayKnown.
	known map[int]func()
}

// dispatch finds the command and runs it.
func (s *session) dispatch(ctx context.Context, args []string) error {
	commands := s.commands()
	l, err := parseLine(args, commands)
	s.json = l.has("json") // errors of the line itself are shaped by it, too
	if err != nil {
		return err
	}
	switch {
	case l.has("version") && l.command == nil && len(l.args) == 0:
		return s.call(ctx, "version")
	case l.has("version"):
		// A version on standard output must not pass for a secret.
		return usage("--version stands alone").hinted("tacit version; for an older value, tacit get NAME --at N")
	case l.command == nil && len(l.args) == 0:
		return s.call(ctx, "help")
	case l.command == nil:
		return unknownCommand(l.args, commands)
	case l.has("help"):
		path := l.args[:min(1, len(l.args))]
		if l.command.at(path) == nil {
			path = nil
		}
		return s.call(ctx, "help", append([]string{l.command.name}, path...)...)
	}
	return s.execute(ctx, l)
}

// commands is the table that the program was given.
func (s *session) commands() []*command {
	if s.Commands == nil {
		return nil
	}
	return s.Commands(s)
}

// call runs the command of a name, without flags. A program may have been built
// without it.
func (s *session) call(ctx context.Context, name string, args ...string) error {
	c := findIn(s.commands(), name)
	if c == nil {
		return usage("this program has no command %s", name)
	}
	return c.run(ctx, args)
}

// asGiven has flags that may be repeated keep their values as they are: urfave/cli
// would drop white space around them, and make of --prefix ' ' every name there
// is.
func asGiven(flags []urfave.Flag) []urfave.Flag {
	for _, f := range flags {
		if f, ok := f.(*urfave.StringSliceFlag); ok {
			f.KeepSpace = true
		}
	}
	return flags
}

// execute lets urfave/cli bind the flags, and runs the command. Its help,
// version, completion and exit handling are all off: help goes to standard
// output only when asked for, and only main exits.
func (s *session) execute(ctx context.Context, l line) error {
	flags := asGiven(append(s.globalFlags(), l.command.flags...))
	if err := l.checkValues(flags); err != nil {
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
			Name:     l.command.name,
			Flags:    flags,
			HideHelp: true,
			OnUsageError: func(_ *urfave.Context, err error, _ bool) error {
				return usage("%s: %v", l.command.verb(), err).hinted("tacit %s --help", l.command.verb())
			},
			Action: func(c *urfave.Context) error {
				if err := l.command.checkArgs(l); err != nil {
					return err
				}
				s.spoken = l.command
				return l.command.run(ctx, l.args)
			},
		}},
	}
	return app.RunContext(ctx, l.urfaveArgs())
}
