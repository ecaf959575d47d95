package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// A ledger is what a vault honestly holds: the versions of each name, from the
// first on. Nil is a deletion.
type ledger map[string][]*string

// set notes another version.
func (l ledger) set(name, value string) { l[name] = append(l[name], &value) }

// remove notes a deletion.
func (l ledger) remove(name string) { l[name] = append(l[name], nil) }

// current is the value of a name, nil where there is none.
func (l ledger) current(name string) *string {
	if versions := l[name]; len(versions) > 0 {
		return versions[len(versions)-1]
	}
	return nil
}

// names are the names that are there, sorted.
func (l ledger) names() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if l.current(name) != nil {
			list = append(list, name)
		}
	}
	return list
}

// A bench is a folder with one vault at a fixed path, which is what a machine
// remembers a vault by, and whole copies of it in several states.
//
//	id.txt             opens it
//	vault, state       the one at work, and what the machine remembers
//	honest/NAME/…      vault, state, old and ledger.json of a state
type bench struct {
	root      string
	kept      string // where honest is
	key       crypto.Key
	recipient string // of key
}

func (b *bench) vault() string { return filepath.Join(b.root, "vault") }
func (b *bench) state() string { return filepath.Join(b.root, "state") }

// honest is where a state of the vault is kept.
func (b *bench) honest(name string, more ...string) string {
	return filepath.Join(append([]string{b.kept, name}, more...)...)
}

