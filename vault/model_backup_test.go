package vault_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"pgregory.net/rapid"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// A modelBackup is a backup and what must come out of it.
type modelBackup struct {
	files [][]byte // a full one and those made since it, the last of this state
	pin   string   // that of the vault when it was made
	state modelState
}

// mostBackups is how many of them a model keeps.
const mostBackups = 3

// clone is a copy that later changes do not reach.
func (s modelState) clone() modelState {
	names := maps.Clone(s.names)
	for name, n := range names {
		names[name] = &modelName{slices.Clone(n.versions), n.oldest}
	}
	return modelState{names, s.policy, slices.Clone(s.slots), slices.Clone(s.removed)}
}

// backup makes a backup: a full one, or one since another that is of the same keys.
func (m *model) backup(rt *rapid.T) {
	m.counts["backup"]++
	b := modelBackup{pin: m.v.Status().Pin, state: m.clone()}
	var o vault.BackupOptions
	since := slices.DeleteFunc(slices.Clone(m.saved), func(old modelBackup) bool { return old.pin != b.pin })
	if len(since) > 0 && rapid.Bool().Draw(rt, "since") {
		m.counts["backup since"]++
		b.files = slices.Clone(rapid.SampledFrom(since).Draw(rt, "base").files)
		base, err := vault.ReadBase(sources(b.files[len(b.files)-1])[0])
		if err != nil {
			rt.Fatal(err)
		}
		o.Since = base
	}
	var file bytes.Buffer
	if _, err := m.v.Backup(context.Background(), &file, o); err != nil {
		rt.Fatal(err)
	}
	b.files = append(b.files, file.Bytes())
	m.saved = append(m.saved, b)
	m.saved = m.saved[max(0, len(m.saved)-mostBackups):]
}

// putBack restores a backup to the fixture's folder, by any slot that it has.
func (b modelBackup) putBack(rt *rapid.T, f *fixture, o vault.RestoreOptions) {
	f.key = rapid.SampledFrom(b.state.slots).Draw(rt, "slot").key
	if err := f.tryRestore(o, b.files...); err != nil {
		rt.Fatal(err)
	}
}

// restore makes a vault of a backup on another machine, and holds it against what
// the vault was then.
func (m *model) restore(rt *rapid.T) {
	if len(m.saved) == 0 {
		rt.Skip("no backup yet")
	}
	m.counts["restore"]++
	b := rapid.SampledFrom(m.saved).Draw(rt, "backup")
	root := m.f.dir + ".elsewhere"
	defer os.RemoveAll(root)
	g := *m.f
	g.dir, g.state = filepath.Join(root, "vault"), filepath.Join(root, "state")
	b.putBack(rt, &g, vault.RestoreOptions{})
	v, err := g.tryOpen()
	if err != nil {
		rt.Fatal(err)
	}
	defer v.Close()
	(&model{f: &g, v: v, modelState: b.state}).mustHold(rt)
}

// restoreInPlace puts a backup in the vault's place, and goes on with that. The
// keys of slots that it does not have open nothing any more; those that were
// lost since do.
func (m *model) restoreInPlace(rt *rapid.T) {
	if len(m.saved) == 0 {
		rt.Skip("no backup yet")
	}
	m.counts["restore in place"]++
	i := rapid.IntRange(0, len(m.saved)-1).Draw(rt, "backup")
	if err := m.v.Close(); err != nil {
		rt.Fatal(err)
	}
	b := m.saved[i]
	b.putBack(rt, m.f, vault.RestoreOptions{Replace: true})
	ever := slices.Clone(m.lost)
	for _, s := range m.slots {
		ever = append(ever, s.key)
	}
	m.modelState = b.state.clone()
	m.lost = slices.DeleteFunc(ever, func(key crypto.Key) bool {
		return slices.ContainsFunc(m.slots, func(s modelSlot) bool { return s.key == key })
	})
	// What was saved later is of no past of the vault that there is now: it can be
	// restored, and nothing can be added to it.
	for j := i + 1; j < len(m.saved); j++ {
		m.saved[j].pin = ""
	}
	m.openAgain(rt)
}
