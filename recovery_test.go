package main_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/cli"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// The steps of docs/recovery.md: a slot opens with the user's key, the script
// cuts the values out of the database, and each opens with what was in the slot.
// No step runs tacit.

// carve runs the script. Without Python the steps cannot be followed.
func carve(t *testing.T, from, to string, more ...string) (table, note string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here: the recovery script was NOT tested")
	}
	var stdout, stderr strings.Builder
	cmd := exec.Command(python, append([]string{script(t, "--recovery", "carve.py"), from, to}, more...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("carve.py: %v\n%s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// script is a file of what the program prints, which is the repository's, byte for
// byte.
func script(t *testing.T, flag, name string) string {
	t.Helper()
	var out, errs bytes.Buffer
	app := cli.New()
	app.Out, app.Err = &out, &errs
	if code := app.Run(t.Context(), []string{"man", flag}); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if !bytes.Equal(out.Bytes(), readFile(t, filepath.Join("cli", "help", "recovery", name))) {
		t.Fatal("the program prints another script than the repository's")
	}
	path := filepath.Join(t.TempDir(), name)
	writeFile(t, path, out.Bytes())
	return path
}

// decrypt is `age -d -i identity file`, by the library. The scripts in
// testdata/foreign follow the same steps with the commands.
func decrypt(t *testing.T, identity string, files ...string) (plain []string) {
	t.Helper()
	ids, err := age.ParseIdentities(bytes.NewReader(readFile(t, identity)))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		r, err := age.Decrypt(bytes.NewReader(readFile(t, file)), ids...)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		plain = append(plain, string(b))
	}
	return plain
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRecovery(t *testing.T) {
	for _, pq := range []bool{false, true} {
		t.Run(fmt.Sprintf("pq=%v", pq), func(t *testing.T) {
			t.Parallel()
			dir, identity, values := fill(t, pq)
			out := filepath.Join(t.TempDir(), "out")
			table, note := carve(t, dir, out)
			for _, line := range []string{"CHANGED", "newest", "GONE", "newest, deleted"} {
				if !strings.Contains(table, line) {
					t.Errorf("no %q in\n%s", line, table)
				}
			}
			files, err := os.ReadDir(out)
			if err != nil {
				t.Fatal(err)
			}
			if want := len(values) + 1; len(files) != want { // and the deletion
				t.Errorf("%d files, want %d\n%s%s", len(files), want, table, note)
			}
			if crashed, _ := carve(t, dir+"-crashed", out+"-crashed"); crashed != table {
				t.Errorf("the same vault after a crash gives\n%swant\n%s", crashed, table)
			}
			recoverAll(t, filepath.Join(dir, "slots", "01-identity.age"), identity, out, values)

			// That it is this vault's identity is held against its pin.
			vaultID := filepath.Join(t.TempDir(), "vault-id.txt")
			writeFile(t, vaultID, []byte(decrypt(t, identity, filepath.Join(dir, "slots", "01-identity.age"))[0]))
			for i, from := range []string{dir, dir + ".bak"} {
				_, note := carve(t, from, out+fmt.Sprint("-pin", i), vaultID, pinOf(t, dir))
				if !strings.Contains(note, ": the one that you have noted") {
					t.Errorf("%s: %s", from, note)
				}
			}

			// From a backup alone: the slots are in it as well.
			fromBackup, note := carve(t, dir+".bak", out+"-backup")
			if fromBackup != table || !strings.Contains(note, "1 key slots") {
				t.Errorf("a backup of it gives\n%s%swant\n%s", fromBackup, note, table)
			}
			recoverAll(t, filepath.Join(out+"-backup", "slots", "1.age"), identity, out+"-backup", values)
		})
	}
}

// pinOf is what tacit status shows.
func pinOf(t *testing.T, dir string) string {
	t.Helper()
	v, err := vault.Open(t.Context(), dir, vault.Options{State: t.TempDir(), OneShot: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	return v.Status().Pin
}

// recoverAll opens the slot and then every value.
func recoverAll(t *testing.T, slotFile, identity, out string, values map[string]string) {
	t.Helper()
	vaultID := filepath.Join(t.TempDir(), "vault-id.txt")
	slot := decrypt(t, identity, slotFile)
	writeFile(t, vaultID, []byte(slot[0]))
	var files, want []string
	for pattern, value := range values {
		matches, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil || len(matches) != 1 {
			t.Errorf("%s: %d files, %v", pattern, len(matches), err)
			continue
		}
		files, want = append(files, matches[0]), append(want, value)
	}
	got := decrypt(t, vaultID, files...)
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	for i, file := range files {
		if got[i] != want[i] {
			t.Errorf("%s: %d bytes, want %d", file, len(got[i]), len(want[i]))
		}
	}
}

// fill makes a vault, and one beside it, "-crashed", as a power loss would have
// left it, and a backup, ".bak". It returns the values by the pattern of the file that each has to be
// in.
func fill(t *testing.T, pq bool) (dir, identity string, values map[string]string) {
	t.Helper()
	ctx := context.Background()
	dir = filepath.Join(t.TempDir(), "vault")
	identity = filepath.Join(t.TempDir(), "id.txt")
	recipient, err := keyring.CreateIdentityFile(identity, pq)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := keyring.Recipient(recipient)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(ctx, dir, vault.CreateOptions{
		PostQuantum: pq, State: t.TempDir(), Policy: vault.Policy{MaxValue: 1 << 20, History: 10},
		Slots: []vault.NewSlot{{Label: "identity", Lock: lock}},
	})
	if err != nil {
		t.Fatal(err)
	}
	values = map[string]string{}
	set := func(name string, version int, kind string, value vault.Value) {
		if _, err := v.Set(ctx, name, value); err != nil {
			t.Fatal(err)
		}
		values[fmt.Sprintf("%s.v%d.s*.%s.age", name, version, kind)] = string(value.Reveal())
	}
	object, err := vault.JSON([]byte(`{"a": [1.50, 12345678901234567890], "<": "\u00e9"}`))
	if err != nil {
		t.Fatal(err)
	}
	set("EMPTY", 1, "text", vault.Text(""))
	set("TEXT", 1, "text", vault.Text("pä€😀\n"))
	set("JSON", 1, "json", object)
	set("BYTES", 1, "bytes", vault.Bytes([]byte("\x00\xff\r\nage-encryption.org/v1\n")))
	// Around the ends of age's chunks, and what the store keeps elsewhere.
	for _, n := range []int{65_535, 65_536, 65_537, 300_000, 700_000} {
		set(fmt.Sprintf("N%d", n), 1, "bytes", vault.Bytes(noise(n)))
	}
	set("EURO", 1, "text", vault.Text(strings.Repeat("€", 1<<20)))
	for n := 1; n <= 3; n++ {
		set("CHANGED", n, "text", vault.Text(fmt.Sprint("version ", n)))
	}
	set("GONE", 1, "text", vault.Text("was here"))
	if _, err := v.Delete(ctx, "GONE", vault.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	batch := make([]vault.Change, 30)
	for i := range batch {
		text := fmt.Sprint("value ", i)
		batch[i] = vault.Change{Name: fmt.Sprintf("BATCH_%d", i), Value: vault.Text(text)}
		values[fmt.Sprintf("BATCH_%d.v1.s*.text.age", i)] = text
	}
	if _, err := v.Apply(ctx, batch, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir+"-crashed", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	var backup bytes.Buffer
	if _, err := v.Backup(ctx, &backup, vault.BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir+".bak", backup.Bytes())
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, identity, values
}

// noise is the same on each run and does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(b)
	return b
}
