package torture

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/store/forge"
)

// A damage is what was done to the files of a bench.
type damage struct {
	b       *bench
	fixture string
	rng     *rand.Rand
	what    []string        // one line each
	kinds   []string        // for the tally: what was done to which kind of file
	touched map[string]bool // paths below the bench's root
}

// doDamage does one damage, rarely up to three, to the vault at work.
func doDamage(b *bench, fixture string, rng *rand.Rand) (*damage, error) {
	d := &damage{b: b, fixture: fixture, rng: rng, touched: map[string]bool{}}
	count := 1
	if rng.IntN(5) == 0 {
		count = 2 + rng.IntN(2)
	}
	for range count {
		files, err := d.files()
		if err != nil {
			return d, err
		}
		// Each kind of file as often as any other, however many there are.
		var kinds []string
		for kind := range files {
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		if len(kinds) == 0 {
			break
		}
		kind := kinds[rng.IntN(len(kinds))]
		list := files[kind]
		if err := d.hurt(kind, list[rng.IntN(len(list))], files); err != nil {
			return d, err
		}
	}
	return d, nil
}

// files are the files of vault and state, by kind, as paths below the root.
func (d *damage) files() (map[string][]string, error) {
	files := map[string][]string{}
	for _, top := range []string{"vault", "state"} {
		err := filepath.WalkDir(filepath.Join(d.b.root, top), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			rel, err := filepath.Rel(d.b.root, path)
			files[kindOf(rel)] = append(files[kindOf(rel)], rel)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// kindOf sorts files: those of a database by what follows the dot, the others
// by where they are.
func kindOf(rel string) string {
	dir, name := filepath.Split(rel)
	switch {
	case strings.HasSuffix(dir, "/db/"):
		if ext := filepath.Ext(name); ext != "" {
			return ext
		}
		return name
	case strings.HasSuffix(dir, "/slots/"):
		return "slots"
	case strings.HasPrefix(rel, "state/"):
		return "anchor"
	}
	return name
}

// hurt does one damage to one file.
func (d *damage) hurt(kind, rel string, files map[string][]string) error {
	path := filepath.Join(d.b.root, rel)
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	kinds := []string{
		"flip", "flip", "flip", "flips", "noise", "zero block", "zero file", "cut", "cut", "empty", "cut end",
		"append", "append zeros", "append itself", "delete", "swap", "copy over", "stale", "double", "drop block", "insert block",
	}
	if kind == ".sst" {
		kinds = append(kinds, "forge", "forge", "forge", "forge")
	}
	how := kinds[d.rng.IntN(len(kinds))]
	d.touched[rel] = true
	note := func(format string, args ...any) {
		d.what = append(d.what, fmt.Sprintf("%s %s: ", how, rel)+fmt.Sprintf(format, args...))
		d.kinds = append(d.kinds, kind+"\t"+how)
	}
	switch how {
	case "delete":
		note("%d bytes", len(whole))
		return os.Remove(path)
	case "swap", "copy over", "double":
		return d.mix(how, kind, rel, whole, files, note)
	case "forge":
		forged := forge.Kinds[d.rng.IntN(len(forge.Kinds))]
		b, err := forged.Table(whole, d.rng)
		if err != nil {
			break // it is damaged already
		}
		note("%s, under checksums that fit", forged.Name)
		return rewrite(path, b)
	case "stale":
		old, err := os.ReadFile(d.b.honest(d.fixture, "old", strings.TrimPrefix(rel, "vault/")))
		if err != nil {
			how = "delete" // it was not there yet
			note("it is new")
			return os.Remove(path)
		}
		note("as it was before")
		return rewrite(path, old)
	}
	if how == "forge" {
		how = "flip"
	}
	hurt, detail := d.bytes(how, whole)
	note("%s", detail)
	return rewrite(path, hurt)
}

// bytes damages the content of a file.
func (d *damage) bytes(how string, whole []byte) (hurt []byte, detail string) {
	b := bytes.Clone(whole)
	at := d.place(b)
	size := min(1<<d.rng.IntN(14), len(b)-at)
	switch how {
	case "flip", "flips":
		for range map[string]int{"flip": 1, "flips": 2 + d.rng.IntN(20)}[how] {
			if len(b) == 0 {
				break
			}
			bit := d.rng.IntN(8)
			b[at] ^= 1 << bit
			detail += fmt.Sprintf("bit %d of byte %d ", bit, at)
			at = d.place(b)
		}
		return b, detail
	case "noise":
		for i := range b[at : at+size] {
			b[at+i] = byte(d.rng.Uint32())
		}
	case "zero block":
		at -= at % 512
		size = min(512<<d.rng.IntN(5), len(b)-at)
		clear(b[at : at+size])
	case "zero file":
		clear(b)
	case "cut":
		b, size = b[:at], len(b)-at
	case "empty":
		b = nil
	case "cut end":
		b = b[:max(0, len(b)-1-d.rng.IntN(64))]
	case "append":
		size = 1 + d.rng.IntN(5000)
		for range size {
			b = append(b, byte(d.rng.Uint32()))
		}
	case "append zeros":
		b = append(b, make([]byte, size)...)
	case "append itself":
		b = append(b, b[at:at+size]...)
	case "drop block":
		b = slices.Delete(b, at, at+size)
	case "insert block":
		b = slices.Insert(b, at, b[at:at+size]...)
	}
	return b, fmt.Sprintf("%d bytes at %d of %d", size, at, len(whole))
}

// place is somewhere in the content. The zeros behind it are a place too, but a
// rare one; both ends are frequent ones, because lengths stand there.
func (d *damage) place(b []byte) int {
	content := len(bytes.TrimRight(b, "\x00"))
	if content == 0 {
		content = len(b)
	}
	if content == 0 {
		return 0
	}
	switch d.rng.IntN(10) {
	case 0:
		return d.rng.IntN(len(b))
	case 1:
		return d.rng.IntN(min(content, 64))
	case 2:
		return content - 1 - d.rng.IntN(min(content, 64))
	case 3:
		return content - 1 - d.rng.IntN(min(content, 4096))
	}
	return d.rng.IntN(content)
}

// mix puts one file where another belongs: mostly one of its kind.
func (d *damage) mix(how, kind, rel string, whole []byte, files map[string][]string, note func(string, ...any)) error {
	var all []string
	for _, k := range sortedKeys(files) {
		all = append(all, files[k]...)
	}
	others := files[kind]
	if len(others) < 2 || d.rng.IntN(4) == 0 {
		others = all
	}
	other := others[d.rng.IntN(len(others))]
	path, otherPath := filepath.Join(d.b.root, rel), filepath.Join(d.b.root, other)
	if how == "double" {
		other = filepath.Join(filepath.Dir(rel), fmt.Sprintf("%06d%s", 1+d.rng.IntN(40), filepath.Ext(rel)))
		if filepath.Ext(rel) == ".mem" {
			other = filepath.Join(filepath.Dir(rel), fmt.Sprintf("%05d.mem", 1+d.rng.IntN(20)))
		}
		d.touched[other] = true
		note("to %s", other)
		return rewrite(filepath.Join(d.b.root, other), whole)
	}
	content, err := os.ReadFile(otherPath)
	if err != nil {
		return err
	}
	note("with %s", other)
	if how == "copy over" {
		return rewrite(path, content)
	}
	d.touched[other] = true
	return errors.Join(rewrite(path, content), rewrite(otherPath, whole))
}

// undo gives the damaged files their honest bytes back, and removes those that
// the damage made. Where the vault was recovered meanwhile over a damaged
// database, it gets the whole database back: one file of it fits no more.
func (d *damage) undo() error {
	const db = "vault/db/"
	touched := slices.Collect(maps.Keys(d.touched))
	switch inDB := func(rel string) bool { return strings.HasPrefix(rel, db) }; {
	case !d.recovered():
	case !slices.ContainsFunc(touched, inDB):
		// The lock names the log that was replayed and is gone.
		touched = slices.DeleteFunc(touched, func(rel string) bool { return rel == "vault/lock" })
	default:
		// The log was replayed over the damage: what was written then belongs to it.
		touched = append(touched, "vault/lock")
		for _, root := range []string{d.b.root, d.b.honest(d.fixture)} {
			files, err := filepath.Glob(filepath.Join(root, db, "*"))
			if err != nil {
				return err
			}
			for _, file := range files {
				touched = append(touched, db+filepath.Base(file))
			}
		}
	}
	for _, rel := range touched {
		path, honest := filepath.Join(d.b.root, rel), d.b.honest(d.fixture, rel)
		if _, err := os.Stat(honest); err != nil {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		if err := copySparse(path, honest); err != nil {
			return err
		}
	}
	return nil
}

// recovered tells whether the log that the honest vault has is gone: replayed, or
// taken away.
func (d *damage) recovered() bool {
	const logs = "vault/db/*.mem"
	was, _ := filepath.Glob(d.b.honest(d.fixture, logs))
	is, _ := filepath.Glob(filepath.Join(d.b.root, logs))
	return len(was) > 0 && len(is) == 0
}

// rewrite replaces the content of a file, which may be new.
func rewrite(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	content := len(bytes.TrimRight(b, "\x00"))
	_, err = f.Write(b[:content])
	return errors.Join(err, f.Truncate(int64(len(b))), f.Close())
}
