package vault_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

// A part is a frame of a backup, taken apart by hand: what an attack is made of.
type part struct {
	kind byte
	body []byte
}

const magic = "tacit-backup 1\n"

// The kinds of parts.
const (
	partVault, partHead, partSlot, partLog, partName, partRecord, partEnd = 1, 2, 4, 5, 7, 8, 9
)

func splitBackup(t testing.TB, file []byte) (parts []part) {
	t.Helper()
	rest, ok := bytes.CutPrefix(file, []byte(magic))
	if !ok {
		t.Fatal("no backup")
	}
	for len(rest) > 0 {
		n := 5 + int(binary.BigEndian.Uint32(rest[1:]))
		parts = append(parts, part{rest[0], slices.Clone(rest[5:n])})
		rest = rest[n:]
	}
	return parts
}

func joinBackup(parts []part) []byte {
	file := []byte(magic)
	for _, p := range parts {
		file = append(file, p.kind)
		file = binary.BigEndian.AppendUint32(file, uint32(len(p.body)))
		file = append(file, p.body...)
	}
	return file
}

// reseal makes counts and SHA-256 fit again, as somebody without the keys can.
func reseal(parts []part) []part {
	end := len(parts) - 1
	if parts[end].kind != partEnd {
		return parts
	}
	var names, records uint64
	for _, p := range parts[:end] {
		switch p.kind {
		case partName:
			names++
		case partRecord:
			records++
		}
	}
	sum := sha256.Sum256(joinBackup(parts[:end]))
	body := binary.BigEndian.AppendUint64(nil, names)
	body = binary.BigEndian.AppendUint64(body, records)
	body = append(body, sum[:]...)
	parts[end].body = append(body, parts[end].body[len(body):]...)
	return parts
}

// index returns the place of the nth part of a kind.
func index(t testing.TB, parts []part, kind byte, n int) int {
	t.Helper()
	for i, p := range parts {
		if p.kind == kind {
			if n--; n < 0 {
				return i
			}
		}
	}
	t.Fatalf("no part %d", kind)
	return 0
}

