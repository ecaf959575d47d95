package rescue_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/badgerstore"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/rescue"
)

// A ruin is a way to ruin the copy of a vault.
type ruin struct {
	name  string
	from  string // the state of the vault that it begins with; "": closed
	spoil func(t *testing.T, dir string)
	// whole: every record survives, and the report has to say that it is complete.
	whole   bool
	noState bool // the machine's memory is gone as well
	id      bool // nothing is left that tells the vault's id
}

var ruins = []ruin{
	{name: "nothing", spoil: func(*testing.T, string) {}, whole: true},
	{name: "MANIFEST gone", spoil: remove("db/MANIFEST"), whole: true},
	{name: "KEYREGISTRY gone", spoil: remove("db/KEYREGISTRY"), whole: true},
	{name: "VAULT, memory gone", spoil: remove("VAULT"), whole: true, noState: true},
	{name: "slots/ gone", spoil: remove("slots"), whole: true},
	{name: "tables cut in half", spoil: eachFile("*.sst", half)},
	{name: "tables half zeroed", spoil: eachFile("*.sst", everyOtherBlock)},
	{name: "a bit in 1 % of sectors", spoil: eachFile("*", flipSectors)},
	{name: "files renamed", spoil: scatter, whole: true},
	{name: "unclean stop, no MANIFEST", from: "open", spoil: remove("db/MANIFEST"), whole: true},
	{name: "only logs left", from: "open", spoil: only("*.mem", "*.vlog")},
	{name: "only the value log left", spoil: only("*.vlog"), id: true},
	{name: "every head destroyed", spoil: eachFile("*", destroyHeads)},
	// How far a history reached back only the index knows, after a purge at least.
	{name: "index destroyed", spoil: eachFile("*", destroyIndex)},
	{name: "one blob", spoil: blob, whole: true},
	{name: "rotated, no MANIFEST", from: "rotated", spoil: remove("db/MANIFEST"), whole: true},
	{name: "rotation killed, cut in half", from: "rotating", spoil: eachFile("*.sst", half)},
	{name: "batch killed, no MANIFEST", from: "batch", spoil: remove("db/MANIFEST")},
	{name: "an old head put back", from: "back", spoil: remove("db/MANIFEST")},
	{name: "post-quantum, half zeroed", from: "pq", spoil: eachFile("*.sst", everyOtherBlock)},
}

// spared is left out where time is short: it shows what another one shows.
func (r ruin) spared() bool { return !r.whole || r.from != "" || r.noState }

// TestRuins ruins a vault in each way. An independent search tells which records
// survive whole; of these at least 99 % have to come back, as they were, and
// nothing may come back that is wrong or called certain without being current.
func TestRuins(t *testing.T) {
	models := map[string]*model{}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ruin\tsecrets\tsurvive\trescued\tcertain\tmissing\tunknown\tBadger alone")
	for _, r := range ruins {
		if testing.Short() && r.spared() {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			from := r.from
			if from == "" {
				from = "closed"
			}
			m := models[from]
			if m == nil {
				m = newModel(t, from)
				models[from] = m
			}
			fmt.Fprintln(w, m.rescue(t, r))
		})
	}
	w.Flush()
	t.Log("\n" + table.String())
}

// rescue ruins a copy of the model's vault, rescues it, and returns a line of
// the table.
func (m *model) rescue(t *testing.T, r ruin) string {
	dir := filepath.Join(t.TempDir(), "ruin")
	copyDir(t, m.dir, dir)
	r.spoil(t, dir)
	survive := m.survivors(t, dir)
	before := digest(t, dir)

	o := rescue.Options{State: m.state, Warn: func(err error) { t.Log(err) }}
	if r.noState {
		o.State = t.TempDir()
	}
	if r.id {
		o.VaultID = m.id
	}
	rep, values := m.run(t, dir, o)
	if digest(t, dir) != before {
		t.Error("the ruin was written to")
	}
	back, alive := 0, 0
	for name, rec := range m.newest {
		item, ok := itemOf(rep, name)
		if !survive[name] {
			if ok && item.State == rescue.Certain {
				t.Errorf("%s is called certain, and its bytes are gone", name)
			}
			continue
		}
		if rec.gone {
			if item.State != rescue.Deleted {
				t.Errorf("%s was deleted, and is %s", name, item.State)
			}
			continue
		}
		alive++
		if ok && item.Version == rec.version && values[name] == rec.value {
			back++
		} else {
			t.Logf("%s: version %d survives, and there is %+v", name, rec.version, item)
		}
	}
	if back*100 < alive*99 {
		t.Errorf("%d of %d surviving records came back", back, alive)
	}
	m.checkHonest(t, rep, values)
	if testing.Verbose() {
		t.Logf("%d files, %d found, %d records, %d damaged, %d foreign, %d gaps, commit %d, known %d",
			rep.Searched.Files, rep.Searched.Found, rep.Searched.Records, rep.Searched.Damaged, rep.Searched.Foreign, rep.Gaps, rep.Head.Commit, rep.Known)
	}
	if r.whole != rep.Complete() {
		t.Errorf("complete: %v; %d uncertain, %d missing, %d unknown, %d gaps; commit %d, known %d",
			rep.Complete(), rep.Count(rescue.Uncertain), rep.Count(rescue.Missing), rep.Unknown, rep.Gaps, rep.Head.Commit, rep.Known)
	}
	return fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s", r.name, m.alive(), alive, back,
		rep.Count(rescue.Certain), rep.Count(rescue.Missing), rep.Unknown, m.badgerAlone(t, dir))
}

