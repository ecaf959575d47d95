package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// A grown is what a vault of one size takes.
type grown struct {
	size    int
	imports []sample // of at most part secrets each
	disk    int64    // bytes that the vault's files occupy, without the ballast
	rows    []row
}

// rotated is how many secrets the vault has that is given new keys.
const rotated = 10_000

// growth measures vaults of several sizes, and a rotation. All vaults are filled first,
// so that what disturbs the machine falls on all sizes alike.
func (b *bench) growth(sizes []int) ([]grown, error) {
	list := make([]grown, len(sizes))
	var commands []command
	for i, size := range sizes {
		say("growth: filling a vault with %d secrets", size)
		g, dir := &list[i], b.grownDir(size)
		defer os.RemoveAll(dir)
		var err error
		g.size = size
		if g.imports, err = b.newVault(b.tacit.whole, dir, size); err != nil {
			return nil, err
		}
		if g.disk, err = occupied(dir); err != nil {
			return nil, err
		}
		commands = append(commands, b.often(dir)...)
	}
	say("growth: measuring all of them")
	rows := measure(commands, b.rounds, b.env)
	each := len(rows) / len(sizes)
	for i, size := range sizes {
		say("growth: what takes long, with %d secrets", size)
		long, err := b.seldom(b.grownDir(size), size)
		if err != nil {
			return nil, err
		}
		list[i].rows = append(rows[i*each:(i+1)*each:(i+1)*each], long...)
	}
	say("growth: a rotation")
	g, err := b.rotate(min(rotated, sizes[len(sizes)-1]))
	return append(list, g), err
}

// grownDir is where the vault of that size is.
func (b *bench) grownDir(size int) string { return b.dir("grown-" + strconv.Itoa(size)) }

// often are the commands that take milliseconds, or at most seconds.
func (b *bench) often(dir string) (list []command) {
	names, paths := b.tacit.forms()
	add := func(i int, name, stdin string, words ...string) {
		c := b.command(name, append([]string{paths[i]}, words...)...)
		c.stdin = stdin
		list = append(list, c)
	}
	for i, name := range names {
		add(i, "get, "+name, "", "--vault", dir, "get", nameOf(0))
	}
	last := len(names) - 1
	add(0, "set, "+oneProgram, b.value, "--vault", dir, "set", nameOf(0))
	add(last, "ls, "+names[last], "", "--vault", dir, "ls")
	return append(list, b.completion("completion, "+names[last], paths[last], dir))
}

// seldom measures what takes long: three times in a vault that is not large, and once
// in one that is.
func (b *bench) seldom(dir string, size int) (list []row, err error) {
	times := min(3, b.rounds)
	if size >= 100_000 {
		times = 1
	}
	tacit, backup, restored := b.tacit.whole, b.dir("backup"), dir+"-restored"
	defer os.RemoveAll(restored)
	defer os.Remove(backup)
	archive := b.dir("vault.tar")
	defer os.Remove(archive)
	for _, c := range []command{
		b.command("export", tacit, "--vault", dir, "export", "json"),
		b.command("verify --full", tacit, "--vault", dir, "verify", "--full"),
		b.command("tar", "tar", "-cf", archive, dir),
		b.command("backup", tacit, "--vault", dir, "backup", "--force", backup),
		b.command("restore --check", tacit, "restore", "--check", backup),
		b.command("restore", tacit, "--vault", restored, "restore", "--yes", backup),
	} {
		var samples []sample
		r := row{name: c.name}
		for range times {
			if err := os.RemoveAll(restored); err != nil {
				return nil, err
			}
			s, err := b.once(c)
			if err != nil {
				r.failed = err
				break
			}
			samples = append(samples, s)
		}
		r.summarize(samples)
		list = append(list, r)
	}
	return list, nil
}

// rotate measures an import, an export and a rotation of as many secrets: a rotation
// opens and seals each of them.
func (b *bench) rotate(size int) (g grown, err error) {
	dir := b.dir("rotated")
	defer os.RemoveAll(dir)
	g.size = size
	if g.imports, err = b.newVault(b.tacit.whole, dir, size); err != nil {
		return g, err
	}
	for _, c := range []command{
		b.command("export", b.tacit.whole, "--vault", dir, "export", "json"),
		b.command("rotate", b.tacit.whole, "--vault", dir, "rotate", "--yes"),
	} {
		var samples []sample
		for range 3 {
			s, err := b.once(c)
			if err != nil {
				return g, err
			}
			samples = append(samples, s)
		}
		r := row{name: c.name}
		r.summarize(samples)
		g.rows = append(g.rows, r)
	}
	return g, nil
}

// occupied is how much room the files of a vault take, without the ballast.
func occupied(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "ballast" {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	return bytes, err
}

// find is a row of a vault of that size.
func (g grown) find(name string) sample { return section{rows: g.rows}.find(name).median }

// perSecond is how many secrets an import stores in a second.
func (g grown) perSecond() float64 {
	var all time.Duration
	for _, s := range g.imports {
		all += s.wall
	}
	if all == 0 {
		return 0
	}
	return float64(g.size) / all.Seconds()
}

// importPeak is the largest memory that an import had.
func (g grown) importPeak() (peak int64) {
	for _, s := range g.imports {
		peak = max(peak, s.peak)
	}
	return peak
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return thousands(n/1000) + "," + strconv.Itoa(1000 + n%1000)[1:]
}
