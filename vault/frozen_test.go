package vault_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// Frozen vaults of each released format lie in testdata/frozen, each with its
// identity, its passphrase and what is in it. They are never made again: a
// change that cannot read them breaks somebody's vault.
const frozenDir = "../testdata/frozen"

var freeze = flag.String("freeze", "", "make testdata/frozen/NAME-x25519.tar.gz and -hybrid.tar.gz; refuses to replace")

// frozenPassphrase opens the second slot of every frozen vault.
const frozenPassphrase = "frozen in time"

// frozenValues is what a frozen vault holds; the last of each name is current.
var frozenValues = map[string][]vault.Value{
	"TEXT":  {vault.Text("old"), vault.Text("päss wörd €😀\n")},
	"EMPTY": {vault.Text("")},
	"BYTES": {vault.Bytes([]byte{0, 255, 10})},
	"LONG":  {vault.Text(strings.Repeat("€", 10_000))},
	"GONE":  {vault.Text("deleted"), {}},
}

// expected is the content of a vault as the frozen file tells it.
type expected struct {
	Kind, Base64JSON string
}

func contents(t testing.TB, v *vault.Vault) map[string]expected {
	t.Helper()
	all, err := v.ReadAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]expected{}
	for _, sec := range all {
		b, err := json.Marshal(sec.Value.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		m[sec.Name] = expected{sec.Kind, string(b)}
	}
	return m
}

func TestFrozen(t *testing.T) {
	t.Parallel()
	if *freeze != "" {
		makeFrozen(t, *freeze, false)
		makeFrozen(t, *freeze, true)
	}
	files, err := filepath.Glob(filepath.Join(frozenDir, "*.tar.gz"))
	if err != nil || len(files) < 4 {
		t.Fatalf("frozen vaults: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			dir := t.TempDir()
			untar(t, file, dir)
			testFrozen(t, file, dir)
		})
	}
}

func testFrozen(t *testing.T, file, dir string) {
	id, err := os.Open(filepath.Join(dir, "identity.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer id.Close()
	key, err := crypto.Identities("frozen identity", id)
	if err != nil {
		t.Fatal(err)
	}
	passphrase, err := crypto.NewPassphrase([]byte(frozenPassphrase))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]expected
	b, err := os.ReadFile(filepath.Join(dir, "contents.json"))
	if err == nil {
		err = json.Unmarshal(b, &want)
	}
	if err != nil || len(want) == 0 {
		t.Fatal(want, err)
	}
	f := &fixture{t: t, dir: filepath.Join(dir, "vault"), state: t.TempDir(), key: key}
	f.now = f.now.AddDate(2030, 0, 0)
	for _, k := range []crypto.Key{passphrase, key} {
		f.with(func(v *vault.Vault) {
			got := contents(t, v)
			for name, w := range want {
				if got[name] != w {
					t.Errorf("%s is %v, want %v", name, got[name].Kind, w.Kind)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d secrets, want %d", len(got), len(want))
			}
			old, err := v.ReadVersion(t.Context(), "TEXT", 1)
			if err != nil || string(old.Value.Reveal()) != "old" {
				t.Errorf("version 1 of TEXT: %v", err)
			}
			if exposed, err := v.Exposed(t.Context()); err != nil || (len(exposed) > 0) != strings.Contains(file, "rotated") {
				t.Errorf("exposed: %d, %v", len(exposed), err)
			}
			verifies(t, v)
		}, readOnly, func(o *vault.Options) { o.Keys = []crypto.Key{k} })
	}
	sameAnswers(t, f.dir)
	f.with(func(v *vault.Vault) {
		set(t, v, "TEXT", "written by this version")
		verifies(t, v)
	})
}

// makeFrozen makes a frozen vault, once for a released format.
func makeFrozen(t *testing.T, name string, pq bool) {
	suite := "x25519"
	if pq {
		suite = "hybrid"
	}
	file := filepath.Join(frozenDir, name+"-"+suite+".tar.gz")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is there: frozen vaults are never made again", file)
	}
	dir := t.TempDir()
	identity, err := crypto.NewIdentity(map[bool]crypto.Suite{false: crypto.X25519, true: crypto.Hybrid}[pq])
	if err != nil {
		t.Fatal(err)
	}
	key, err := crypto.Identities("identity", strings.NewReader(identity.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := crypto.Recipient(key.Recipients()[0])
	if err != nil {
		t.Fatal(err)
	}
	passphrase, err := crypto.NewPassphrase([]byte(frozenPassphrase), crypto.WithWorkFactor(15))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(t.Context(), filepath.Join(dir, "vault"), vault.CreateOptions{
		PostQuantum: pq, State: t.TempDir(),
		Slots: []vault.NewSlot{{Label: "identity", Lock: lock}, {Label: "passphrase", Lock: passphrase}},
	})
	if err != nil {
		t.Fatal(err)
	}
	fillFrozen(t, v)
	if strings.Contains(name, "rotated") {
		rotateFrozen(t, v, passphrase)
	}
	b, err := json.MarshalIndent(contents(t, v), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"contents.json": b, "identity.txt": []byte(identity.Reveal() + "\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The ballast is only space.
	if err := os.Truncate(filepath.Join(dir, "vault", "ballast"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(frozenDir, 0o755); err != nil {
		t.Fatal(err)
	}
	tarDir(t, dir, file)
}

func fillFrozen(t *testing.T, v *vault.Vault) {
	for name, values := range frozenValues {
		for _, value := range values {
			var err error
			if value.Kind().Valid() {
				_, err = v.Set(t.Context(), name, value)
			} else {
				_, err = v.Delete(t.Context(), name, vault.DeleteOptions{})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	doc, err := vault.JSON([]byte(`{"b":1.50,"a":[12345678901234567890]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Set(t.Context(), "JSON", doc); err != nil {
		t.Fatal(err)
	}
	// Enough names for inner nodes.
	if _, err := v.Apply(t.Context(), manyChanges(100, "many"), nil); err != nil {
		t.Fatal(err)
	}
}

// rotateFrozen takes the vault through a removed slot and two rotations.
func rotateFrozen(t *testing.T, v *vault.Vault, passphrase *crypto.Passphrase) {
	_, lock := newKey(t, v.Status().Suite == string(crypto.Hybrid))
	if _, err := v.AddSlot(t.Context(), vault.NewSlot{Label: "removed", Lock: lock}); err != nil {
		t.Fatal(err)
	}
	if _, err := v.RemoveSlot(t.Context(), "removed"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		rotate(t, v, vault.RotateOptions{Relock: func(ctx context.Context, s vault.SlotInfo, prove func(crypto.Key) error) (crypto.Lock, error) {
			if s.Kind == crypto.KindPassphrase {
				return passphrase, prove(passphrase)
			}
			return keepAll(ctx, s, prove)
		}})
		set(t, v, "SINCE", "the rotation")
	}
}

func tarDir(t *testing.T, dir, file string) {
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	z := gzip.NewWriter(out)
	w := tar.NewWriter(z)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
}

func untar(t *testing.T, file, dir string) {
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
