package vault_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/tacit-vault/tacit/vault"
)

func TestClient(t *testing.T) {
	t.Parallel()
	v := newFixture(t).open()
	set(t, v, "TEXT", "a\"<é")
	set(t, v, "OTHER", "x")
	if _, err := v.Set(t.Context(), "RAW", vault.Bytes([]byte{0xff})); err != nil {
		t.Fatal(err)
	}
	c := vault.NewClient(v)
	if got := c.GetUsedSecrets(); len(got) != 0 {
		t.Errorf("used before use: %v", got)
	}
	e, err := c.ReadSecret(t.Context(), "TEXT")
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if err := json.Unmarshal(e.Value, &text); err != nil || text != "a\"<é" {
		t.Errorf("got %s", e.Value)
	}
	const number = `{"n":12345678901234567890,"f":1.50}`
	e, err = c.UpdateSecret(t.Context(), vault.Entry{Key: "OTHER", Value: json.RawMessage(` {"n": 12345678901234567890, "f": 1.50} `)})
	if err != nil || string(e.Value) != number {
		t.Errorf("got %s, %v", e.Value, err)
	}
	if e, err = c.ReadSecret(t.Context(), "OTHER"); err != nil || string(e.Value) != number {
		t.Errorf("got %s, %v", e.Value, err)
	}
	if e, err = c.ReadSecret(t.Context(), "RAW"); err != nil || string(e.Value) != `{"$base64":"/w=="}` {
		t.Errorf("got %s, %v", e.Value, err)
	}
	if _, err = c.UpdateSecret(t.Context(), e); err != nil {
		t.Error(err)
	}
	if sec, err := v.Read(t.Context(), "RAW"); err != nil || string(sec.Value.Reveal()) != "\xff" {
		t.Errorf("bytes did not stay bytes: %v", err)
	}
	_, err = c.ReadSecret(t.Context(), "NONE")
	wantCode(t, err, vault.NotFound)
	_, err = c.UpdateSecret(t.Context(), vault.Entry{Key: "NONE", Value: json.RawMessage(`1`)})
	wantCode(t, err, vault.NotFound)
	_, err = c.UpdateSecret(t.Context(), vault.Entry{Key: "TEXT", Value: json.RawMessage(`{`)})
	wantCode(t, err, vault.InvalidValue)
	_, err = c.ReadSecret(t.Context(), "no such name")
	wantCode(t, err, vault.InvalidName)
	var e2 *vault.SecretError
	if !errors.As(err, &e2) {
		t.Errorf("%T is no SecretError", err)
	}
	var keys []string
	for _, u := range c.GetUsedSecrets() {
		keys = append(keys, u.Key+"="+string(u.Value))
	}
	want := []string{`TEXT="a\"<é"`, "OTHER=" + number, `RAW={"$base64":"/w=="}`}
	for i := range want {
		if len(keys) != len(want) || keys[i] != want[i] {
			t.Fatalf("used %v, want %v", keys, want)
		}
	}
}
