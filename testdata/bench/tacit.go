package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

const (
	oneProgram = "one program" // how the rows name tacit built as one program,
	small      = "front"       // as the small one of two,
	byAgent    = ", by agent"  // and each of them where an agent has the vault open
)

// part is how many secrets are imported at once.
const part = 250_000

// newVault makes a vault with secrets. It gives what each import took.
func (b *bench) newVault(program, dir string, count int) ([]sample, error) {
	if _, err := b.do("", program, "init", dir, "--no-input"); err != nil {
		return nil, err
	}
	var took []sample
	for from := 0; from < count; from += part {
		file := b.dir("import.json")
		if err := writeJSON(file, from, min(part, count-from)); err != nil {
			return nil, err
		}
		s, err := b.once(b.command("import", program, "--vault", dir, "import", "json", file))
		if err != nil {
			return nil, err
		}
		took = append(took, s)
	}
	return took, nil
}

// once measures a command that can be run only once.
func (b *bench) once(c command) (sample, error) {
	forgetPeak()
	return c.run(b.env)
}

// forms are the programs that tacit was built as, by the name of their row.
func (p programs) forms() (names, paths []string) {
	names, paths = []string{oneProgram}, []string{p.whole}
	if p.front != "" {
		names, paths = append(names, small), append(paths, p.front)
	}
	return names, paths
}

// fillTacit makes a vault, and one like it which an agent has open.
func (b *bench) fillTacit() (rows, error) {
	vault, agented := b.dir("vault"), b.dir("agented")
	for _, dir := range []string{vault, agented} {
		if _, err := b.newVault(b.tacit.whole, dir, b.secrets); err != nil {
			return nil, err
		}
	}
	if _, err := b.do("", b.tacit.whole, "--vault", agented, "unlock", "--ttl", "12h"); err != nil {
		return nil, err
	}
	r := b.tacitRows(b.tacit, vault, "")
	for group, commands := range b.tacitRows(b.tacit, agented, byAgent) {
		if group == get || group == set {
			r[group] = append(r[group], commands...)
		}
	}
	return r, nil
}

// tacitRows are tacit's commands on a vault.
func (b *bench) tacitRows(p programs, vault, suffix string) rows {
	r := rows{}
	names, paths := p.forms()
	for i, name := range names {
		add := func(group, name, stdin string, args ...string) {
			c := b.command(name, append([]string{paths[i], "--vault", vault}, args...)...)
			c.stdin = stdin
			r[group] = append(r[group], c)
		}
		add(get, name+suffix, "", "get", b.name)
		add(set, name+suffix, b.value, "set", b.name)
		add(runs, "get, "+name, "", "get", b.name)
		hundred := strconv.Itoa(min(b.secrets, 100)) + " secrets, "
		add(runs, hundred+name, "", "run", "--only", firstHundred+"*", "--", b.nothing)
		add(list, name, "", "ls")
		r[complete] = append(r[complete], b.completion(name, paths[i], vault))
	}
	return r
}

// completion is what the shells' scripts run at a TAB.
func (b *bench) completion(name, program, vault string) command {
	c := b.command(name, program, "__complete", "--", "get", firstHundred)
	c.extra = []string{"TACIT_VAULT=" + vault}
	return c
}

// lockAll ends the agents of the run.
func (b *bench) lockAll() {
	if _, err := b.do("", b.tacit.whole, "lock", "--all"); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if _, err := b.find("gpgconf"); err == nil {
		_, _ = b.do("", "gpgconf", "--kill", "all") // there may be none
	}
}

// dir is a path in the folder of the run.
func (b *bench) dir(name string) string { return filepath.Join(b.work, name) }