// checkHonest holds all that came back against what was ever stored.
func (m *model) checkHonest(t *testing.T, rep *rescue.Report, values map[string]string) {
	for _, item := range rep.Items {
		rec, ok := m.ever[item.Name][item.Version]
		value, rescued := values[item.Name]
		switch {
		case !ok:
			t.Errorf("%s: there never was a version %d", item.Name, item.Version)
		case item.State == rescue.Missing || item.State == rescue.Deleted:
			if rescued {
				t.Errorf("%s is %s, and was written", item.Name, item.State)
			}
		case !rescued || value != rec:
			t.Errorf("%s: version %d has another value than it had", item.Name, item.Version)
		case item.State == rescue.Certain && item.Version != m.committed[item.Name]:
			t.Errorf("%s is certain at version %d, and was at %d", item.Name, item.Version, m.committed[item.Name])
		}
	}
	if len(values) != rep.Rescued() {
		t.Errorf("%d secrets in the new vault, %d rescued", len(values), rep.Rescued())
	}
}

// run rescues dir and reads the new vault.
func (m *model) run(t *testing.T, dir string, o rescue.Options) (*rescue.Report, map[string]string) {
	t.Helper()
	ctx := context.Background()
	r, err := rescue.Scan(ctx, dir, o)
	fatal(t, err)
	defer r.Close()
	fatal(t, r.Unlock(ctx, m.key))
	rep, err := r.Collect(ctx)
	fatal(t, err)
	fresh := filepath.Join(t.TempDir(), "fresh")
	st, err := r.Write(ctx, fresh, vault.CreateOptions{State: t.TempDir(), Slots: []vault.NewSlot{{Label: "identity", Lock: m.lock}}}, nil)
	fatal(t, err)
	if st.ID == m.id {
		t.Error("the new vault has the id of the old one")
	}
	v, err := vault.Open(ctx, fresh, vault.Options{Keys: []crypto.Key{m.key}, State: t.TempDir()})
	fatal(t, err)
	defer v.Close()
	all, err := v.ReadAll(ctx)
	fatal(t, err)
	values := map[string]string{}
	for _, s := range all {
		values[s.Name] = s.Kind + ":" + string(s.Value.Reveal())
		if !s.Updated.Equal(m.updated) {
			t.Errorf("%s was changed at %s, not %s", s.Name, m.updated, s.Updated)
		}
	}
	return rep, values
}

func itemOf(rep *rescue.Report, name string) (rescue.Item, bool) {
	for _, i := range rep.Items {
		if i.Name == name {
			return i, true
		}
	}
	return rescue.Item{}, false
}

// survivors searches the files for the bytes of each newest record, knowing
// nothing of how they are laid out.
func (m *model) survivors(t *testing.T, dir string) map[string]bool {
	const key = 200 // bytes that tell a record from every other
	begins := map[string]string{}
	for name, rec := range m.newest {
		begins[string(rec.bytes[:key])] = name
	}
	found := map[string]bool{}
	for _, path := range filesBelow(t, dir) {
		b, err := os.ReadFile(path)
		fatal(t, err)
		for at := 0; ; at++ {
			i := bytes.Index(b[at:], []byte("age-encryption.org/v1"))
			if at += i; i < 0 || len(b)-at < key {
				break
			}
			if name, ok := begins[string(b[at:at+key])]; ok && bytes.HasPrefix(b[at:], m.newest[name].bytes) {
				found[name] = true
			}
		}
	}
	return found
}

// stored is a record as the store has it.
type stored struct {
	version, seq uint64
	bytes        []byte
	gone         bool
	value        string
}

// model is a vault, and all that was ever in it.
type model struct {
	dir, state string
	id         string
	key        crypto.Key
	lock       crypto.Lock
	updated    timeOf
	ever       map[string]map[uint64]string // by name and version; "" for a deletion
	committed  map[string]uint64            // the version that the head proves
	newest     map[string]stored            // by version, then commit
}

func (m *model) alive() (n int) {
	for _, rec := range m.newest {
		if !rec.gone {
			n++
		}
	}
	return n
}

