package run

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/choice"
	"github.com/tacit-vault/tacit/cli/cmdline"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/vault"
)

type runOptions struct {
	only, maps urfave.StringSlice
	choice.Prefixing
	choice.Narrowing

	envFile        string
	readEnvFile    EnvFileReader // nil: this program has none
	clean          bool
	stdin          bool
	files          bool
	mask           bool
	allowDangerous bool
	maxAge         time.Duration
	argv           []string
}

func Command(s *frame.Session, files EnvFileReader) *cmdline.Command {
	o := runOptions{readEnvFile: files}
	return &cmdline.Command{
		Name: "run", Group: cmdline.GroupUse, Args: "-- COMMAND [ARGUMENT…]", Min: 1, Max: -1, Dash: true, Envs: -1,
		Short: "run a command with secrets in its environment",
		Long: `Runs COMMAND with secrets in its environment, added to the variables that are
there: every secret except those that git and docker stored, or those that the
flags choose. Its exit status, signals and terminal are its own. JSON values are
given as compact JSON, bytes as they are. A value with a NUL byte cannot be given,
and nothing is run. A name that would change how programs run (PATH, LD_PRELOAD,
GIT_…, PYTHON…: tacit help dangerous-names) is left out with a warning. If you
chose it by name, it is refused, unless you give --allow-dangerous.

Several environments are read as one vault, as in run @shared @prod -- ./server:
of two secrets of one name, the command gets that of the later one.

--only and --prefix choose by name, --map one by one. --exclude leaves names out,
--label chooses by label. --env-file reads a dotenv file, which can be kept in
git: the value tacit:NAME is that secret, and {{ tacit://NAME }} is the secret
within a longer value. Everything else is passed on as it is.

Every child inherits the environment, and other processes of the user can read it.
--files gives each value in a file in memory, which is gone when the command ends;
the variable holds the path. --stdin gives the value on standard input: one secret
as it is, several as a JSON object. --mask hides values of four bytes or more in
what the command prints: as they are, by lines, as JSON escapes them, in base64,
and the strings and numbers of JSON values. The output is then no terminal for the
command.`,
		Example: `tacit run --only 'DB_*' --only API_KEY -- ./server
tacit run --prefix APP_ --strip --clean -- ./server
tacit run --map PGPASSWORD=DB_PASSWORD -- psql
tacit run --env-file .env -- npm start
tacit run @shared @prod -- ./server
tacit run --files --only TLS_KEY -- sh -c 'openssl rsa -in "$TLS_KEY" -check -noout'`,
		Codes: []int{failure.ExitNotFound, failure.ExitInvalid, failure.ExitNoKey, failure.ExitWrongKey, failure.ExitTampered, failure.ExitBusy, failure.ExitDisk, failure.ExitNoExec, failure.ExitNoCommand},
		Flags: append(append(o.Narrowing.Flags(), o.Prefixing.Flags("the variables' names")...),
			choice.OnlyFlag(&o.only), frame.MaxAgeFlag(&o.maxAge),
			&urfave.StringSliceFlag{Name: "map", Usage: "give the secret NAME in a variable of another name: `VARIABLE=NAME`; may be repeated", Destination: &o.maps},
			&urfave.StringFlag{Name: "env-file", Usage: "variables from a dotenv `FILE`, in which tacit:NAME stands for a secret", Destination: &o.envFile},
			&urfave.BoolFlag{Name: "clean", Usage: "leave out the rest of the environment, except PATH, HOME and the like", Destination: &o.clean},
			&urfave.BoolFlag{Name: "files", Usage: "give values in files in memory, and their paths in the variables", Destination: &o.files},
			&urfave.BoolFlag{Name: "stdin", Usage: "give values on standard input, and none in the environment", Destination: &o.stdin},
			&urfave.BoolFlag{Name: "mask", Usage: "hide the values in what the command prints", Destination: &o.mask},
			&urfave.BoolFlag{Name: "allow-dangerous", Usage: "also pass on names such as PATH and GIT_SSH; best with --only NAME", Destination: &o.allowDangerous},
		),
		Run: func(ctx context.Context, args []string) error {
			o.argv = args
			return runRun(ctx, s, o)
		},
	}
}

