package main

import (
	"fmt"
	"os"
)

// compare builds another commit, gives each a vault of its own, and measures both. The
// other commit is the first row, to which the ratios are.
func (b *bench) compare(rev string) (list []section, err error) {
	tree := b.dir("other")
	if _, err := git(b.root, "worktree", "add", "--detach", tree, rev); err != nil {
		return nil, err
	}
	defer func() {
		if _, err := git(b.root, "worktree", "remove", "--force", tree); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}()
	say("building %s", rev)
	other, err := build(tree, b.dir("of-other"))
	if err != nil {
		return nil, err
	}
	here, there := b.dir("here"), b.dir("there")
	say("filling two vaults with %d secrets", b.secrets)
	if _, err := b.newVault(b.tacit.whole, here, b.secrets); err != nil {
		return nil, err
	}
	if _, err := b.newVault(other.whole, there, b.secrets); err != nil {
		return nil, err
	}
	if other.front == "" {
		b.missing = append(b.missing, rev+" has no small program")
	}
	ours, theirs := b.tacitRows(b.tacit, here, ""), b.tacitRows(other, there, "")
	for _, g := range groups {
		for i, their := range theirs[g.key] {
			our := ours[g.key][i]
			s := section{key: g.key, title: g.title + ": " + our.name}
			their.name, our.name = rev, "this checkout"
			say("measuring: %s", s.title)
			s.rows = measure([]command{their, our}, b.rounds, b.env)
			list = append(list, s)
		}
	}
	return list, nil
}
