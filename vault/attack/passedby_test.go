package attack

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/vault"
)

// passedBy takes the vault beside somebody's work away, where others with the same
// names lie further up and at the default place, both known to the machine: none of
// them may answer, nor take what is written. due is what is said of the vault that
// was there.
func (v *victim) passedBy(take func(mine string), due ...vault.Code) want {
	v.t.Helper()
	project := filepath.Join(v.root, "project")
	mine := filepath.Join(project, ".tacit")
	others := []string{filepath.Join(v.root, ".tacit"), filepath.Join(v.root, "home", ".local", "share", "tacit", "default")}
	copyTree(v.t, v.dir, mine)
	for _, dir := range others {
		v.another().build(v, dir)
	}
	return want{check: func(v *victim) {
		for _, dir := range append(slices.Clone(others), mine) {
			h, err := vault.Open(context.Background(), dir, v.options(reader))
			v.must(err)
			v.must(h.Close())
		}
		take(mine)
		deep := filepath.Join(project, "deep")
		v.must(os.MkdirAll(deep, 0o700))
		in := []string{project, deep}[v.rng.IntN(2)]
		for _, args := range [][]string{{"get", liveA}, {"ls"}, {"run", "--only", liveA, "--", "printenv", liveA}, {"set", liveA}, {"rm", liveA}} {
			at := slices.Index(args, "--")
			if at < 0 {
				at = len(args)
			}
			args = slices.Insert(slices.Clone(args), at, "--json", "--identity", v.identity, "--state", v.state)
			r := v.run(func(c *exec.Cmd) { c.Dir = in }, "mine", args...)
			if r.exit != exitOf(due[0]) || !r.names(due) || r.out != "" {
				v.t.Errorf("%v: exit %d, want %v: %s%s", args, r.exit, due, r.out, r.err)
			}
		}
		for _, dir := range others {
			h, err := vault.Open(context.Background(), dir, v.options(reader))
			v.must(err)
			s, err := h.Read(context.Background(), liveA)
			v.must(err)
			if s.Version != 1 && string(s.Value.Reveal()) == "mine" {
				v.t.Errorf("%s took the write", dir)
			}
			v.must(h.Close())
		}
		v.must(os.RemoveAll(mine))
		v.must(os.RemoveAll(others[0])) // other attacks look from below it
	}}
}

// instead puts something in the vault's place that is none.
func (v *victim) instead(mine string) {
	v.t.Helper()
	v.must(os.RemoveAll(mine))
	switch v.rng.IntN(3) {
	case 0:
		v.must(os.WriteFile(mine, []byte("canary"), 0o600))
	case 1:
		v.must(os.Mkdir(mine, 0o700))
	case 2:
		v.must(os.MkdirAll(filepath.Join(mine, "slots"), 0o700))
	}
}
