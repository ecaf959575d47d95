package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
)

// Damage is looked at in a child, which it may take down.
const damageChildEnv = "TACIT_TORTURE_DAMAGE"

// patience is how long one look at a damaged vault may take, on any machine.
const patience = 3 * time.Minute

// A task is one round for the child.
type task struct {
	Round int
	Seed  uint64
}

func (k task) dice() *rand.Rand { return rand.New(rand.NewPCG(k.Seed, uint64(k.Round))) }

// A verdict is what came of a round; without Done, what it is about to do.
type verdict struct {
	Round    int
	Fixture  string
	What     []string // the damage
	Kinds    []string // of it, for the tally
	Mode     string
	Done     bool
	Wrong    []string // what must not be
	Codes    []string // of the errors
	Refused  bool     // the vault did not open
	Noticed  bool     // some error, or a finding of verify
	Restored bool     // the honest bytes were put back, and everything was there
	Wrote    bool     // a write on the damaged vault was acknowledged
	Restart  bool     // the database was left alone, so the child should end
}

// TestDamageChild is not a test: it is the child of TestDamage.
func TestDamageChild(t *testing.T) {
	root := os.Getenv(damageChildEnv)
	if root == "" {
		t.Skip("the child of TestDamage")
	}
	b, err := openBench(root)
	if err != nil {
		t.Fatal(err)
	}
	debug.SetGCPercent(400) // as the program does
	out := json.NewEncoder(os.NewFile(3, "verdicts"))
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var k task
		if err := json.Unmarshal(in.Bytes(), &k); err != nil {
			t.Fatal(err)
		}
		watch := time.AfterFunc(patience, func() {
			fmt.Fprintln(os.Stderr, "the round hangs")
			pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
			os.Exit(3)
		})
		r := &damageRound{bench: b, rng: k.dice(), tell: func(v verdict) error { return out.Encode(v) }}
		r.v.Round = k.Round
		if err := r.run(); err != nil {
			t.Fatalf("round %d: %v", k.Round, err)
		}
		watch.Stop()
	}
}

// damageRound is one round, in the child.
type damageRound struct {
	*bench
	rng  *rand.Rand
	tell func(verdict) error
	v    verdict
	l    ledger
	d    *damage
}

func (r *damageRound) run() (err error) {
	r.v.Fixture = fixtures[r.rng.IntN(len(fixtures))]
	r.v.Mode = []string{"read", "read", "write", "rolled back"}[r.rng.IntN(4)]
	if r.v.Fixture == "batch" && r.v.Mode == "rolled back" {
		r.v.Mode = "read" // a batch that was not finished is no newer state
	}
	if r.l, err = r.ledger(r.v.Fixture); err != nil {
		return err
	}
	if err := r.restore(r.v.Fixture); err != nil {
		return err
	}
	if r.v.Mode == "rolled back" {
		err = r.rolledBack()
	} else {
		err = r.damaged()
	}
	if err != nil {
		return err
	}
	r.v.Done = true
	return r.tell(r.v)
}

// damaged damages any file, and looks at what is left.
func (r *damageRound) damaged() (err error) {
	if r.d, err = doDamage(r.bench, r.v.Fixture, r.rng); err != nil {
		return err
	}
	r.v.What, r.v.Kinds = r.d.what, r.d.kinds
	if err := r.tell(r.v); err != nil {
		return err
	}
	opened := r.look(r.v.Mode == "write")
	if opened && r.v.Mode == "read" {
		r.look(true)
	}
	if !opened && len(r.v.Wrong) == 0 {
		r.v.Refused = true
		return r.putBack()
	}
	return nil
}

