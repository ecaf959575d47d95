package rescue_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/crypto/cryptotest"
	"github.com/tacit-vault/tacit/vault"
)

type timeOf = time.Time

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code vault.Code) {
	t.Helper()
	if vault.CodeOf(err) != code {
		t.Fatalf("got %v (%s), want %s", err, vault.CodeOf(err), code)
	}
}

// newKey makes an identity, and the recipient that goes with it.
func newKey(t testing.TB, suite crypto.Suite) (crypto.Key, crypto.Lock) {
	t.Helper()
	_, key, lock := cryptotest.NewKey(t, suite == crypto.Hybrid)
	return key, lock
}

func copyDir(t testing.TB, from, to string) {
	t.Helper()
	fatal(t, os.CopyFS(to, os.DirFS(from)))
	fatal(t, filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	}))
}

func filesBelow(t testing.TB, dir string) (paths []string) {
	t.Helper()
	fatal(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

// digest is of all names and contents below dir, and of when they changed.
func digest(t testing.TB, dir string) string {
	t.Helper()
	h := sha256.New()
	for _, path := range filesBelow(t, dir) {
		b, err := os.ReadFile(path)
		fatal(t, err)
		info, err := os.Stat(path)
		fatal(t, err)
		fmt.Fprintf(h, "%s %d %s %x\n", path, len(b), info.ModTime(), sha256.Sum256(b))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// newModel makes a vault with a past, and leaves it in a state: closed, open
// (as a power cut leaves it), rotated, rotating or batch (killed in the middle),
// back (an older state of the files, of which this machine knows better), pq.
func newModel(t *testing.T, state string) *model {
	t.Helper()
	root, err := os.MkdirTemp("", "rescue")
	fatal(t, err)
	cleanup(t, root)
	m := &model{
		dir: filepath.Join(root, "vault"), state: filepath.Join(root, "state"),
		ever: map[string]map[uint64]string{}, updated: time.Unix(1_600_000_000, 0),
	}
	suite := crypto.X25519
	if state == "pq" {
		suite = crypto.Hybrid
	}
	m.key, m.lock = newKey(t, suite)
	v, err := vault.Create(t.Context(), m.dir, vault.CreateOptions{
		PostQuantum: state == "pq", State: m.state, Now: m.clock, Policy: vault.Policy{MaxValue: 500_000, History: 4},
		Slots: []vault.NewSlot{{Label: "identity", Lock: m.lock}},
	})
	fatal(t, err)
	fatal(t, v.Close())
	for session := range 6 {
		v = m.open(t)
		m.live(t, v, session)
		fatal(t, v.Close())
	}
	m.leave(t, state)
	m.read(t)
	return m
}

func (m *model) clock() time.Time { return m.updated }

func (m *model) open(t *testing.T) *vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), m.dir, vault.Options{
		Keys: []crypto.Key{m.key}, Write: true, State: m.state, Now: m.clock,
	})
	fatal(t, err)
	return v
}

// note remembers what was stored.
func (m *model) note(infos []vault.Info, values ...vault.Value) {
	for i, info := range infos {
		if m.ever[info.Name] == nil {
			m.ever[info.Name] = map[uint64]string{}
		}
		if !info.Deleted {
			m.ever[info.Name][info.Version] = info.Kind + ":" + string(values[i].Reveal())
		} else {
			m.ever[info.Name][info.Version] = ""
		}
	}
}

func (m *model) apply(t *testing.T, v *vault.Vault, names []string, values []vault.Value) {
	t.Helper()
	changes := make([]vault.Change, len(names))
	for i, name := range names {
		changes[i] = vault.Change{Name: name, Value: values[i]}
	}
	infos, err := v.Apply(context.Background(), changes, nil)
	fatal(t, err)
	m.note(infos, values...)
}

// live is a session of somebody's work.
func (m *model) live(t *testing.T, v *vault.Vault, session int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(session), 3))
	noise := rand.NewChaCha8([32]byte{byte(session)})
	var names []string
	var values []vault.Value
	for i := range 60 { // small ones, which change now and then
		if session == 0 || rng.IntN(6) == 0 {
			names, values = append(names, fmt.Sprintf("S%03d", i)), append(values, vault.Text(fmt.Sprintf("value %d of session %d", i, session)))
		}
	}
	for i := range 30 { // a batch of its own for each session
		names, values = append(names, fmt.Sprintf("B%d-%d", session, i)), append(values, vault.Text(strings.Repeat("batch ", rng.IntN(80))))
	}
	m.apply(t, v, names, values)
	large := make([]byte, 70_000+rng.IntN(200_000))
	noise.Read(large)
	object, err := vault.JSON(fmt.Appendf(nil, `{"session": %d, "x": [1.50]}`, session))
	fatal(t, err)
	m.apply(t, v, []string{fmt.Sprintf("C%d", session), "CHANGED", "CONFIG", "EMPTY"},
		[]vault.Value{vault.Bytes(large), vault.Bytes(large[:66_000]), object, vault.Text("")})
	gone := fmt.Sprintf("GONE%d", session)
	m.apply(t, v, []string{gone}, []vault.Value{vault.Text("was here")})
	if session%2 == 0 {
		info, err := v.Delete(t.Context(), gone, vault.DeleteOptions{Purge: session == 4})
		fatal(t, err)
		m.note([]vault.Info{info})
	}
}

// leave brings the vault into the state.
func (m *model) leave(t *testing.T, state string) {
	t.Helper()
	v := m.open(t)
	snapshot := filepath.Join(filepath.Dir(m.dir), "snapshot")
	instead := func() { m.dir = snapshot }
	defer func() {
		fatal(t, v.Close())
		instead()
	}()
	switch state {
	case "open":
		m.live(t, v, 6)
		copyDir(t, m.dir, snapshot)
	case "rotated":
		_, err := v.Rotate(t.Context(), vault.RotateOptions{})
		fatal(t, err)
		instead = func() {}
	case "rotating":
		_, err := v.Rotate(t.Context(), vault.RotateOptions{Progress: func(done, total int) {
			if done < total {
				return
			}
			copyDir(t, m.dir, snapshot)
		}})
		fatal(t, err)
		m.state = t.TempDir() // it knows of a rotation that the snapshot has not
	case "batch":
		values, changes := []vault.Value{}, []vault.Change{}
		for i := range 4000 {
			values = append(values, vault.Text(fmt.Sprint("new ", i)))
			changes = append(changes, vault.Change{Name: fmt.Sprintf("E%05d", i), Value: values[i]})
		}
		for i := range 20 {
			values = append(values, vault.Text("changed"))
			changes = append(changes, vault.Change{Name: fmt.Sprintf("S%03d", i), Value: values[4000+i]})
		}
		before := filepath.Join(filepath.Dir(m.dir), "state-before")
		copyDir(t, m.state, before)
		copied := false
		infos, err := v.Apply(t.Context(), changes, func(done, total int) {
			if done*3 > total && !copied {
				copied = true
				copyDir(t, m.dir, snapshot)
			}
		})
		fatal(t, err)
		m.note(infos, values...)
		m.state = before
	case "back":
		copyDir(t, m.dir, snapshot)
		m.apply(t, v, []string{"S000"}, []vault.Value{vault.Text("later")})
	default:
		instead = func() {}
	}
}

// cleanup removes a folder that outlives a subtest when the whole test ends.
func cleanup(t *testing.T, dir string) {
	t.Helper()
	roots = append(roots, dir)
}

// roots are removed by TestMain.
var roots []string
