//go:build linux || darwin || freebsd

package server

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent"
	"github.com/tacit-vault/tacit/vault/agent/wire"
)

// attempts are requests to each route. %s stands for a name that exists, of which
// those that begin with A_ are granted. only and readOnly tell whether a socket
// for less answers; for a name that is not granted it never does.
var attempts = map[string]struct {
	body           string
	only, readOnly bool
}{
	"GET /v1/status":                   {only: true, readOnly: true},
	"POST /v1/lock":                    {only: true, readOnly: true}, // of that socket alone
	"GET /v1/openapi.yaml":             {only: true, readOnly: true},
	"GET /v1/secrets":                  {only: true, readOnly: true},
	"GET /v1/secrets/{name}":           {only: true, readOnly: true},
	"PUT /v1/secrets/{name}":           {body: `{"value":"x"}`, only: true},
	"PATCH /v1/secrets/{name}":         {body: `{"value":"x"}`, only: true},
	"DELETE /v1/secrets/{name}":        {only: true},
	"POST /v1/secrets/{name}/rename":   {body: `{"to":"%s_NEW"}`, only: true},
	"POST /v1/secrets/{name}/copy":     {body: `{"to":"%s_NEW"}`, only: true},
	"POST /v1/secrets/{name}/rollback": {body: `{"version":VERSION}`, only: true},
	"GET /v1/secrets/{name}/history":   {only: true, readOnly: true},
	"POST /v1/read":                    {body: `{"names":["%s"]}`, only: true, readOnly: true},
	"POST /v1/batch":                   {body: `{"name":"%s","value":"x"}`, only: true},
	"GET /v1/used":                     {only: true, readOnly: true},
	"GET /v1/policy":                   {only: true, readOnly: true},
	"PUT /v1/policy":                   {body: `{"history":5}`},
	"POST /v1/verify":                  {readOnly: true},
	"POST /v1/backup":                  {body: `{}`},
	"GET /v1/slots":                    {},
	"POST /v1/slots":                   {body: `{"label":"x","lock":{"kind":"passphrase","phrase":"eHl6"}}`},
	"PUT /v1/slots/{label}":            {body: `{"lock":{"kind":"passphrase","phrase":"eHl6"}}`},
	"DELETE /v1/slots/{label}":         {},
	"POST /v1/rotate":                  {body: `{}`},
	"GET /v1/exposed":                  {},
	"GET /v1/groups":                   {},
	"POST /v1/grants":                  {body: `{"read_only":true}`},
	"POST /v1/yield":                   {},
}

// TestGrants tries every route through sockets for less, with a name that is
// granted and with one that is not.
func TestGrants(t *testing.T) {
	t.Parallel()
	for _, rt := range routeTable() {
		if _, ok := attempts[rt.pattern]; !ok {
			t.Errorf("%s is not tried", rt.pattern)
		}
	}
	a := newFixture(t).start()
	for _, g := range []wire.Grant{{Only: []string{"A_*", "AA"}}, {ReadOnly: true}, {Only: []string{"A_*"}, ReadOnly: true}} {
		for pattern, try := range attempts {
			for _, name := range []string{"A_1", "B_1"} {
				set(t, a.vault, name, "1")
				in, err := a.vault.Set(t.Context(), name, vault.Text("2"))
				fatal(t, err)
				body := strings.ReplaceAll(try.body, "VERSION", fmt.Sprint(in.Version-1))
				want := (try.only || len(g.Only) == 0) && (try.readOnly || !g.ReadOnly)
				if strings.Contains(pattern+try.body, "{name}") || strings.Contains(try.body, `"%s"`) {
					want = want && g.Allows(name)
				}
				before := a.vault.Status().Seq
				status, answer := through(t, a, g, pattern, body, name)
				what := fmt.Sprintf("%+v: %s of %s: %d %.200s", g, pattern, name, status, answer)
				switch {
				case want && status >= 300:
					t.Errorf("refused: %s", what)
				case !want && (status != 403 || code(answer) != "denied"):
					t.Errorf("not denied: %s", what)
				case !want && a.vault.Status().Seq != before:
					t.Errorf("denied, and done: %s", what)
				}
				if len(g.Only) > 0 && (strings.Contains(string(answer), "B_1") && want) {
					t.Errorf("it tells of another name: %s", what)
				}
				clean(t, a.vault, name+"_NEW")
			}
		}
	}
	if _, err := a.AgentStatus(t.Context()); err != nil {
		t.Errorf("the agent was locked through a socket for less: %v", err)
	}
}