// rolledBack puts an older state of the vault in its place, and damages one
// file of the machine's memory: which is then no memory of the newer state that
// could be taken for right, and no reason to take the old one.
func (r *damageRound) rolledBack() error {
	if err := errors.Join(os.RemoveAll(r.vault()), copyTree(r.vault(), r.honest(r.v.Fixture, "old"))); err != nil {
		return err
	}
	r.d = &damage{b: r.bench, fixture: r.v.Fixture, rng: r.rng, touched: map[string]bool{}}
	files, err := r.d.files()
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(files["anchor"], func(rel string) bool {
		return strings.HasSuffix(rel, "/lock") || strings.HasPrefix(rel, "state/used/") || strings.HasPrefix(rel, "state/checked/") || strings.HasPrefix(rel, "state/backedup/") // they say nothing of states
	})
	rel := list[r.rng.IntN(len(list))]
	if err := r.d.hurt("anchor", rel, map[string][]string{"anchor": list}); err != nil {
		return err
	}
	r.v.What, r.v.Kinds = r.d.what, r.d.kinds
	if err := r.tell(r.v); err != nil {
		return err
	}
	v, err := r.open(r.rng.IntN(2) == 0)
	r.note("open", err)
	if err == nil {
		v.Close()
		r.wrong("an older state of the vault was opened")
	}
	return nil
}

// wrong notes what must not be.
func (r *damageRound) wrong(format string, args ...any) {
	r.v.Wrong = append(r.v.Wrong, fmt.Sprintf(format, args...))
}

// note notes an error. It has to be about the vault: an error without a code,
// or one that blames something else, helps nobody.
func (r *damageRound) note(doing string, err error) {
	if err == nil {
		return
	}
	r.v.Noticed = true
	code := vault.CodeOf(err)
	if !slices.Contains(r.v.Codes, string(code)) {
		r.v.Codes = append(r.v.Codes, string(code))
	}
	switch {
	case code.Tampering(), code == vault.NoVault, code == vault.Newer, code == vault.Untrusted:
	default:
		r.wrong("%s: the error is %q: %v", doing, code, err)
	}
}

// look opens the vault and holds everything in it against the ledger. As a
// writer it also changes something, and looks again. It tells whether the vault
// could be opened at first.
func (r *damageRound) look(write bool) (opened bool) {
	v, err := r.open(write)
	if err != nil {
		r.note("open", err)
		return false
	}
	noticed := r.readAll(v)
	r.verify(v, noticed)
	if write {
		r.change(v)
	}
	r.close(v)
	if !write {
		return true
	}
	v, err = r.open(false)
	if err != nil {
		r.note("open again", err)
		return true
	}
	r.readAll(v)
	r.close(v)
	return true
}

// close closes the vault. Where that took long, or failed, the database may
// still be at work in this process, and the next round needs another one.
func (r *damageRound) close(v *vault.Vault) {
	begun := time.Now()
	err := v.Close()
	r.note("close", err)
	r.v.Restart = r.v.Restart || err != nil || time.Since(begun) > time.Second
}

// readAll reads every name in every way, and tells whether
// there was an error. A name that is not found, and is there, is a failure.
func (r *damageRound) readAll(v *vault.Vault) (noticed bool) {
	ctx := context.Background()
	failed := func(doing string, err error) bool {
		r.note(doing, err)
		noticed = noticed || err != nil
		return err != nil
	}
	list, err := v.List(ctx, vault.ListOptions{})
	if !failed("list", err) {
		r.compareList(list)
	}
	all, err := v.ReadAll(ctx)
	if !failed("read all", err) && len(all) != len(r.l.names()) {
		r.wrong("all: %d secrets of %d", len(all), len(r.l.names()))
	}
	for _, s := range all {
		r.compare("read all "+s.Name, s, r.l.current(s.Name))
	}
	for _, name := range slices.Sorted(maps.Keys(r.l)) {
		want := r.l.current(name)
		s, err := v.Read(ctx, name)
		switch {
		case want == nil && errors.Is(err, vault.NotFound):
		case !failed("read "+name, err):
			r.compare("read "+name, s, want)
		}
		r.readHistory(v, name, failed)
	}
	for _, name := range []string{"NEVER", "NEVER0", "NEVER150"} {
		if s, err := v.Read(ctx, name); !errors.Is(err, vault.NotFound) && !failed("read "+name, err) {
			r.compare("read "+name, s, nil)
		}
	}
	return noticed
}