// TestAttackBackup changes a backup in every way that somebody can who has it and
// no key: each is refused, by name, and nothing is written.
func TestAttackBackup(t *testing.T) {
	t.Parallel()
	long(t)
	f := attackFixture(t) // A with two versions, B, GONE with two
	file := f.backup()
	f.with(func(v *vault.Vault) { set(t, v, "A", "canary newest") })
	newer := splitBackup(t, f.backup())
	stranger := attackFixture(t)
	other := splitBackup(t, stranger.backup())
	whole := splitBackup(t, file)
	at := func(kind byte, n int) int { return index(t, whole, kind, n) }
	nameOf := func(p []part, i int) string { return string(p[i].body[1 : 1+p[i].body[0]]) }
	swap := func(p []part, i, j int) []part { p[i], p[j] = p[j], p[i]; return p }

	for name, c := range map[string]struct {
		change func(p []part) []part
		codes  string // of the file as it is, and of one whose SHA-256 fits again
	}{
		"names swapped": {func(p []part) []part {
			// With their records: A, B and GONE come in some order; move the first to the end.
			first, second := at(partName, 0), at(partName, 1)
			return slices.Concat(p[:first], p[second:len(p)-1], p[first:second], p[len(p)-1:])
		}, "corrupt corrupt"},
		"records swapped": {func(p []part) []part {
			return swap(p, at(partRecord, 0), at(partRecord, 4))
		}, "swapped/replayed"},
		"record twice": {func(p []part) []part {
			i := at(partRecord, 0)
			return slices.Insert(p, i, p[i])
		}, "replayed/corrupt"},
		"record left out": {func(p []part) []part {
			i := at(partName, 0)
			return slices.Delete(p, i+1, i+2)
		}, "missing/replayed"},
		"name left out": {func(p []part) []part {
			return slices.Delete(p, at(partName, 0), at(partName, 1))
		}, "corrupt forged/corrupt"},
		"name alone left out": {func(p []part) []part {
			i := at(partName, 1)
			return slices.Delete(p, i, i+1)
		}, "swapped/corrupt/replayed"},
		"name added": {func(p []part) []part {
			i := at(partName, 2)
			body := slices.Clone(p[i].body)
			return slices.Insert(p, i, part{partName, body})
		}, "missing"},
		"all names left out": {func(p []part) []part {
			return slices.Delete(p, at(partName, 0), len(p)-1)
		}, "corrupt forged"},
		"older record": {func(p []part) []part {
			// A version 1 in the place of version 2, of a name that has both.
			for i := range p {
				if p[i].kind == partName && nameOf(p, i) == "A" {
					p[i+1] = p[i+2]
				}
			}
			return p
		}, "replayed"},
		"newer record": {func(p []part) []part {
			for i := range p {
				for j := range newer {
					if p[i].kind == partName && nameOf(p, i) == "A" && newer[j].kind == partName && nameOf(newer, j) == "A" {
						p[i+1] = newer[j+1]
					}
				}
			}
			return p
		}, "replayed"},
		"slot of another": {func(p []part) []part {
			p[at(partSlot, 0)] = other[index(t, other, partSlot, 0)]
			return p
		}, "slot_tampered"},
		"slot left out": {func(p []part) []part { i := at(partSlot, 0); return slices.Delete(p, i, i+1) }, "corrupt"},
		"slot twice":    {func(p []part) []part { i := at(partSlot, 0); return slices.Insert(p, i, p[i]) }, "corrupt"},
		"log left out":  {func(p []part) []part { i := at(partLog, 1); return slices.Delete(p, i, i+1) }, "corrupt forged"},
		"log swapped":   {func(p []part) []part { return swap(p, at(partLog, 0), at(partLog, 1)) }, "corrupt"},
		"log changed": {func(p []part) []part {
			p[at(partLog, 1)].body[60] ^= 1
			return p
		}, "corrupt forged"},
		"head of another": {func(p []part) []part { p[1] = other[1]; return p }, "head_forged"},
		"head changed":    {func(p []part) []part { p[1].body[len(p[1].body)-1] ^= 1; return p }, "head_forged"},
		"head newer":      {func(p []part) []part { p[1] = newer[1]; return p }, "corrupt forged"},
		"VAULT of another": {func(p []part) []part {
			p[0] = other[0]
			return p
		}, "head_forged"},
		"head twice":    {func(p []part) []part { return slices.Insert(p, 1, p[1]) }, "corrupt"},
		"no head":       {func(p []part) []part { return slices.Delete(p, 1, 2) }, "corrupt"},
		"end of newer":  {func(p []part) []part { p[len(p)-1] = newer[len(newer)-1]; return p }, "corrupt forged"},
		"end of other":  {func(p []part) []part { p[len(p)-1] = other[len(other)-1]; return p }, "corrupt forged"},
		"end twice":     {func(p []part) []part { return append(p, p[len(p)-1]) }, "corrupt"},
		"no end":        {func(p []part) []part { return p[:len(p)-1] }, "corrupt"},
		"more":          {func(p []part) []part { return append(p, part{partRecord, p[at(partRecord, 0)].body}) }, "corrupt"},
		"MAC":           {func(p []part) []part { b := p[len(p)-1].body; b[len(b)-1] ^= 1; return p }, "forged"},
		"unknown part":  {func(p []part) []part { return slices.Insert(p, len(p)-1, part{77, []byte("x")}) }, "corrupt"},
		"record as log": {func(p []part) []part { p[at(partRecord, 1)].kind = partLog; return p }, "corrupt/missing"},
		"made since": {func(p []part) []part {
			return slices.Insert(p, 2, part{3, bytes.Repeat([]byte{1}, 72)})
		}, "conflict/corrupt"},
	} {
		for _, fitting := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, fitting %v", name, fitting), func(t *testing.T) {
				parts := c.change(splitBackup(t, file))
				if fitting {
					parts = reseal(parts)
				}
				f.refused(t, joinBackup(parts), c.codes)
			})
		}
	}
}

