package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/protocols"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/store/longtest"
	"github.com/tacit-vault/tacit/vault"
)

// testLogN is a work factor for passphrases that costs nothing. Only this
// binary knows it: nothing on tacit's command line can lower the factor.
const testLogN = 4

func TestMain(m *testing.M) {
	programs := map[string]func(){
		"tacit": func() {
			if os.Getenv(smallVariable) != "" {
				os.Exit(smallMain())
			}
			os.Exit(tacitMain())
		},
		"tacit-core": func() { os.Exit(tacitMain()) },
		"hold":       func() { os.Exit(holdMain()) },
		"tamper":     func() { os.Exit(tamperMain()) },
		"shout":      func() { os.Exit(shoutMain()) },
		"hear":       func() { os.Exit(hearMain()) },
		"page":       func() { os.Exit(page()) },
	}
	for _, name := range protocols.CallNames {
		programs[name] = programs["tacit"]
	}
	if programs[filepath.Base(os.Args[0])] == nil {
		longtest.Choose()
		hearSignals()
	}
	testscript.Main(m, programs)
}

// smallVariable says that tacit is the small program, smallMain, where there is one.
const smallVariable = "SCRIPT_SMALL"

var smallMain = tacitMain

// page shows a page of a value, where pages are tested.
var page = func() int { return 1 }

// hearSignals undoes what nohup does, and what a shell does to what it starts with
// an &, for the commands that the tests start: some are sent SIGHUP or SIGINT and
// are to end. What is heard is not inherited, what is ignored is.
func hearSignals() {
	for _, sig := range []os.Signal{syscall.SIGHUP, os.Interrupt} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// tacitMain is main with cheap passphrases, and with a terminal only where the
// script says so: a developer's own terminal must not be asked.
func tacitMain() int {
	app := New()
	app.Unharden = system.Harden()
	asInTests(app)
	call := app.Read(protocols.Args(os.Args))
	return call.Run(terminal.SignalsFor(call.Sudden()))
}

// asInTests is what both programs have in tests.
func asInTests(app *frame.App) {
	app.ScryptLogN = testLogN
	app.Runtime = os.Getenv("SCRIPT_RUNTIME") // a developer's own agents are left alone
	app.Executable = func() (string, error) {
		if filepath.Base(os.Args[0]) == system.Core {
			return exec.LookPath(system.Core)
		}
		return exec.LookPath(system.Small)
	}
	switch os.Getenv("SCRIPT_TTY") {
	case "":
		app.TTY = func() (*terminal.TTY, error) { return nil, errors.New("no terminal") }
	case "1": // what ttyin types is typed ahead, on a busy machine too
		app.TTY = typedAhead(app.TTY)
	}
}

// holdMain holds the vault's lock until it is killed: hold DIR READYFILE.
func holdMain() int {
	v, err := vault.Open(context.Background(), os.Args[1], vault.Options{Write: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer v.Close()
	if err := os.WriteFile(os.Args[2], nil, 0o600); err != nil {
		return 1
	}
	time.Sleep(time.Hour)
	return 0
}

// shoutMain prints environment variables between brackets, or what shows that
// they are not there, and leaves with the status in STATUS.
func shoutMain() int {
	for _, name := range os.Args[1:] {
		value, ok := os.LookupEnv(name)
		if !ok {
			value = "(unset)"
		}
		fmt.Printf("%s=[%s]\n", name, value)
	}
	status, _ := strconv.Atoi(os.Getenv("STATUS"))
	return status
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, scripts())
}

// scripts are those of the command line.
func scripts() testscript.Params {
	return testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   cmdExits,
			"awaits":  cmdAwaits,
			"units":   cmdUnits,
			"secrecy": cmdSecrecy,
			"same":    cmdSame,
			"bytes":   cmdBytes,
			"age-key": cmdAgeKey,
			"zip":     cmdZip,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "others":
				return otherUsers(), nil
			case "mounts":
				return ownMounts(), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	}
}

// setupScript gives the script a home of its own and takes TACIT_* away.
func setupScript(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	for _, budget := range []string{"WRITES", "NAUGHTY"} {
		e.Setenv(budget, os.Getenv(budget))
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_DATA_HOME": filepath.Join(home, "data"), "XDG_CONFIG_HOME": filepath.Join(home, "config"),
		"XDG_STATE_HOME": filepath.Join(home, "state"), "TACIT_VAULT": filepath.Join(e.WorkDir, "vault"),
		"KEY": filepath.Join(home, "config", "tacit", "identity.txt"),
	} {
		e.Setenv(name, value)
	}
	return nil
}

// cmdExits runs a command and holds its exit code: exits N COMMAND…
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exited *exec.ExitError
	switch {
	case errors.As(err, &exited):
		got = exited.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	_, message, _ := strings.Cut("\n"+ts.ReadFile("stderr"), "\ntacit: ")
	if lines := strings.Count(message, "\n"); want != 0 && want <= 10 && lines > 3 {
		ts.Fatalf("an error of %d lines", lines)
	}
}

// cmdAwaits waits until a file is there: awaits FILE
func cmdAwaits(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}

// cmdUnits writes a text over and over: units FILE TEXT TIMES
func cmdUnits(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat(args[1], n)), 0o600))
}

// cmdBytes writes a Go string literal: bytes FILE '\xff\x00\n'
func cmdBytes(ts *testscript.TestScript, _ bool, args []string) {
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// cmdZip packs files: zip FILE NAME FROM…
func cmdZip(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 1; i+1 < len(args); i += 2 {
		f, err := w.Create(args[i])
		ts.Check(err)
		_, err = io.WriteString(f, ts.ReadFile(args[i+1]))
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// cmdSame holds two files, or stdout, to the same bytes; cmp forgives a
// newline's absence in what it prints only.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if same := ts.ReadFile(args[0]) == ts.ReadFile(args[1]); same == neg {
		ts.Fatalf("%s and %s: same is %v", args[0], args[1], same)
	}
}

// cmdSecrecy looks for a secret in what the last command wrote to standard
// error and in every file under the folders: secrecy SECRET DIR…
func cmdSecrecy(ts *testscript.TestScript, _ bool, args []string) {
	secret := []byte(args[0])
	if strings.Contains(ts.ReadFile("stderr"), args[0]) {
		ts.Fatalf("the secret is on standard error")
	}
	for _, dir := range args[1:] {
		err := filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			if err == nil && bytes.Contains(b, secret) {
				err = fmt.Errorf("the secret is in %s", path)
			}
			return err
		})
		ts.Check(err)
	}
}

// cmdAgeKey makes an identity file: age-key FILE [pq]
func cmdAgeKey(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(makeIdentity(ts.MkAbs(args[0]), len(args) > 1))
}
