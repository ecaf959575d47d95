package attack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"filippo.io/age/plugin"

	"github.com/tacit-vault/tacit/crypto"
)

// plugins are A13: a vault that names a program to be run.
var plugins = attack{"A13", "a vault that names a plugin to be run", []kind{
	{name: "in a slot of kind plugin", do: func(v *victim) want { return v.named(crypto.KindPlugin) }},
	{name: "in a slot of kind age", do: func(v *victim) want { return v.named(crypto.KindAge) }},
	{name: "in a slot of kind ssh", do: func(v *victim) want { return v.named(crypto.KindSSH) }},
	{name: "in a slot of a kind that is not known", do: func(v *victim) want { return v.named("evil") }},
	{name: "or has recipients that are none", do: (*victim).odd},
}}

// evil is a slot that names a plugin.
type evil struct{ kind, recipient string }

func (e evil) Kind() string    { return e.kind }
func (e evil) Public() string  { return e.recipient }
func (evil) PostQuantum() bool { return true }

func (evil) Wrap([]byte) ([]byte, error) {
	return []byte(ageIntro + "-> evil x y\n\n--- " + strings.Repeat("A", 43) + "\n" + strings.Repeat("x", 100)), nil
}

// named is a vault of the attacker's with a slot for the user and one that names
// a plugin, which is there to be run.
func (v *victim) named(kind string) want {
	if runtime.GOOS == "windows" {
		return want{}
	}
	w, dir := v.another(), filepath.Join(v.root, "evil")
	recipient := plugin.EncodeRecipient("evil", []byte("evil"))
	if v.rng.IntN(4) == 0 {
		recipient = "age1../evil1qqqq"
	}
	// Before the user's slot, or behind it.
	w.locks = map[string]lock{[]string{"a", "z"}[v.rng.IntN(2)]: evil{kind, recipient}, "identity": v.lock}
	w.build(v, dir)
	bin, mark := filepath.Join(v.root, "bin"), filepath.Join(v.root, "was-run")
	v.must(os.MkdirAll(bin, 0o700))
	for _, name := range []string{"age-plugin-evil", "age-plugin-age", "age-plugin-ssh", "age-plugin-.."} {
		v.must(os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\ntouch "+mark+"\n"), 0o700))
	}
	return want{check: func(v *victim) {
		lines := []string{
			"ls", "get " + liveA, "verify", "verify --full", "status", "key list", "key drill", "exposed", "doctor",
			"set " + liveB, "key add recovery", "key remove a --yes", "rotate", "rotate --drop z --yes",
		}
		for _, i := range v.rng.Perm(len(lines))[:5] { // over the variants it is all of them
			line := lines[i]
			r := v.run(func(c *exec.Cmd) { c.Env = append(c.Env, "PATH="+bin+":"+os.Getenv("PATH")) }, "x",
				append(strings.Fields(line), "--vault", dir, "--identity", v.identity, "--state", dir+".state", "--no-input")...)
			if _, err := os.Lstat(mark); err == nil {
				v.t.Fatalf("%s ran the plugin: %s", line, r.err)
			}
			if r.hung {
				v.t.Errorf("%s hangs", line)
			}
		}
	}}
}

// odd is a vault of the attacker's whose slots have recipients that are none, or
// none of their kind. The commands that show and use them go on, or say so.
func (v *victim) odd() want {
	w, dir := v.another(), filepath.Join(v.root, "odd")
	w.locks = map[string]lock{"identity": v.lock}
	recipients := []string{"", " ", "x", "x !", "ssh-ed25519 ", "ssh-ed25519 AAAA", "age1", strings.Repeat("~", 4096)}
	for i, kind := range []string{
		crypto.KindAge, crypto.KindSSH, crypto.KindPlugin, crypto.KindKeyring, crypto.KindTPM, crypto.KindPassphrase, "evil",
	} {
		for j := range crypto.MaxPassphraseSlots { // each kind has half of them, the next one the others
			w.locks[fmt.Sprintf("%s-%d", kind, j)] = evil{kind, recipients[(2*j+i)%len(recipients)]}
		}
	}
	w.build(v, dir)
	return want{check: func(v *victim) {
		for _, line := range []string{"key list", "key list --json", "status", "doctor", "backup --to-age ages", "rotate --yes", "key remove ssh-0 --yes"} {
			r := v.run(nil, "", append(strings.Fields(line), "--vault", dir, "--identity", v.identity, "--state", dir+".state", "--no-input")...)
			if r.hung || strings.HasPrefix(line, "key list") && (r.exit != 0 || !strings.Contains(r.out, "ssh-3")) {
				v.t.Errorf("%s: exit %d, %s", line, r.exit, r.err)
			}
		}
	}}
}
