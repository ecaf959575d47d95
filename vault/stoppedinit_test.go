package vault_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault"
)

var killInits = flag.Int("kill.inits", 0, "kill an init at each of its system calls so many times; 0: at some of them")

// initCalls are what changes a folder, or says that something lasts.
// The first of them are the ones that a short run has the time for.
var initCalls = []string{"mkdirat", "renameat", "ftruncate", "fsync", "unlinkat", "openat", "fallocate", "pwrite64", "write", "msync", "flock"}

// initInChild makes the vault of a machine.
func initInChild(root string) int {
	v, err := initAt(root)
	if err == nil {
		err = v.Close()
	}
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

func initAt(root string) (*vault.Vault, error) {
	b, err := os.ReadFile(filepath.Join(root, "identity"))
	if err != nil {
		return nil, err
	}
	key, err := crypto.Identities("identity", strings.NewReader(string(b)))
	if err != nil {
		return nil, err
	}
	lock, err := crypto.Recipient(key.Recipients()[0])
	if err != nil {
		return nil, err
	}
	return vault.Create(context.Background(), filepath.Join(root, "vault"), vault.CreateOptions{
		State: filepath.Join(root, "state"), Slots: []vault.NewSlot{{Label: "identity", Lock: lock}},
	})
}

// An init that is killed, at any system call, leaves what the next one takes
// over, or a vault that is whole, which that one does not touch.
func TestInitKilled(t *testing.T) {
	t.Parallel()
	long(t)
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not there")
	}
	killed, whole := 0, 0
	calls := initCalls
	if *killInits == 0 {
		calls = calls[:4]
	}
	for _, call := range calls {
		// strace counts by thread, and Go runs on one or another: the same number
		// is not the same call each time.
		step := 1
		if *killInits == 0 {
			step = 3
		}
		for n := 1; ; n += step {
			hits := 0
			for range max(1, *killInits) {
				root := t.TempDir()
				if !killInit(t, root, call, n) {
					continue
				}
				hits++
				if takenOver(t, root, fmt.Sprintf("%s %d", call, n)) {
					whole++
				}
			}
			if killed += hits; hits == 0 {
				break
			}
		}
	}
	t.Logf("killed %d times, %d times the vault was whole", killed, whole)
	if killed == 0 {
		t.Skip("strace kills nothing here")
	}
}

// killInit kills the init of a machine when a thread makes a call for the nth
// time. It tells whether one did.
func killInit(t *testing.T, root, call string, n int) bool {
	id, err := crypto.NewIdentity(crypto.X25519)
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "identity"), []byte(id.Reveal()+"\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("strace", "-f", "-qq", "-o", filepath.Join(root, "strace"), "-e", "trace="+call,
		"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), os.Args[0])
	cmd.Env = append(os.Environ(), "TACIT_TEST_CHILD="+root, "TACIT_TEST_INIT=1")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "error") {
		t.Fatalf("%s %d: %s", call, n, out)
	}
	return err != nil
}

// takenOver makes the vault once more, and tells whether it was there already.
func takenOver(t *testing.T, root, at string) bool {
	dir := filepath.Join(root, "vault")
	_, err := os.Lstat(filepath.Join(dir, "VAULT"))
	there := err == nil
	before := folderSum(t, dir)
	v, err := initAt(root)
	if there {
		wantCode(t, err, vault.Exists)
		if folderSum(t, dir) != before {
			t.Errorf("killed at %s: the vault was touched", at)
		}
		return true
	}
	if err != nil {
		t.Errorf("killed at %s: %v\n%s", at, err, before)
		return false
	}
	set(t, v, "A", "a")
	verifies(t, v)
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	return false
}

// folderSum lists what is in a folder, with the hashes of its files.
func folderSum(t *testing.T, dir string) string {
	t.Helper()
	var s strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&s, "%s %d %x\n", strings.TrimPrefix(path, dir), len(b), sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.String()
}

// What is not an init's alone is refused as it is: a vault that lost its VAULT,
// where it holds a secret, was ever written to, or is remembered; and what only
// resembles one.
func TestNoLeavings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bare := f.copy("bare")
	f.with(func(v *vault.Vault) { set(t, v, "A", "a") })
	full := f.copy("full")
	emptied := f.copy("emptied")
	emptied.with(func(v *vault.Vault) {
		if _, err := v.Delete(t.Context(), "A", vault.DeleteOptions{Purge: true}); err != nil {
			t.Fatal(err)
		}
	})
	cases := map[string]struct {
		dir, state string
		spoil      func(dir string) error
	}{
		"a secret":       {dir: full.dir},
		"a second head":  {dir: emptied.dir},
		"remembered":     {dir: f.dir, state: f.state},
		"another file":   {dir: bare.dir, spoil: func(dir string) error { return os.WriteFile(filepath.Join(dir, "db", "mine.txt"), nil, 0o600) }},
		"another folder": {dir: bare.dir, spoil: func(dir string) error { return os.Mkdir(filepath.Join(dir, "src"), 0o700) }},
		"a link":         {dir: bare.dir, spoil: func(dir string) error { return os.Symlink(f.dir, filepath.Join(dir, "db.part")) }},
		"no lock":        {dir: bare.dir, spoil: func(dir string) error { return os.Remove(filepath.Join(dir, "lock")) }},
		"another's lock": {dir: bare.dir, spoil: func(dir string) error { return os.WriteFile(filepath.Join(dir, "lock"), []byte("me"), 0o600) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := c.dir
			if c.spoil != nil {
				dir = filepath.Join(t.TempDir(), "vault")
				copyDir(t, c.dir, dir)
			}
			if err := os.Remove(filepath.Join(dir, "VAULT")); err != nil {
				t.Fatal(err)
			}
			refused := vault.VaultMissing // where it is remembered
			if c.state == "" {
				refused = vault.Exists
				c.state = t.TempDir()
			}
			if c.spoil != nil {
				if ok, err := vault.Leavings(dir, c.state); err != nil || !ok {
					t.Fatalf("before: %t, %v", ok, err)
				}
				if err := c.spoil(dir); err != nil {
					t.Fatal(err)
				}
			}
			before := folderSum(t, dir)
			_, err := vault.Create(t.Context(), dir, vault.CreateOptions{State: c.state, Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}}})
			wantCode(t, err, refused)
			if folderSum(t, dir) != before {
				t.Error("it was touched")
			}
		})
	}
}

// While one init is at work, another neither takes its files for leavings nor
// removes them.
func TestInitBesideInit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := os.Remove(filepath.Join(f.dir, "VAULT")); err != nil {
		t.Fatal(err)
	}
	release := hold(t, f.dir)
	before := folderSum(t, f.dir)
	o := vault.CreateOptions{State: t.TempDir(), Slots: []vault.NewSlot{{Label: "identity", Lock: f.lock}}}
	_, err := vault.Create(t.Context(), f.dir, o)
	wantCode(t, err, vault.Busy)
	if folderSum(t, f.dir) != before {
		t.Error("it was touched")
	}
	release()
	v, err := vault.Create(t.Context(), f.dir, o)
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
}

func hold(t *testing.T, dir string) (release func()) {
	t.Helper()
	release, err := storedir.Hold(context.Background(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	return release
}