// readHistory compares the versions of a name: how many there are, and one.
func (r *damageRound) readHistory(v *vault.Vault, name string, failed func(string, error) bool) {
	ctx := context.Background()
	versions := r.l[name]
	history, err := v.History(ctx, name)
	if !failed("history "+name, err) && len(history) != len(versions) {
		r.wrong("history %s: %d versions of %d", name, len(history), len(versions))
	}
	if len(versions) == 1 {
		return // it has been read
	}
	n := 1 + r.rng.IntN(len(versions))
	s, err := v.ReadVersion(ctx, name, uint64(n))
	if versions[n-1] == nil && errors.Is(err, vault.NotFound) {
		return
	}
	if doing := fmt.Sprintf("read %s at %d", name, n); !failed(doing, err) {
		r.compare(doing, s, versions[n-1])
	}
}

func (r *damageRound) compareList(list []vault.Info) {
	var got []string
	for _, info := range list {
		got = append(got, info.Name)
		if versions := len(r.l[info.Name]); info.Version != uint64(versions) {
			r.wrong("list: version %d of %s, want %d", info.Version, info.Name, versions)
		}
	}
	if want := r.l.names(); !slices.Equal(got, want) {
		r.wrong("list: %d names, want %d: %v", len(got), len(want), got)
	}
}

// compare compares a value that was returned.
func (r *damageRound) compare(doing string, s vault.Secret, want *string) {
	switch {
	case want == nil:
		r.wrong("%s: a value of %d bytes, and there is none", doing, s.Size)
	case s.Kind != "text" || string(s.Value.Reveal()) != *want:
		r.wrong("%s: a wrong value of %d bytes, want %d", doing, s.Size, len(*want))
	}
}

// verify asks that verify sees what a read has seen.
func (r *damageRound) verify(v *vault.Vault, noticed bool) {
	report, err := v.Verify(context.Background(), vault.VerifyOptions{Full: true})
	r.note("verify", err)
	if err != nil {
		return
	}
	for _, f := range report.Findings {
		r.v.Noticed = true
		if code := string(f.Code); !slices.Contains(r.v.Codes, code) {
			r.v.Codes = append(r.v.Codes, code)
		}
	}
	if noticed && len(report.Findings) == 0 {
		r.wrong("verify finds nothing, and reading did")
	}
}

// change makes three changes, and notes in the ledger those that were
// acknowledged.
func (r *damageRound) change(v *vault.Vault) {
	ctx := context.Background()
	value := noise(r.rng, 100)
	for _, name := range []string{"NEW", "SHARED"} {
		_, err := v.Set(ctx, name, vault.Text(value))
		r.note("set "+name, err)
		if err == nil {
			r.v.Wrote = true
			r.l.set(name, value)
		}
	}
	_, err := v.Delete(ctx, "B7", vault.DeleteOptions{})
	if r.l.current("B7") == nil && errors.Is(err, vault.NotFound) {
		return
	}
	r.note("delete B7", err)
	if err == nil {
		r.v.Wrote = true
		r.l.remove("B7")
	}
}

// putBack puts the honest bytes of the damaged files back, after which
// everything has to be there again.
func (r *damageRound) putBack() error {
	if err := r.d.undo(); err != nil {
		return err
	}
	codes := len(r.v.Codes)
	wrong := len(r.v.Wrong)
	if !r.look(false) {
		r.wrong("with the honest bytes back, the vault does not open")
	}
	if len(r.v.Codes) > codes && len(r.v.Wrong) == wrong {
		r.wrong("with the honest bytes back: %v", r.v.Codes)
	}
	r.v.Restored = len(r.v.Wrong) == wrong
	return nil
}