// through sends a request through a new socket for less.
func through(t *testing.T, a *agentProcess, g wire.Grant, pattern, body, name string) (int, []byte) {
	t.Helper()
	path, err := a.Grant(t.Context(), g, 0)
	fatal(t, err)
	r := rawAt(t, path)
	defer func() {
		r.Close()
		if c, err := agent.Dial(context.Background(), path); err == nil {
			c.Lock(context.Background()) // there is a limit to how many are open
		}
	}()
	method, target, _ := strings.Cut(pattern, " ")
	target = strings.NewReplacer("{name}", name, "{label}", "identity").Replace(target)
	if strings.Contains(body, "%s") {
		body = fmt.Sprintf(body, name)
	}
	return r.ask(method, target, body)
}

func clean(t *testing.T, v *vault.Vault, name string) {
	t.Helper()
	if _, err := v.Delete(t.Context(), name, vault.DeleteOptions{}); err != nil && vault.CodeOf(err) != vault.NotFound {
		t.Fatal(err)
	}
}

// TestGrantHides lists, finds and reads through a socket for some names.
func TestGrantHides(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	changes := []vault.Change{}
	for i := range 2500 { // more than a page
		changes = append(changes, vault.Change{Name: fmt.Sprintf("B_%04d", i), Value: vault.Text("b")})
		if i%5 == 0 {
			changes = append(changes, vault.Change{Name: fmt.Sprintf("A_%04d", i), Value: vault.Text("a")})
		}
	}
	if _, err := a.Apply(t.Context(), changes, nil); err != nil {
		t.Fatal(err)
	}
	for _, globs := range [][]string{{"A_*"}, {"A_0*", "?_1*", "[A]_*"}} {
		less := grantOf(t, a.Client, wire.Grant{Only: globs})
		g := wire.Grant{Only: globs}
		var want []string
		infos, err := a.vault.List(t.Context(), vault.ListOptions{})
		fatal(t, err)
		for _, in := range infos {
			if g.Allows(in.Name) {
				want = append(want, in.Name)
			}
		}
		got, err := less.List(t.Context(), vault.ListOptions{Details: true})
		fatal(t, err)
		if !slices.Equal(namesOf(got), want) {
			t.Errorf("%q: listed %d names, want %d", globs, len(got), len(want))
		}
		got, err = less.List(t.Context(), vault.ListOptions{After: want[3], Limit: 7})
		fatal(t, err)
		if !slices.Equal(namesOf(got), want[4:11]) {
			t.Errorf("%q: a page is %q", globs, namesOf(got))
		}
		got, err = less.List(t.Context(), vault.ListOptions{Prefix: "B_2"})
		if err != nil || len(got) != 0 {
			t.Errorf("%q: %d names of another prefix, %v", globs, len(got), err)
		}
		all, err := a.vault.Find(t.Context(), "B_2", false)
		fatal(t, err)
		got, err = less.Find(t.Context(), "B_2", false)
		if err != nil || len(got) >= len(all) || slices.ContainsFunc(got, func(in vault.Info) bool { return !g.Allows(in.Name) }) {
			t.Errorf("%q: found %d of %d, %v", globs, len(got), len(all), err)
		}
		var read []string
		fatal(t, less.ReadEach(t.Context(), nil, func(s vault.Secret) error {
			read = append(read, s.Name)
			return nil
		}))
		if !slices.Equal(read, want) {
			t.Errorf("%q: read %d names, want %d", globs, len(read), len(want))
		}
	}
	less := grantOf(t, a.Client, wire.Grant{Only: []string{"NONE_*"}})
	if all, err := less.ReadAll(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("nothing is granted: %d secrets, %v", len(all), err)
	}
}

func namesOf(infos []vault.Info) (names []string) {
	for _, in := range infos {
		names = append(names, in.Name)
	}
	return names
}

