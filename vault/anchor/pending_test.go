package anchor

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store/storedir"
)

// prepare writes commit next ahead, on top of before.
func prepare(t testing.TB, d Dir, path string, before, next uint64) *Pending {
	t.Helper()
	p, err := d.Prepare(testID, path, update(before), update(next))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func take(t testing.TB, p *Pending) {
	t.Helper()
	if err := errors.Join(p.Take(), p.Sync()); err != nil {
		t.Fatal(err)
	}
}

// TestPrepare stops a commit at each of its steps, and holds what may be in the
// vault's folder then against what is remembered.
func TestPrepare(t *testing.T) {
	h := newHistory(t, testID, testPin).to(6, 1)
	fork := newHistory(t, testID, testPin).to(4, 1).to(6, 2)
	at := func(h *history, seq uint64) *crypto.Head {
		return &newHistory(t, testID, testPin).to(min(seq, 4), 1).to(seq, h.head.Records).head
	}
	real := func(seq uint64) Update { return Update{Pin: testPin, Point: h.past[seq]} }
	ahead := func(t *testing.T, d Dir, path string, before uint64) *Pending {
		p, err := d.Prepare(testID, path, real(before), real(before+1))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		name  string
		steps func(t *testing.T, d Dir, path string)
		here  uint64
		next  uint64
		want  map[*crypto.Head]Verdict
	}{
		{"written ahead, and stopped", func(t *testing.T, d Dir, path string) {
			ahead(t, d, path, 4)
		}, 4, 5, map[*crypto.Head]Verdict{
			at(h, 3): RolledBack, at(h, 4): Fine, at(h, 5): Ahead, at(h, 6): Ahead, at(fork, 5): Ahead,
		}},
		{"taken", func(t *testing.T, d Dir, path string) {
			take(t, ahead(t, d, path, 4))
		}, 5, 0, map[*crypto.Head]Verdict{
			at(h, 4): RolledBack, at(h, 5): Fine, at(h, 6): Ahead, at(fork, 5): Forked, at(fork, 6): Forked,
		}},
		{"dropped", func(t *testing.T, d Dir, path string) {
			ahead(t, d, path, 4).Drop()
		}, 4, 0, map[*crypto.Head]Verdict{at(h, 3): RolledBack, at(h, 4): Fine, at(h, 5): Ahead}},
		{"taken, the next one written ahead, and the first rename lost with the power", func(t *testing.T, d Dir, path string) {
			p := ahead(t, d, path, 4)
			before, err := os.ReadFile(d.pathFile(path))
			if err != nil {
				t.Fatal(err)
			}
			take(t, p)
			ahead(t, d, path, 5)
			if err := os.WriteFile(d.pathFile(path), before, 0o600); err != nil {
				t.Fatal(err)
			}
		}, 5, 6, map[*crypto.Head]Verdict{at(h, 4): RolledBack, at(h, 5): Fine, at(h, 6): Ahead, at(fork, 6): Forked}},
		{"written ahead in part", func(t *testing.T, d Dir, path string) {
			ahead(t, d, path, 4)
			if err := os.Truncate(d.nextFile(path), 50); err != nil {
				t.Fatal(err)
			}
		}, 4, 0, map[*crypto.Head]Verdict{at(h, 3): RolledBack, at(h, 4): Fine, at(h, 5): Ahead}},
		{"an old one that came back", func(t *testing.T, d Dir, path string) {
			ahead(t, d, path, 4)
			old, err := os.ReadFile(d.nextFile(path))
			if err != nil {
				t.Fatal(err)
			}
			save(t, d, testID, path, real(6))
			if err := os.WriteFile(d.nextFile(path), old, 0o600); err != nil {
				t.Fatal(err)
			}
		}, 6, 0, map[*crypto.Head]Verdict{at(h, 4): RolledBack, at(h, 5): RolledBack, at(h, 6): Fine}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, path := testDir(t), folder(t, "vault")
			save(t, d, testID, path, real(4))
			c.steps(t, d, path)
			m := mustLoad(t, d, testID, path)
			if m.Here != h.past[c.here] || m.Next != h.past[c.next] || m.Highest != m.Here {
				t.Errorf("here %d, next %d, highest %d; want %d and %d", m.Here.Seq, m.Next.Seq, m.Highest.Seq, c.here, c.next)
			}
			for head, want := range c.want {
				log := h.get
				if head.Records == 2 {
					log = fork.get
				}
				if got, err := Judge(m, head, log); got != want || err != nil {
					t.Errorf("commit %d of %d: %v, %v; want %v", head.Seq, head.Records, got, err, want)
				}
			}
		})
	}
}