// refused asks that a backup is refused, with the key and where it is said
// without, and that nothing was made.
func (f *fixture) refused(t *testing.T, file []byte, codes string) {
	t.Helper()
	g := f.elsewhere("restored")
	g.t = t
	err := g.tryRestore(vault.RestoreOptions{}, file)
	code := vault.CodeOf(err)
	if !strings.Contains(codes, string(code)) || code == "" {
		t.Errorf("got %v (%s), want %s", err, code, codes)
	}
	if _, cerr := g.prove(false, file); vault.CodeOf(cerr) != code {
		t.Errorf("check: got %v, restore %v", cerr, err)
	}
	if err != nil && strings.Contains(err.Error(), "canary") {
		t.Errorf("the error holds a value: %v", err)
	}
	if _, err := os.Stat(g.dir); err == nil {
		t.Error("something was made")
	}
	g.alone()
}

// TestAttackBackupBytes cuts the file at every boundary of a part and in the
// middle of each, flips a bit of every stretch, adds bytes, and claims lengths.
func TestAttackBackupBytes(t *testing.T) {
	t.Parallel()
	long(t)
	f := attackFixture(t)
	file := f.backup()
	damaged := "corrupt head_forged slot_tampered forged swapped replayed missing newer"
	n := len(magic)
	prove := func(what string, b []byte) {
		t.Helper()
		_, err := f.prove(false, b)
		if code := vault.CodeOf(err); code == "" || !strings.Contains(damaged, string(code)) {
			t.Errorf("%s: %v (%s)", what, err, code)
		}
	}
	for _, p := range splitBackup(t, file) {
		for _, cut := range []int{n, n + 1, n + 5, n + 5 + len(p.body)/2, n + 5 + len(p.body) - 1} {
			prove(fmt.Sprintf("cut at %d", cut), file[:cut])
		}
		for _, length := range []uint32{0, uint32(len(p.body)) + 1, 1<<32 - 1} {
			b := slices.Clone(file)
			binary.BigEndian.PutUint32(b[n+1:], length)
			prove(fmt.Sprintf("part at %d of %d bytes", n, length), b)
		}
		n += 5 + len(p.body)
	}
	if n != len(file) {
		t.Fatal("not all of it")
	}
	for i := 0; i < len(file); i += 7 {
		b := slices.Clone(file)
		b[i] ^= 1 << (i % 8)
		prove(fmt.Sprintf("bit at %d", i), b)
	}
	prove("a byte more", append(slices.Clone(file), 0))
	prove("twice", append(slices.Clone(file), file...))
	prove("nothing", nil)
	f.refused(t, file[:len(file)-1], "corrupt")
	f.refused(t, append(slices.Clone(file), '\n'), "corrupt")
}

// TestAttackBackupKeyless: without a key everything is found but what only the
// MAC covers.
func TestAttackBackupKeyless(t *testing.T) {
	t.Parallel()
	f := attackFixture(t)
	whole := splitBackup(t, f.backup())
	for name, change := range map[string]func(p []part) []part{
		"name left out": func(p []part) []part {
			return slices.Delete(p, index(t, p, partName, 0), index(t, p, partName, 1))
		},
		"log left out": func(p []part) []part { i := index(t, p, partLog, 1); return slices.Delete(p, i, i+1) },
		"record":       func(p []part) []part { b := p[index(t, p, partRecord, 0)].body; b[len(b)-1] ^= 1; return p },
	} {
		parts := make([]part, len(whole))
		for i, p := range whole {
			parts[i] = part{p.kind, slices.Clone(p.body)}
		}
		if _, err := f.prove(true, joinBackup(reseal(change(parts)))); !vault.CodeOf(err).Tampering() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
