//go:build linux || darwin || freebsd

package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
)

// TestWarnings: what a change warns of reaches who made it, through the client
// and in the answer itself, and nobody else.
func TestWarnings(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	slots := filepath.Join(a.dir, "slots")
	fatal(t, os.RemoveAll(slots))
	fatal(t, os.WriteFile(slots, nil, 0o600)) // the copies of the slots have no place
	var mu sync.Mutex
	got := map[string][]error{}
	client := func(name string) *agent.Client {
		c := a.dial()
		c.OnWarning = func(err error) {
			mu.Lock()
			defer mu.Unlock()
			got[name] = append(got[name], err)
		}
		return c
	}
	one, other := client("one"), client("other")
	set(t, one, "A", "1")
	var all sync.WaitGroup
	all.Go(func() { set(t, other, "B", "1") })
	all.Go(func() { _, _ = one.Read(context.Background(), "A") })
	all.Wait()
	if len(got["one"]) != 1 || len(got["other"]) != 0 {
		t.Errorf("warnings: %v", got)
	}
}

// TestWarningsInAnswers writes them into every form of an answer.
func TestWarningsInAnswers(t *testing.T) {
	t.Parallel()
	var w warnings
	for _, doc := range []string{"{}\n", `{"key":"A","value":"}"}` + "\n", `{"end":3}` + "\n"} {
		if body, rest := w.member([]byte(doc)); string(body) != doc || rest != nil {
			t.Errorf("none: %q %q", body, rest)
		}
	}
	w.add(wireError("set", &vault.SecretError{Code: vault.ReadOnly, Message: "m"}))
	for doc, want := range map[string]string{
		"{}\n":           `{"warnings":[{"code":"read_only","message":"m","remedy":{"name":"make_writable"}}]}` + "\n",
		`{"a":1}` + "\n": `{"a":1,"warnings":[{"code":"read_only","message":"m","remedy":{"name":"make_writable"}}]}` + "\n",
	} {
		if body, rest := w.member([]byte(doc)); string(body)+string(rest) != want {
			t.Errorf("%s%s, want %s", body, rest, want)
		}
	}
	for range 2 * maxWarnings {
		w.add(wireError("set", vault.Busy))
	}
	if _, rest := w.member([]byte("{}\n")); strings.Count(string(rest), `"code"`) != maxWarnings {
		t.Errorf("%d warnings", strings.Count(string(rest), `"code"`))
	}
}

// TestResumeToAnOlderOne: what an agent takes back must be what it gave away, or
// come from it, though nobody but the agent remembers that.
func TestResumeToAnOlderOne(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	db, old := filepath.Join(a.dir, "db"), filepath.Join(t.TempDir(), "db")
	release, err := a.Yield(t.Context())
	fatal(t, err)
	fatal(t, os.CopyFS(old, os.DirFS(db)))
	release()
	soon(t, func() bool {
		_, err := a.Set(t.Context(), "A", vault.Text("1"))
		return err == nil
	})
	release, err = a.Yield(t.Context())
	fatal(t, err)
	fatal(t, os.RemoveAll(db))
	fatal(t, os.CopyFS(db, os.DirFS(old)))
	fatal(t, filepath.WalkDir(db, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			err = os.Chmod(path, 0o600)
		}
		return err
	}))
	fatal(t, os.Chmod(db, 0o700))
	fatal(t, os.RemoveAll(a.state))
	release()
	wantCode(t, a.wait(), vault.RolledBack)
}