// read takes what the intact vault holds: through the store, and through the
// vault.
func (m *model) read(t *testing.T) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "intact")
	copyDir(t, m.dir, dir)
	s, err := badgerstore.Open(context.Background(), dir, store.Options{})
	fatal(t, err)
	m.newest = map[string]stored{}
	fatal(t, s.View(func(r store.Reader) error {
		for key, err := range r.Keys([]byte("s/"), nil) {
			fatal(t, err)
			var rec stored
			parts := strings.Split(string(key), "/")
			fmt.Sscanf(parts[2]+" "+parts[3], "%d %d", &rec.version, &rec.seq)
			rec.bytes, err = r.Get(key)
			fatal(t, err)
			rec.gone = bytes.Contains(rec.bytes[:min(len(rec.bytes), 6<<10)], []byte(" gone 0 "))
			rec.value = m.ever[parts[1]][rec.version]
			old, ok := m.newest[parts[1]]
			if !strings.HasPrefix(parts[1], ".") && (!ok || rec.version > old.version || rec.version == old.version && rec.seq < old.seq) {
				m.newest[parts[1]] = rec
			}
		}
		return nil
	}))
	fatal(t, s.Close())
	v, err := vault.Open(context.Background(), dir, vault.Options{State: t.TempDir()})
	fatal(t, err)
	defer v.Close()
	infos, err := v.List(context.Background(), vault.ListOptions{Deleted: true})
	fatal(t, err)
	m.id, m.committed = v.Status().ID, map[string]uint64{}
	for _, i := range infos {
		m.committed[i.Name] = i.Version
	}
}

// The ways to spoil.

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err != nil {
			t.Fatal(err)
		}
		fatal(t, os.RemoveAll(path))
	}
}

func eachFile(pattern string, change func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		paths, err := filepath.Glob(filepath.Join(dir, "db", pattern))
		fatal(t, err)
		changed := false
		for _, path := range paths {
			b, err := os.ReadFile(path)
			fatal(t, err)
			after := change(bytes.Clone(b))
			changed = changed || !bytes.Equal(b, after)
			fatal(t, os.WriteFile(path, after, 0o600))
		}
		if !changed {
			t.Fatal("nothing was ruined")
		}
	}
}

func half(b []byte) []byte { return b[:len(b)/2] }

func everyOtherBlock(b []byte) []byte {
	for at := 0; at < len(b); at += 8 << 10 {
		clear(b[at:min(at+4<<10, len(b))])
	}
	return b
}

func flipSectors(b []byte) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	for at := 0; at+512 <= len(b); at += 512 {
		if rng.IntN(100) == 0 {
			b[at+rng.IntN(512)] ^= 1 << rng.IntN(8)
		}
	}
	return b
}

// destroyHeads overwrites the middle of everything that begins like a head.
func destroyHeads(b []byte) []byte {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(crypto.HeadMagic))
		if i < 0 {
			return b
		}
		at += i + len(crypto.HeadMagic)
		clear(b[at+60 : min(at+120, len(b))])
	}
}

// destroyIndex overwrites the count of what is a leaf with one of our names.
func destroyIndex(b []byte) []byte {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte{1, 0})
		if i < 0 {
			return b
		}
		at += i + 2
		if at+3 < len(b) && b[at] > 0 && b[at] <= 32 && b[at+1] < 20 && bytes.IndexByte([]byte("ASBCGE."), b[at+2]) >= 0 {
			b[at] = 0xff
		}
	}
}

func scatter(t *testing.T, dir string) {
	for i, path := range filesBelow(t, dir) {
		if strings.HasSuffix(path, "ballast") {
			continue
		}
		to := filepath.Join(dir, "lost+found", fmt.Sprintf("#%05d", 7919*i%99991))
		fatal(t, os.MkdirAll(filepath.Dir(to), 0o700))
		fatal(t, os.Rename(path, to))
	}
	fatal(t, os.RemoveAll(filepath.Join(dir, "db")))
}

func only(patterns ...string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		for _, path := range filesBelow(t, filepath.Join(dir, "db")) {
			keep := false
			for _, p := range patterns {
				ok, _ := filepath.Match(p, filepath.Base(path))
				keep = keep || ok
			}
			if !keep {
				fatal(t, os.Remove(path))
			}
		}
		fatal(t, os.Remove(filepath.Join(dir, "VAULT")))
	}
}

// blob makes one file of all, with noise between, as a lost partition would be.
func blob(t *testing.T, dir string) {
	var b []byte
	rng := rand.NewChaCha8([32]byte{7})
	for _, path := range filesBelow(t, dir) {
		noise := make([]byte, 3001)
		rng.Read(noise)
		content, err := os.ReadFile(path)
		fatal(t, err)
		b = append(append(b, noise...), content...)
		fatal(t, os.Remove(path))
	}
	fatal(t, os.RemoveAll(filepath.Join(dir, "db")))
	fatal(t, os.WriteFile(filepath.Join(dir, "image"), b, 0o600))
}