func openBench(root string) (*bench, error) {
	f, err := os.Open(filepath.Join(root, "id.txt"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	key, err := crypto.Identities("id.txt", f)
	if err != nil {
		return nil, err
	}
	return &bench{root, filepath.Join(root, "honest"), key, key.Recipients()[0]}, nil
}

func (b *bench) options(write bool) vault.Options {
	return vault.Options{Keys: []crypto.Key{b.key}, Write: write, OneShot: !write, Wait: 10 * time.Second, State: b.state()}
}

// open opens the vault at work.
func (b *bench) open(write bool) (*vault.Vault, error) {
	return vault.Open(context.Background(), b.vault(), b.options(write))
}

// fixtures are the states that damage is done to.
var fixtures = []string{"closed", "levels", "crashed", "young", "batch"}

// makeBench makes a bench in root, with every fixture.
func makeBench(root string, rng *rand.Rand) (*bench, error) {
	b, err := newBench(root)
	if err != nil {
		return nil, err
	}
	return b, b.makeFixtures(rng, fixtures...)
}

// newBench makes a bench in root without a vault.
func newBench(root string) (*bench, error) {
	identity, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(root, "id.txt"), []byte(identity.Reveal()+"\n"), 0o600); err != nil {
		return nil, err
	}
	return openBench(root)
}

func (b *bench) makeFixtures(rng *rand.Rand, names ...string) error {
	for _, name := range names {
		if err := b.makeFixture(name, rng); err != nil {
			return fmt.Errorf("making the vault %q: %w", name, err)
		}
	}
	return nil
}

// A builder makes the vault of a fixture.
type builder struct {
	*bench
	name string
	rng  *rand.Rand
	l    ledger
}

func (b *bench) makeFixture(name string, rng *rand.Rand) error {
	w := &builder{b, name, rng, ledger{}}
	if err := w.create(); err != nil {
		return err
	}
	sessions := 3
	switch name {
	case "levels":
		sessions = 13 // the seventh merges what is there, and the next one to write does again
	case "young":
		sessions = 0
	}
	for i := range sessions {
		if err := w.session(i, nil); err != nil {
			return err
		}
	}
	if err := copyTree(b.honest(name, "old"), b.vault()); err != nil {
		return err
	}
	var err error
	switch name {
	case "closed", "levels":
		if err = w.session(sessions, nil); err == nil {
			err = w.keep()
		}
	case "batch":
		err = w.batch()
	default:
		err = w.session(sessions, w.keep)
	}
	return errors.Join(err, os.RemoveAll(b.vault()), os.RemoveAll(b.state()))
}

// create makes the vault.
func (w *builder) create() error {
	recipient, err := crypto.Recipient(w.recipient)
	if err != nil {
		return err
	}
	v, err := vault.Create(context.Background(), w.vault(), vault.CreateOptions{
		Slots:  []vault.NewSlot{{Label: "identity", Lock: recipient}},
		Policy: vault.Policy{MaxValue: 300_000, History: 50}, State: w.state(),
	})
	if err != nil {
		return err
	}
	return v.Close()
}

// session opens the vault, changes it in several ways, and closes it. While it
// is open it calls during, as a crash would see the files.
func (w *builder) session(n int, during func() error) error {
	v, err := w.open(true)
	if err != nil {
		return err
	}
	err = w.changes(v, n)
	if err == nil && during != nil {
		err = during()
	}
	return errors.Join(err, v.Close())
}

func (w *builder) changes(v *vault.Vault, n int) error {
	ctx := context.Background()
	put := func(name string, size int) error {
		value := noise(w.rng, size)
		if _, err := v.Set(ctx, name, vault.Text(value)); err != nil {
			return err
		}
		w.l.set(name, value)
		return nil
	}
	for i := range 2 {
		if err := put(fmt.Sprintf("S%d_%d", n, i), 20+w.rng.IntN(400)); err != nil {
			return err
		}
	}
	for _, step := range []error{
		put("SHARED", 100), put(fmt.Sprintf("MIDDLE%d", n%3), 9000),
		put(fmt.Sprintf("LARGE%d", n), 70_000+w.rng.IntN(100_000)), // in the value log
		put(fmt.Sprintf("GONE%d", n), 50),
	} {
		if step != nil {
			return step
		}
	}
	name := fmt.Sprintf("GONE%d", n)
	if _, err := v.Delete(ctx, name, vault.DeleteOptions{}); err != nil {
		return err
	}
	w.l.remove(name)
	var changes []vault.Change
	for i := range 8 {
		name, value := fmt.Sprintf("B%d", i), noise(w.rng, 30)
		changes = append(changes, vault.Change{Name: name, Value: vault.Text(value)})
		w.l.set(name, value)
	}
	_, err := v.Apply(ctx, changes, nil)
	return err
}

// batch begins a batch of several transactions, and keeps what lies there when
// half of it is written: the ledger knows nothing of it.
func (w *builder) batch() error {
	v, err := w.open(true)
	if err != nil {
		return err
	}
	var changes []vault.Change
	for i := range 200 {
		changes = append(changes, vault.Change{Name: fmt.Sprintf("NEVER%d", i), Value: vault.Text(noise(w.rng, 30_000))})
	}
	changes = append(changes, vault.Change{Name: "SHARED", Value: vault.Text("never")})
	var kept error
	done := false
	_, err = v.Apply(context.Background(), changes, func(n, total int) {
		if !done && n > total/2 {
			done = true
			kept = w.keep()
		}
	})
	if !done {
		kept = errors.New("the batch was one transaction")
	}
	return errors.Join(err, kept, v.Close())
}

// keep copies the vault as it lies there, with the ledger.
func (w *builder) keep() error {
	text, err := json.Marshal(w.l)
	if err != nil {
		return err
	}
	return errors.Join(
		copyTree(w.honest(w.name, "vault"), w.vault()),
		copyTree(w.honest(w.name, "state"), w.state()),
		os.WriteFile(w.honest(w.name, "ledger.json"), text, 0o600))
}

func (b *bench) ledger(name string) (l ledger, err error) {
	text, err := os.ReadFile(b.honest(name, "ledger.json"))
	if err != nil {
		return nil, err
	}
	return l, json.Unmarshal(text, &l)
}

// restore puts a fixture in the vault's place.
func (b *bench) restore(name string) error {
	return errors.Join(
		os.RemoveAll(b.vault()), os.RemoveAll(b.state()),
		copyTree(b.vault(), b.honest(name, "vault")), copyTree(b.state(), b.honest(name, "state")))
}

// noise is text that is found nowhere else.
func noise(rng *rand.Rand, size int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for b.Len() < size {
		b.WriteByte(letters[rng.IntN(len(letters))])
	}
	return b.String()
}

// copyTree copies a folder and what is in it. Logs are mostly zeros, and so
// that copying them is cheap, zeros become holes.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copySparse(filepath.Join(to, rel), path)
	})
}

func copySparse(to, from string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	buf, zeros := make([]byte, 64<<10), make([]byte, 64<<10)
	var size int64
	for {
		n, err := io.ReadFull(src, buf)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if _, err := dst.WriteAt(buf[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err != nil {
			break
		}
	}
	return dst.Truncate(size)
}