func (o runOptions) check() error {
	if err := o.Prefixing.Check("run"); err != nil {
		return err
	}
	if o.stdin && o.files {
		return failure.Usage("run: --stdin and --files: give one of them")
	}
	return o.Narrowing.Check()
}

// A Child is a command about to be run.
type Child struct {
	Path  string
	Argv  []string
	Env   []string
	stdin []byte   // nil: ours
	masks *masks   // nil: it prints what it likes
	Kept  bool     // something is to be cleaned up when it has ended
	Done  []func() // what cleans up, the last first

	files   *system.MemoryFolder // where its values lie; nil: in no folder
	signals *childSignals        // nil: it is to get them itself
}

func (c *Child) CleanUp() {
	for i := len(c.Done) - 1; i >= 0; i-- {
		c.Done[i]()
	}
	c.Done = nil
}

func runRun(ctx context.Context, s *frame.Session, o runOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := frame.AcceptAge(s, o.maxAge); err != nil {
		return err
	}
	path, err := exec.LookPath(o.argv[0])
	if err != nil {
		return NoCommand(o.argv[0], err)
	}
	list, err := variables(ctx, s, o)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &Child{Path: path, Argv: o.argv}
	defer c.CleanUp()
	if o.files || o.mask { // before there is something to clean up
		c.signals = catchSignals()
		defer c.signals.stop()
	}
	if err := prepare(s, c, list, o); err != nil {
		return err
	}
	err = Start(s, c)
	var said *failure.Failure
	switch {
	case errors.As(err, new(failure.ExitStatus)), errors.As(err, &said):
		return err
	case errors.Is(err, fs.ErrNotExist): // the command itself was found
		f := &failure.Failure{Code: "no_command", Exit: failure.ExitNoCommand, Message: "run " + failure.Printable(o.argv[0]) + ": the interpreter or loader that it names is not there"}
		return f.Hinted("head -n 1 %s", shell.QuotePath(path))
	}
	return NoCommand(o.argv[0], err)
}

// prepare makes of the variables what the command is to get.
func prepare(s *frame.Session, c *Child, list []variable, o runOptions) (err error) {
	if o.mask {
		c.masks, c.Kept = newMasks(list), true
	}
	base := s.Environ()
	if o.clean {
		base = cleaned(base)
	}
	switch {
	case o.stdin:
		c.Env = base
		c.stdin = onStdin(list)
		return nil
	case o.files:
		if list, err = inFiles(s, c, list); err != nil {
			return err
		}
	}
	c.Env, err = environment(base, list, o.allowDangerous)
	return err
}

// onStdin is one value as it is, or several as a JSON object.
func onStdin(list []variable) []byte {
	if len(list) == 1 {
		return bytes.Clone(list[0].bytes())
	}
	b := []byte("{")
	for i, v := range list {
		b = vault.AppendMember(b, i == 0, v.name, v.value)
	}
	return append(b, "\n}\n"...)
}

// Merge puts the secrets over the environment, each name once: which of two
// entries counts differs from program to program.
func Merge(environ []string, added map[string]string) []string {
	env := make([]string, 0, len(environ)+len(added))
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if _, ok := added[envKey(name)]; !ok {
			env = append(env, entry)
		}
	}
	for _, entry := range added {
		env = append(env, entry)
	}
	return env
}

// envKey is a name as the system compares it.
func envKey(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// NoCommand is a command that could not be started.
func NoCommand(name string, err error) error {
	shown := failure.Printable(name)
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		f := &failure.Failure{Code: "no_command", Exit: failure.ExitNoCommand, Message: "run " + shown + ": no such command"}
		list, find := "ls -l %s", "type -a %s"
		if runtime.GOOS == "windows" {
			list, find = "dir %s", "where.exe %s"
		}
		if strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) {
			return f.Hinted(list, shell.QuotePath(name))
		}
		return f.Hinted(find, shell.Quote(name))
	case isTooBig(err):
		f := &failure.Failure{Code: "too_big", Exit: failure.ExitNoExec, Message: "run " + shown + ": the secrets are too large for an environment"}
		return f.Hinted("name what the command needs with --only GLOB, or give it with --files or --stdin")
	}
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return &failure.Failure{Code: "no_exec", Exit: failure.ExitNoExec, Message: "run " + shown + ": it cannot be run: " + err.Error()}
}
