package main_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
)

// TestCarve gives the script a file as a crash or an attack may leave it.
func TestCarve(t *testing.T) {
	t.Parallel()
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

// TestCarvePin: the script says which vault an identity belongs to, and takes
// another's for another's.
func TestCarvePin(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here: the recovery script was NOT tested")
	}
	identities := 2
	if testing.Short() {
		identities = 1
	}
	for _, suite := range []crypto.Suite{crypto.X25519, crypto.Hybrid} {
		for range identities {
			id, err := crypto.NewIdentity(suite)
			if err != nil {
				t.Fatal(err)
			}
			vaultID := crypto.NewID()
			keys, err := id.Unlock(vaultID)
			if err != nil {
				t.Fatal(err)
			}
			dir, work := t.TempDir(), t.TempDir()
			writeFile(t, filepath.Join(dir, "VAULT"), crypto.VaultFile{ID: vaultID, Created: time.Unix(1, 0)}.Marshal())
			writeFile(t, filepath.Join(work, "vault-id.txt"), []byte("# created\r\n"+id.Reveal()+"\r\n"))
			other := crypto.Pin{1}
			for pin, want := range map[string]string{
				"":                         "compare it with",
				keys.Pin().String():        ": the one that you have noted",
				keys.Pin().String() + ":7": ": the one that you have noted",
				other.String():             "NOT the one",
			} {
				args := []string{script(t, "--recovery", "carve.py"), dir, filepath.Join(work, "out"), filepath.Join(work, "vault-id.txt")}
				if pin != "" {
					args = append(args, pin)
				}
				out, _ := exec.Command(python, args...).CombinedOutput() // there are no values in it
				for _, text := range []string{"vault " + vaultID.String(), "pin " + keys.Pin().String(), want} {
					if !strings.Contains(string(out), text) {
						t.Errorf("%s, pin %q: no %q in\n%s", suite, pin, text, out)
					}
				}
				if strings.Contains(string(out), "values of") == (pin == other.String()) {
					t.Errorf("pin %q: it goes on, or does not:\n%s", pin, out)
				}
			}
		}
	}
}

// TestCarveRefuses: nothing is found, or nothing may be overwritten.
func TestCarveRefuses(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here: the recovery script was NOT tested")
	}
	full := t.TempDir()
	writeFile(t, filepath.Join(full, "x"), []byte("age-encryption.org/v1\n"))
	out, carver := filepath.Join(t.TempDir(), "out"), script(t, "--recovery", "carve.py")
	for _, c := range []struct {
		args []string
		exit int
	}{
		{nil, 2},
		{[]string{full}, 2},
		{[]string{filepath.Join(full, "none"), out}, 1},
		{[]string{full, out}, 1}, // nothing in it
		{[]string{full, full}, 1},
		{[]string{full, out, filepath.Join(full, "x")}, 1}, // no identity in it
		{[]string{full, out, "a", "b", "c"}, 2},
	} {
		cmd := exec.Command(python, append([]string{carver}, c.args...)...)
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != c.exit {
			t.Errorf("%v: exit %d, want %d", c.args, got, c.exit)
		}
	}
	if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder was made for nothing")
	}
}
