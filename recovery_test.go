package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/vault"
)

// The README's recovery steps: a slot opens with the user's key, the script
// cuts the values out of the database, and each opens with what was in the slot.
// No step runs tacit.

// carve runs the script. Without Python the steps cannot be followed.
func carve(t *testing.T, from, to string) (table, note string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here: the recovery script was NOT tested")
	}
	var stdout, stderr strings.Builder
	cmd := exec.Command(python, filepath.Join("testdata", "recovery", "carve.py"), from, to)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("carve.py: %v\n%s", err, stderr.String())
	}
	return stdout.String(), stderr.String()
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
			recoverAll(t, dir, identity, out, values)
		})
	}
}

// recoverAll opens the slot and then every value.
func recoverAll(t *testing.T, dir, identity, out string, values map[string]string) {
	t.Helper()
	vaultID := filepath.Join(t.TempDir(), "vault-id.txt")
	slot := decrypt(t, identity, filepath.Join(dir, "slots", "01-identity.age"))
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
// left it. It returns the values by the pattern of the file that each has to be
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

// TestCarve gives the script a file as a crash or an attack may leave it.
func TestCarve(t *testing.T) {
	id, err := crypto.NewIdentity(crypto.X25519)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := id.Unlock(crypto.NewID())
	if err != nil {
		t.Fatal(err)
	}
	seal := func(name string, version, seq uint64, kind crypto.Kind, plaintext string, attrs ...crypto.Attr) []byte {
		record, err := keys.Seal(crypto.Header{
			Name: name, Version: version, Seq: seq, Kind: kind, Size: int64(len(plaintext)), Updated: 1_700_000_000, Attrs: attrs,
		}, []byte(plaintext))
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	first := seal("A", 1, 1, crypto.Text, "one", crypto.Attr{Name: "note", Value: "x y"})
	foreign := encryptTo(t, "no stanza of ours")
	long := seal("Z", 1, 9, crypto.Bytes, string(noise(200_000)))
	data := bytes.Join([][]byte{
		noise(1000), first, noise(10), first, // twice the same
		seal("A", 10, 12, crypto.Text, "ten"), seal("A", 2, 5, crypto.Text, "two"), // unordered
		seal("A", 2, 5, crypto.Text, "two again"),    // as two crashed writers may leave it
		seal("a", 1, 1, crypto.Text, "another name"), // and one file on some disks
		seal("B", 1, 3, crypto.Text, "b"), seal("B", 2, 4, crypto.Gone, ""),
		foreign,
		[]byte("age-encryption.org/v1\n-> tacit v1 C 1 1 0011223344556677 text 5 1 -\n"), // no end
		seal(".own", 1, 8, crypto.JSON, "{}"),
		[]byte("age-encryption.org/v1\n"), seal("D", 1, 7, crypto.Text, "after a bare first line"),
		long[:len(long)-1],
	}, nil)
	db := filepath.Join(t.TempDir(), "vault", "db")
	if err := os.MkdirAll(db, 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(db, "000001.sst"), data)
	writeFile(t, filepath.Join(db, "000002.vlog"), first)
	writeFile(t, filepath.Join(db, "empty"), nil)
	out := filepath.Join(t.TempDir(), "out")
	table, note := carve(t, filepath.Dir(db), out)

	got := readFolder(t, out)
	identity := filepath.Join(t.TempDir(), "id.txt")
	writeFile(t, identity, []byte(id.Reveal()+"\n"))
	for file, want := range map[string]string{
		"A.v1.s1.text.age": "one", "A.v2.s5.text.age": "two*", "A.v2.s5.text-2.age": "two*", "A.v10.s12.text.age": "ten",
		"a.v1.s1.text*.age": "another name", "B.v1.s3.text.age": "b", "B.v2.s4.gone.age": "",
		".own.v1.s8.json.age": "{}", "D.v1.s7.text.age": "after a bare first line",
	} {
		matches, err := filepath.Glob(filepath.Join(out, file))
		if err != nil || len(matches) != 1 {
			t.Errorf("%s: %d files in %v, %v", file, len(matches), got, err)
			continue
		}
		plain := decrypt(t, identity, matches[0])[0]
		if prefix, ok := strings.CutSuffix(want, "*"); plain != want && !(ok && strings.HasPrefix(plain, prefix)) {
			t.Errorf("%s: %q, want %q", file, plain, want)
		}
	}
	if len(got) != 9 || !strings.Contains(note, "9 values of 5 names; 1 cut off") {
		t.Errorf("%v: %s", got, note)
	}
	checkTable(t, table)
}

// checkTable asks for order and marks.
func checkTable(t *testing.T, table string) {
	t.Helper()
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[1:] {
		f := strings.Fields(line)
		got = append(got, strings.Join(append(f[:3:3], f[7:]...), " "))
	}
	want := []string{
		".own 1 8 newest",
		"A 1 1", "A 2 5", "A 2 5", "A 10 12 newest",
		"B 1 3", "B 2 4 newest, deleted",
		"D 1 7 newest",
		"a 1 1 newest",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q\nfrom\n%s", got, table)
	}
	if !strings.Contains(table, "2023-11-14T22:13:20Z") {
		t.Errorf("no time in\n%s", table)
	}
}

func encryptTo(t *testing.T, plaintext string) []byte {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(w, plaintext)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readFolder(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestCarveRefuses: nothing is found, or nothing may be overwritten.
func TestCarveRefuses(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here: the recovery script was NOT tested")
	}
	full := t.TempDir()
	writeFile(t, filepath.Join(full, "x"), []byte("age-encryption.org/v1\n"))
	out := filepath.Join(t.TempDir(), "out")
	for _, c := range []struct {
		args []string
		exit int
	}{
		{nil, 2},
		{[]string{full}, 2},
		{[]string{filepath.Join(full, "none"), out}, 1},
		{[]string{full, out}, 1}, // nothing in it
		{[]string{full, full}, 1},
	} {
		cmd := exec.Command(python, append([]string{filepath.Join("testdata", "recovery", "carve.py")}, c.args...)...)
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != c.exit {
			t.Errorf("%v: exit %d, want %d", c.args, got, c.exit)
		}
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder was made for nothing")
	}
}
