package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
)

// killed makes the vault what a writer leaves that is killed after two changes.
func (c *clinic) killed() (log string) {
	c.t.Helper()
	dir := c.env["TACIT_VAULT"]
	s, err := badgerstore.Open(c.t.Context(), dir, store.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, key := range []string{"m/1", "m/2"} {
		if err := s.Update(func(w store.Writer) error { return w.Put([]byte(key), []byte("x")) }); err != nil {
			c.t.Fatal(err)
		}
	}
	left := dir + ".killed"
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		c.t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		c.t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(left, dir); err != nil {
		c.t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		if filepath.Ext(path) == ".mem" {
			log = path
		}
		return os.Chmod(path, mode)
	})
	if err != nil || log == "" {
		c.t.Fatal(err, "no log was left")
	}
	return log
}

// A killed writer's log is damaged before its end. Nothing promises that nothing
// is lost, and where --fix comes to grief on it that is told as what it is, with
// a remedy that helps.
func TestDoctorDamagedLog(t *testing.T) {
	t.Parallel()
	c := newClinic(t, t.TempDir())
	log := c.killed()
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	b[40] ^= 1
	if err := os.WriteFile(log, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out := c.run("doctor"); strings.Contains(out, "nothing is lost") {
		t.Error(out)
	}
	code, out := c.run("doctor", "--fix")
	if code != failure.ExitTampered || strings.Contains(out, "nothing is lost") || strings.Contains(out, "mend: tacit doctor --fix") {
		t.Errorf("exit code %d: %s", code, out)
	}
	for _, want := range []string{"tampering  database: a writer was killed", "could not be mended: ", "damaged before its end", " restore FILE --replace", " rescue " + c.env["TACIT_VAULT"] + " --to NEW"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if code, out := c.run("rescue", c.env["TACIT_VAULT"], "--to", c.env["TACIT_VAULT"]+".new"); code != 0 && code != failure.ExitTampered {
		t.Errorf("the remedy: exit code %d: %s", code, out)
	}
}

// One whose log is whole is mended, as it always was.
func TestDoctorKilledWriter(t *testing.T) {
	t.Parallel()
	c := newClinic(t, t.TempDir())
	c.killed()
	c.finds(0, "advice", "a writer was killed")
	if code, out := c.run("doctor", "--fix"); code != 0 || !strings.Contains(out, "fixed      brought the database in order") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// What --fix must not touch stands in the way of the rest: that is no tampering.
func TestDoctorFixInTheWay(t *testing.T) {
	t.Parallel()
	c := newClinic(t, t.TempDir())
	dir := filepath.Dir(c.killed())
	if err := os.Link(filepath.Join(dir, "MANIFEST"), filepath.Join(c.env["HOME"], "another")); err != nil {
		t.Fatal(err)
	}
	code, out := c.run("doctor", "--fix")
	if code != failure.ExitOther || !strings.Contains(out, "MANIFEST has another name") || !strings.Contains(out, "fault      database: a writer was killed") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
