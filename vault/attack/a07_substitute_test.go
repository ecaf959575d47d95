package attack

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
)

// substitutes are A7: a vault made for the user's public key.
var substitutes = attack{"A7", "a vault made for the user's public key", []kind{
	{name: "in the place of the true one", do: func(v *victim) want {
		v.another().build(v, v.dir)
		return want{open: codes{vault.Substituted}}
	}},
	{name: "its VAULT", do: func(v *victim) want {
		other := v.another()
		v.must(os.WriteFile(filepath.Join(v.dir, "VAULT"), other.file, 0o600))
		return want{open: codes{vault.Substituted}}
	}},
	{name: "its database", do: func(v *victim) want {
		dir := filepath.Join(v.root, "other")
		v.another().build(v, dir)
		v.must(errors.Join(os.RemoveAll(filepath.Join(v.dir, "db")), os.Rename(filepath.Join(dir, "db"), filepath.Join(v.dir, "db"))))
		return want{open: codes{vault.Substituted}}
	}},
	{name: "found by walking up", do: func(v *victim) want {
		place := filepath.Join(v.root, "cloned", ".tacit")
		v.another().build(v, place)
		return want{check: func(v *victim) {
			o := v.options(reader)
			o.Discovered = true
			_, err := vault.Open(context.Background(), place, o)
			v.has(err, vault.Untrusted)
			in := filepath.Join(filepath.Dir(place), "deep", "down")
			v.must(os.MkdirAll(in, 0o700))
			for _, args := range [][]string{{"get", liveA}, {"ls"}, {"verify"}, {"set", liveA}} {
				r := v.run(func(c *exec.Cmd) { c.Dir = in }, "x", append(args, "--json", "--identity", v.identity, "--state", v.state)...)
				if r.exit != 6 || !r.names(codes{vault.Untrusted}) {
					v.t.Errorf("%v: exit %d, %s", args, r.exit, r.err)
				}
			}
		}}
	}},
	// Half of the vault beside the work is taken away: that must not make another
	// one, further up or at the default place, answer for it.
	{name: "the true one made to be walked past", do: func(v *victim) want {
		project := filepath.Join(v.root, "project")
		mine := filepath.Join(project, ".tacit")
		copyTree(v.t, v.dir, mine)
		v.another().build(v, filepath.Join(v.root, ".tacit"))
		v.must(os.Remove(filepath.Join(mine, "VAULT")))
		return want{check: func(v *victim) {
			// Trusted, so that it would answer.
			o := v.options(reader)
			h, err := vault.Open(context.Background(), filepath.Join(v.root, ".tacit"), o)
			v.must(err)
			h.Close()
			r := v.run(func(c *exec.Cmd) { c.Dir = project }, "", "get", liveA, "--json", "--identity", v.identity, "--state", v.state)
			if r.exit != 8 || !r.names(codes{vault.Corrupt}) {
				v.t.Errorf("exit %d, %s", r.exit, r.err)
			}
		}}
	}},
	{name: "at a place that is new, named by the user", do: func(v *victim) want {
		place := filepath.Join(v.root, "elsewhere")
		_, keys := v.another().build(v, place)
		return want{unmet: true, check: func(v *victim) {
			// It opens, and says that it is new, with its pin.
			h, err := vault.Open(context.Background(), place, v.options(reader))
			v.must(err)
			defer h.Close()
			if st := h.Status(); !st.New || st.Pin != keys.Pin().String() {
				v.t.Errorf("%+v", st)
			}
			o := v.options(reader)
			o.Expect = v.present().pin
			_, err = vault.Open(context.Background(), place, o)
			v.has(err, vault.Substituted)
		}}
	}},
}}

// another is a vault of the attacker's, under an id of its own.
func (v *victim) another() twin {
	v.t.Helper()
	w := v.imitate(v.dump(v.dir), uint64(1+v.rng.IntN(40)))
	w.id = crypto.NewID()
	w.file = crypto.VaultFile{ID: w.id, Created: v.now().UTC()}.Marshal()
	return w
}
