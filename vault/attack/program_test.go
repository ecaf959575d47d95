package attack

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is tacit itself, built when it is first needed.
var program built

type built struct {
	once sync.Once
	dir  string
	err  error
}

func (b *built) path(t testing.TB) string {
	t.Helper()
	b.once.Do(func() {
		if *prebuilt != "" {
			return
		}
		if b.dir, b.err = os.MkdirTemp("", "attack-program-*"); b.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", filepath.Join(b.dir, "tacit"), "github.com/tacit-vault/tacit").CombinedOutput()
		if err != nil {
			b.err = errors.New(err.Error() + ": " + string(out))
		}
		os.Chmod(b.dir, 0o755) // other users run it too
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	if *prebuilt != "" {
		return *prebuilt
	}
	return filepath.Join(b.dir, "tacit")
}

func (b *built) remove() {
	if b.dir != "" {
		os.RemoveAll(b.dir)
	}
}

// ran is what a run of the program came to.
type ran struct {
	exit     int
	out, err string
	cpu      time.Duration
	rss      int64 // most bytes in memory, 0 where that is not known
	hung     bool
}

// names tells whether one of the codes is in what the program said under --json.
func (r ran) names(due codes) bool {
	for _, c := range due {
		if strings.Contains(r.out+r.err, `"`+string(c)+`"`) {
			return true
		}
	}
	return false
}

// patience is how long a command may take that does a moment's work, on a
// machine that has much else to do.
const patience = 10 * time.Minute

// tacit runs the program as the vault's owner.
func (v *victim) tacit(stdin string, args ...string) ran {
	v.t.Helper()
	return v.run(nil, stdin, append(args, "--vault", v.dir, "--identity", v.identity, "--state", v.state)...)
}

// run runs the program with more in its environment.
func (v *victim) run(change func(*exec.Cmd), stdin string, args ...string) ran {
	v.t.Helper()
	v.close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program.path(v.t), args...)
	cmd.Dir = v.root
	home := filepath.Join(v.root, "home")
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "XDG_RUNTIME_DIR=" + home, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}
	cmd.Stdin = strings.NewReader(stdin)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.WaitDelay = time.Minute // what it said is read late on a busy machine
	if change != nil {
		change(cmd)
	}
	runErr := cmd.Run()
	if cmd.ProcessState == nil {
		v.t.Fatal(runErr)
	}
	r := ran{
		exit: cmd.ProcessState.ExitCode(), out: out.String(), err: err.String(), hung: ctx.Err() != nil,
		cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), rss: maxRSS(cmd.ProcessState),
	}
	if strings.Contains(r.err, "goroutine ") {
		v.t.Errorf("%v: the program crashed:\n%.3000s", args, r.err)
	}
	return r
}
