package torture

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A rig is a machine with one vault: a home, an identity file that opens it,
// and the program.
type rig struct {
	t    testing.TB
	home string
	dir  string // the vault, wherever the test wants it
	bin  string
	env  []string // besides the usual
}

// newRig makes a machine, and a vault on it in the folder dir, which need not be
// there; "" means one in its home.
func newRig(t testing.TB, dir string, init ...string) *rig {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, home: t.TempDir(), dir: dir, bin: bin}
	if dir == "" {
		r.dir = filepath.Join(r.home, "vault")
	}
	r.must("", append([]string{"init", "--identity", r.identity()}, init...)...)
	return r
}

func (r *rig) identity() string { return filepath.Join(r.home, "id.txt") }

// result is what a run of the program came to.
type result struct {
	out, err string
	code     int // -1: it was killed
}

// hangs is more than any command takes, on any machine under any load.
const hangs = 5 * time.Minute

// command is one run of the program, not yet started.
func (r *rig) command(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), hangs)
	r.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, r.bin, args...)
	cmd.Env = append([]string{
		"HOME=" + r.home, "PATH=" + os.Getenv("PATH"),
		"TACIT_VAULT=" + r.dir, "TACIT_IDENTITY=" + r.identity(),
	}, r.env...)
	cmd.Dir = r.home
	return cmd
}

// under is a run of the program that another one begins.
func (r *rig) under(args []string, tool ...string) *exec.Cmd {
	cmd := r.command(args...)
	cmd.Args = append(tool, append([]string{cmd.Path}, args...)...)
	if path, err := exec.LookPath(tool[0]); err == nil {
		cmd.Path = path
	} else {
		cmd.Err = err
	}
	return cmd
}

// run runs the program and returns what it said.
func (r *rig) run(stdin string, args ...string) result {
	r.t.Helper()
	return r.finish(r.command(args...), stdin)
}

func (r *rig) finish(cmd *exec.Cmd, stdin string) result {
	r.t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatalf("%v: %v", cmd.Args, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must runs the program and asks that it succeeds.
func (r *rig) must(stdin string, args ...string) string {
	r.t.Helper()
	got := r.run(stdin, args...)
	if got.code != 0 {
		r.t.Fatalf("tacit %v: exit %d\n%s", args, got.code, got.err)
	}
	return got.out
}

// verifies asks that the whole vault verifies, every value decrypted.
func (r *rig) verifies() {
	r.t.Helper()
	if got := r.run("", "verify", "--full"); got.code != 0 {
		r.t.Fatalf("verify: exit %d\n%s%s", got.code, got.out, got.err)
	}
}