// TestPrepareByForce: what the user's word commits need not come from what was
// seen, and is no alarm if its writer is stopped.
func TestPrepareByForce(t *testing.T) {
	h := newHistory(t, testID, testPin).to(9, 1)
	leapt := newHistory(t, testID, testPin).to(5, 1).then(10, 3)
	other := newHistory(t, testID, testPin).to(5, 1).then(10, 4)
	d, path := testDir(t), folder(t, "vault")
	save(t, d, testID, path, Update{Pin: testPin, Point: h.head.Point()})
	forced := Update{Pin: testPin, Point: leapt.head.Point(), Force: true}
	if _, err := d.Prepare(testID, path, Update{Pin: testPin, Point: h.past[5]}, forced); err != nil {
		t.Fatal(err)
	}
	m := mustLoad(t, d, testID, path)
	for _, c := range []struct {
		*history
		want Verdict
	}{{h, Fine}, {leapt, Ahead}, {other, Forked}} {
		if got, err := Judge(m, &c.head, c.get); got != c.want || err != nil {
			t.Errorf("%d: %v, %v; want %v", c.head.Records, got, err, c.want)
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	d, path := testDir(t), folder(t, "vault")
	save(t, d, testID, path, update(7))
	another := Update{Pin: testPin, Point: crypto.Point{Seq: 7, Digest: crypto.Digest{1}}}
	for what, c := range map[string]struct{ before, next Update }{
		"a number that was seen":           {update(6), update(7)},
		"another commit of that number":    {update(6), another},
		"a lower number":                   {update(5), update(6)},
		"a state before what was seen":     {update(6), update(8)},
		"another state than what was seen": {another, update(8)},
	} {
		if _, err := d.Prepare(testID, path, c.before, c.next); !errors.Is(err, ErrForked) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := d.Prepare(otherID, path, update(7), update(8)); !errors.Is(err, ErrRefused) {
		t.Errorf("another vault: %v", err)
	}
	if _, err := (Dir{}).Prepare(testID, path, update(7), update(8)); !errors.Is(err, ErrNowhere) {
		t.Errorf("without a memory: %v", err)
	}
	if m := mustLoad(t, d, testID, path); m.Here != point(7) || !m.Next.IsZero() {
		t.Errorf("%+v", m)
	}
}

// TestPrepareUnwritable: each thing that is in the way is an error before the
// commit, and nothing is lost.
func TestPrepareUnwritable(t *testing.T) {
	sub := func(name string) func(t *testing.T, d Dir, path string) {
		return func(t *testing.T, d Dir, _ string) {
			dir := filepath.Join(d.Path, name)
			if os.Getuid() == 0 || runtime.GOOS == "windows" {
				t.Skip("modes do not bind this user")
			}
			if err := os.Chmod(dir, 0o500); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(dir, 0o700) })
		}
	}
	for name, block := range map[string]func(t *testing.T, d Dir, path string){
		"the folder is not to be written": sub("paths"),
		"something stands in its place": func(t *testing.T, d Dir, path string) {
			if err := os.MkdirAll(filepath.Join(d.nextFile(path), "x"), 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"the lock is a folder": func(t *testing.T, d Dir, _ string) {
			name := filepath.Join(d.Path, "lock")
			if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o700)); err != nil {
				t.Fatal(err)
			}
		},
		"a file where vaults was": func(t *testing.T, d Dir, _ string) {
			dir := filepath.Join(d.Path, "vaults")
			if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
		"somebody keeps the lock": func(t *testing.T, d Dir, _ string) {
			release, err := storedir.LockPath(filepath.Join(d.Path, "lock"), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(release)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, path := testDir(t), folder(t, "vault")
			save(t, d, testID, path, update(7))
			before, err := os.ReadFile(d.pathFile(path))
			if err != nil {
				t.Fatal(err)
			}
			block(t, d, path)
			if _, err := d.Prepare(testID, path, update(7), update(8)); err == nil {
				t.Error("written ahead")
			}
			if !d.Knows(testID, path) {
				t.Error("not known any more")
			}
			if after, err := os.ReadFile(d.pathFile(path)); err != nil || !bytes.Equal(before, after) {
				t.Errorf("%q, %v", after, err)
			}
		})
	}
}

// TestPrepareTwoPlaces: the other places of a vault know at once how far it is.
func TestPrepareTwoPlaces(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	save(t, d, testID, a, update(7))
	take(t, prepare(t, d, a, 7, 8)) // in the path's own file alone
	if m := mustLoad(t, d, testID, b); m.HereKnown || m.Highest != point(8) {
		t.Errorf("at a new place: %+v", m)
	}
	save(t, d, testID, b, update(8))
	for seq := uint64(8); seq < 12; seq += 2 {
		pa := prepare(t, d, a, seq, seq+1)
		pb := prepare(t, d, b, seq, seq+2)
		take(t, pa)
		take(t, pb)
		if m := mustLoad(t, d, testID, a); m.Here != point(seq+1) || m.Highest != point(seq+2) || m.HighestAt != b {
			t.Errorf("%+v", m)
		}
		save(t, d, testID, a, update(seq+2))
	}
	if m := mustLoad(t, d, testID, folder(t, "c")); m.Highest != point(12) {
		t.Errorf("%+v", m)
	}
}

// TestPrepareTwoVaults: commits to two vaults are under way at once.
func TestPrepareTwoVaults(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	save(t, d, testID, a, update(7))
	save(t, d, otherID, b, update(3))
	pa := prepare(t, d, a, 7, 8)
	pb, err := d.Prepare(otherID, b, update(3), update(4))
	if err != nil {
		t.Fatal(err)
	}
	take(t, pb)
	take(t, pa)
	if ma, mb := mustLoad(t, d, testID, a), mustLoad(t, d, otherID, b); ma.Here != point(8) || mb.Here != point(4) {
		t.Errorf("%+v, %+v", ma, mb)
	}
}

// TestTakeWhatWasDropped: another process has cleared away what was written ahead.
func TestTakeWhatWasDropped(t *testing.T) {
	d, path := testDir(t), folder(t, "vault")
	save(t, d, testID, path, update(7))
	p := prepare(t, d, path, 7, 8)
	p.Drop()
	take(t, p)
	if m := mustLoad(t, d, testID, path); m.Here != point(8) {
		t.Errorf("%+v", m)
	}
}

// TestFirstVersion: a memory of the version before is read, and written anew
// before the first commit that it would not know of.
func TestFirstVersion(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	old := vaultMemory{pin: testPin, highest: point(9), first: true}
	for _, p := range []place{{d.Machine, a, point(9), crypto.Replica{1}, false}, {d.Machine, b, point(4), crypto.Replica{2}, false}} {
		i, _ := old.find(p.machine, p.path)
		old.places = append(old.places[:i:i], append([]place{p}, old.places[i:]...)...)
		write(t, d.pathFile(p.path), (&pathMemory{path: p.path, vault: testID, first: true}).marshal())
	}
	write(t, d.vaultFile(testID), old.marshal())
	if m := mustLoad(t, d, testID, b); m.Here != point(4) || m.Highest != point(9) || m.HighestAt != a || m.Replica != (crypto.Replica{2}) {
		t.Errorf("%+v", m)
	}
	save(t, d, testID, a, update(9)) // changes nothing
	if b, err := os.ReadFile(d.vaultFile(testID)); err != nil || !bytes.Equal(b, old.marshal()) {
		t.Errorf("written without need: %s, %v", b, err)
	}
	p := prepare(t, d, a, 9, 10)
	if v, _, err := load(d.vaultFile(testID), parseVault); err != nil || v.first {
		t.Errorf("%+v, %v", v, err)
	}
	take(t, p)
	if m := mustLoad(t, d, testID, a); m.Here != point(10) || m.Replica != (crypto.Replica{1}) {
		t.Errorf("%+v", m)
	}
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPlacesThatAreGone: the vault was moved, and comes back older.
func TestPlacesThatAreGone(t *testing.T) {
	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	save(t, d, testID, a, update(7))
	take(t, prepare(t, d, a, 7, 8))
	prepare(t, d, a, 8, 9)
	if err := os.Remove(a); err != nil {
		t.Fatal(err)
	}
	save(t, d, testID, b, update(10))
	m := mustLoad(t, d, testID, a)
	if m.HereKnown || !m.Next.IsZero() || m.Reference() != point(10) || !m.PathKnown || m.PathVault != testID {
		t.Errorf("where it was: %+v", m)
	}
	// Gone before anybody told the vault's own file how far it was.
	c := folder(t, "c")
	take(t, prepare(t, d, b, 10, 11))
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	save(t, d, testID, c, Update{Pin: testPin, Point: point(10)})
	if m := mustLoad(t, d, testID, c); m.Here != point(10) || m.Highest != point(11) {
		t.Errorf("%+v", m)
	}
}

// TestOutrun: an older copy, at a place of its own that nobody has touched.
func TestOutrun(t *testing.T) {
	h := newHistory(t, testID, testPin).to(9, 1)
	fork := newHistory(t, testID, testPin).to(5, 1).to(12, 2)
	m := Memory{
		PathKnown: true, PathVault: testID, Known: true, Pin: testPin, HereKnown: true,
		Here: h.past[5], Highest: h.past[7], HighestAt: "/b",
	}
	five := newHistory(t, testID, testPin).to(5, 1)
	own, current, equal := m, m, m
	own.Own = true
	current.Here = m.Highest
	equal.Here, equal.Highest = fork.past[7], h.past[7]
	for _, c := range []struct {
		name string
		m    Memory
		*history
		want bool
	}{
		{"older", m, five, true},
		{"the user's word", own, five, false},
		{"gone on with from the newest", m, h, false},
		{"gone on with from the older", m, fork, true},
		{"the newest", current, h, false},
		{"another commit of the number", equal, fork, true},
		{"new here", Memory{Known: true, Pin: testPin, Highest: h.past[7]}, five, false},
	} {
		if got, err := Outrun(c.m, &c.head, c.get); got != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}

	d := testDir(t)
	a, b := folder(t, "a"), folder(t, "b")
	save(t, d, testID, a, update(5))
	save(t, d, testID, b, update(7))
	word := update(5)
	word.Force = true
	save(t, d, testID, a, word)
	if m := mustLoad(t, d, testID, a); !m.Own || m.Highest != point(7) {
		t.Errorf("after the user's word: %+v", m)
	}
	// A backup that is restored beside lets each go its own way.
	c := folder(t, "c")
	word = update(9)
	word.Force = true
	save(t, d, testID, c, word)
	for _, path := range []string{a, b, c} {
		if m := mustLoad(t, d, testID, path); !m.Own || m.Highest != point(9) {
			t.Errorf("%s: %+v", path, m)
		}
	}
}

// TestFullOfOthers: the places of other machines make room, the oldest first, and
// the highest commit rises where none can be made.
func TestFullOfOthers(t *testing.T) {
	for _, machine := range []string{"8899aabbccddeeff", testDir(t).Machine} {
		d := testDir(t)
		there, path := folder(t, "there"), folder(t, strings.Repeat("n", 250))
		v := vaultMemory{pin: testPin, highest: point(maxPlaces)}
		for i := range uint64(maxPlaces / 2) {
			// A folder that is there, by as many paths.
			name := there + fmt.Sprintf("/%0180d", i)
			if machine == d.Machine {
				name = there + strings.Repeat("/.", 60+int(i%100)) + strings.Repeat("/", int(i/100)+1)
			}
			v.places = append(v.places, place{machine, name, point(1 + (i+7)%(maxPlaces/2)), crypto.Replica{}, false})
		}
		slices.SortFunc(v.places, comparePlaces)
		size := len((&vaultMemory{pin: testPin, highest: point(maxPlaces)}).marshal())
		for i, p := range v.places {
			if size += len(p.marshal()); size > maxFile {
				v.places = v.places[:i]
				break
			}
		}
		write(t, d.vaultFile(testID), v.marshal())
		save(t, d, testID, path, update(2*maxPlaces))
		if m := mustLoad(t, d, testID, path); m.Here != point(2*maxPlaces) || m.Highest != m.Here {
			t.Errorf("%+v", m)
		}
		after, _, err := load(d.vaultFile(testID), parseVault)
		if err != nil || after.highest != point(2*maxPlaces) {
			t.Errorf("%+v, %v", after.highest, err)
		}
		if _, listed := after.find(d.Machine, path); listed != (machine != d.Machine) {
			t.Errorf("listed: %v", listed)
		}
		lowest := slices.MinFunc(v.places, func(a, b place) int { return cmp.Compare(a.at.Seq, b.at.Seq) })
		if _, kept := after.find(lowest.machine, lowest.path); kept != (machine == d.Machine) {
			t.Errorf("the oldest is there: %v", kept)
		}
		take(t, prepare(t, d, path, 2*maxPlaces, 2*maxPlaces+1))
		if m := mustLoad(t, d, testID, folder(t, "another")); m.Highest != point(2*maxPlaces+1) {
			t.Errorf("%+v", m.Highest)
		}
	}
}

// TestPendingIsNoLeftover: what was written ahead is told of by nobody as worthless.
func TestPendingIsNoLeftover(t *testing.T) {
	d, path := testDir(t), folder(t, "vault")
	save(t, d, testID, path, update(7))
	prepare(t, d, path, 7, 8)
	info, err := os.Stat(d.nextFile(path))
	if err != nil {
		t.Fatal(err)
	}
	if temps := d.Temps(info.ModTime().Add(100 * tempAge)); len(temps) > 0 {
		t.Error(temps)
	}
	if err := d.Forget(testID, path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(d.nextFile(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the vault was forgotten: %v", err)
	}
}
