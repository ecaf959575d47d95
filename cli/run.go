package cli

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"runtime"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/vault"
)

type runOptions struct {
	only           urfave.StringSlice
	allowDangerous bool
	argv           []string
}

func runCommand() *command {
	var o runOptions
	return &command{
		name: "run", group: groupUse, args: "-- COMMAND [ARGUMENT…]", min: 1, max: -1, dash: true,
		short: "run a command with secrets in its environment",
		long: `Runs COMMAND with every secret, or those that --only names, in its environment,
over what is there. Its exit status, signals and terminal are its own. A JSON
value is given as compact JSON, bytes as they are; a value with a NUL byte cannot
be given, and nothing is run. A name with a dash in it is passed on, though most
shells cannot read it. A name that would change how programs run (PATH,
LD_PRELOAD, NODE_OPTIONS, …) is refused, unless --allow-dangerous.

What is in an environment every child inherits, and the user's other processes
can read it. Name what the command needs.`,
		example: `tacit run --only 'DB_*' --only API_KEY -- ./server
tacit run -- sh -c 'echo "$API_KEY" | wc -c'`,
		codes: []int{exitNotFound, exitInvalid, exitNoKey, exitWrongKey, exitTampered, exitBusy, exitDisk, exitNoExec, exitNoCommand},
		flags: []urfave.Flag{
			onlyFlag(&o.only),
			&urfave.BoolFlag{Name: "allow-dangerous", Usage: "pass on names such as PATH and LD_PRELOAD", Destination: &o.allowDangerous},
		},
		run: func(ctx context.Context, s *session, args []string) error {
			o.argv = args
			return runRun(ctx, s, o)
		},
	}
}

func runRun(ctx context.Context, s *session, o runOptions) error {
	path, err := exec.LookPath(o.argv[0])
	if err != nil {
		return noCommand(o.argv[0], err)
	}
	env, err := s.childEnv(ctx, o)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = s.start(ctx, path, o.argv, env)
	if _, ok := err.(exitStatus); ok {
		return err
	}
	return noCommand(o.argv[0], err)
}

// childEnv is the environment with the secrets in it. The vault is closed when
// it returns.
func (s *session) childEnv(ctx context.Context, o runOptions) ([]string, error) {
	secrets, err := s.selected(ctx, o.only.Value())
	if err != nil {
		return nil, err
	}
	added := make(map[string]string, len(secrets))
	for _, secret := range secrets {
		if !o.allowDangerous && dangerous(secret.Name) {
			return nil, fault(vault.InvalidName, "run %s: a variable of this name changes how programs run", secret.Name).
				hinted("name what the command needs with --only GLOB, or --allow-dangerous")
		}
		value := string(secret.Value.Reveal())
		if strings.IndexByte(value, 0) >= 0 {
			return nil, fault(vault.InvalidValue, "run %s: the value has a NUL byte, which no environment can hold", secret.Name).
				hinted("leave it out with --only GLOB, or let the command read tacit get %s", secret.Name)
		}
		added[envKey(secret.Name)] = secret.Name + "=" + value
		secret.Value.Wipe()
	}
	return merge(s.Environ(), added), nil
}

// merge puts the secrets over the environment, each name once: which of two
// entries counts differs from program to program.
func merge(environ []string, added map[string]string) []string {
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

// dangerous tells whether a variable of the name makes a program load, run or
// find something else. Systems differ; the comparison is the widest.
func dangerous(name string) bool {
	name = strings.ToUpper(name)
	for _, prefix := range []string{"LD_", "DYLD_", "_RLD", "BASH_FUNC_", "GIT_CONFIG"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "HOME", "SHELL", "IFS", "ENV", "CDPATH",
		"BASH_ENV", "BASHOPTS", "SHELLOPTS", "PROMPT_COMMAND", "PS4", "ZDOTDIR",
		"NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT",
		"PERL5LIB", "PERL5OPT", "PERL5DB", "PERLLIB", "RUBYLIB", "RUBYOPT", "LUA_PATH", "LUA_CPATH", "LUA_INIT",
		"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH", "DOTNET_STARTUP_HOOKS",
		"GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH", "NLSPATH", "TERMINFO", "MALLOC_CONF",
		"EDITOR", "VISUAL", "PAGER", "MANPAGER", "BROWSER", "LESSOPEN", "LESSCLOSE",
		"GIT_SSH", "GIT_SSH_COMMAND", "GIT_EXEC_PATH", "GIT_PAGER", "GIT_EDITOR", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_EXTERNAL_DIFF":
		return true
	}
	return false
}

// noCommand is a command that could not be started.
func noCommand(name string, err error) error {
	shown := printable(name)
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		f := &failure{code: "no_command", exit: exitNoCommand, message: "run " + shown + ": no such command"}
		return f.hinted("type -a %s", shown)
	case isTooBig(err):
		f := &failure{code: "too_big", exit: exitNoExec, message: "run " + shown + ": the secrets are too large for an environment"}
		return f.hinted("name what the command needs with --only GLOB")
	}
	var e *exec.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return &failure{code: "no_exec", exit: exitNoExec, message: "run " + shown + ": it cannot be run: " + err.Error()}
}
