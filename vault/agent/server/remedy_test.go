//go:build linux || darwin || freebsd

package server

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/agent/wire"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// The way out of a failure goes over the wire as data, what its code has as well as
// what it names, and in words where somebody spells it.
func TestRemedyOnTheWire(t *testing.T) {
	t.Parallel()
	s := &server{o: Options{Spell: func(r remedy.Remedy) string { return "do " + string(r.Action) }}}
	for _, c := range []struct {
		err  *vault.SecretError
		want string
	}{
		{&vault.SecretError{Code: vault.NotFound, Op: "read", Key: "A"}, `"hint":"do find_secret","remedy":{"name":"find_secret","objects":[{"kind":"secret","name":"A"}]}`},
		{
			&vault.SecretError{Code: vault.Busy, Op: "open", Remedy: remedy.To(remedy.Wait).OrElse(remedy.To(remedy.TryAgain))},
			`"hint":"do wait","remedy":{"name":"wait","or":{"name":"try_again"}}`,
		},
	} {
		doc := s.errorJSON("x", c.err)
		if !strings.Contains(string(doc), c.want) {
			t.Errorf("%s, want %s", doc, c.want)
		}
		var body wire.ErrorBody
		if err := json.Unmarshal(doc, &body); err != nil {
			t.Fatal(err)
		}
		var got *vault.SecretError
		if err := body.Error.Err(); !errors.As(err, &got) || !sameError(got, c.err) {
			t.Errorf("%v arrives as %v", c.err, got)
		}
	}
	if doc := new(server).errorJSON("x", &vault.SecretError{Code: vault.NotFound}); strings.Contains(string(doc), "hint") {
		t.Errorf("without anybody who spells: %s", doc)
	}
}