// TestGrantMoves has both names of a renaming and a copy be granted.
func TestGrantMoves(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	set(t, a, "A_1", "1")
	set(t, a, "B_1", "1")
	less := grantOf(t, a.Client, wire.Grant{Only: []string{"A_*"}})
	for name, try := range map[string]func() error{
		"copy out":   func() error { _, err := less.Copy(t.Context(), "A_1", "B_2", false); return err },
		"copy in":    func() error { _, err := less.Copy(t.Context(), "B_1", "A_2", false); return err },
		"rename out": func() error { _, err := less.Rename(t.Context(), "A_1", "B_2", false); return err },
		"rename in":  func() error { _, err := less.Rename(t.Context(), "B_1", "A_2", true); return err },
		"read many":  func() error { _, err := less.ReadAll(t.Context(), "A_1", "B_1"); return err },
		"apply": func() error {
			_, err := less.Apply(t.Context(), []vault.Change{{Name: "A_1", Value: vault.Text("x")}, {Name: "B_1", Delete: true}}, nil)
			return err
		},
	} {
		if err := try(); vault.CodeOf(err) != vault.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if sec, err := plain(a.Read(t.Context(), "A_1")); err != nil || sec.Bytes != "1" {
		t.Errorf("%+v, %v", sec, err)
	}
}

// TestGrantEnds closes a socket for less after its time, with the agent, and
// when it is locked itself.
func TestGrantEnds(t *testing.T) {
	t.Parallel()
	var c clocks
	a := newFixture(t).start(c.options)
	path, err := a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 90*time.Second)
	fatal(t, err)
	less, err := agent.Dial(t.Context(), path)
	fatal(t, err)
	if _, err := less.List(t.Context(), vault.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	c.boot.Add(int64(91 * time.Second))
	soon(t, func() bool { return !exists(path) })
	if _, err := less.List(t.Context(), vault.ListOptions{}); err == nil {
		t.Error("who was let in before goes on after its time")
	}

	path, err = a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
	fatal(t, err)
	less, err = agent.Dial(t.Context(), path)
	fatal(t, err)
	fatal(t, less.Lock(t.Context()))
	soon(t, func() bool { return !exists(path) })
	if _, err := a.AgentStatus(t.Context()); err != nil {
		t.Error(err)
	}

	path, err = a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
	fatal(t, err)
	a.stop()
	fatal(t, a.wait())
	if exists(path) {
		t.Error("the socket stays after the agent")
	}
}

func soon(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(hang); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come about")
		}
	}
}

// TestGrantsMost does not open sockets without end.
func TestGrantsMost(t *testing.T) {
	t.Parallel()
	a := newFixture(t).start()
	for range maxGrants {
		if _, err := a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0); err != nil {
			t.Fatal(err)
		}
	}
	_, err := a.Grant(t.Context(), wire.Grant{ReadOnly: true}, 0)
	wantCode(t, err, vault.Busy)
}

// TestWholeAgentForLess starts an agent that is for less from the beginning.
func TestWholeAgentForLess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.open()
	set(t, v, "A_1", "1")
	fatal(t, v.Close())
	a := f.start(func(o *Options) { o.Grant = wire.Grant{Only: []string{"A_*"}, ReadOnly: true} })
	st, err := a.AgentStatus(t.Context())
	fatal(t, err)
	if !st.Grant.ReadOnly || !slices.Equal(st.Grant.Only, []string{"A_*"}) || len(st.Vault.Slots) != 0 || st.Vault.Writable {
		t.Errorf("status %+v", st)
	}
	back, err := a.Yield(t.Context()) // for who has a key, which is more than a grant
	fatal(t, err)
	v = f.open()
	fatal(t, v.Close())
	back()
	_, err = a.Set(t.Context(), "A_1", vault.Text("2"))
	wantCode(t, err, vault.Denied)
	if _, err := a.Read(t.Context(), "A_1"); err != nil {
		t.Error(err)
	}
	fatal(t, a.Lock(t.Context())) // its own socket: the agent ends
	fatal(t, a.wait())
	if _, err := os.Lstat(f.socket); err == nil {
		t.Error("the socket stays")
	}
}
