package crypto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestRedacted(t *testing.T) {
	id, err := ParseIdentity(vectorX25519)
	if err != nil {
		t.Fatal(err)
	}
	k := vectorKeysOf(t, X25519)
	p := newPassphrase(t, "SECRET-KEY")
	f, err := Identities("test", strings.NewReader(vectorOtherX25519))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"identity": id, "identity value": *id, "keys": k, "passphrase": p, "passphrase value": *p,
		"identity file": f, "identity file value": *f,
		"inside": struct {
			ID   *Identity
			Keys *Keys
			P    Passphrase
		}{id, k, *p},
		"slice": []any{id, k, p, f},
	} {
		j, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		for _, printed := range []string{
			string(j), log.String(), fmt.Sprint(v), fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v),
			fmt.Sprintf("%s", v), fmt.Sprintf("%q", v), fmt.Sprintf("%x", v), fmt.Sprintf("%d", v),
		} {
			if !strings.Contains(printed, "[redacted]") {
				t.Errorf("%s prints as %q", name, printed)
			}
			for _, secret := range []any{"SECRET-KEY", []byte("SECRET-KEY"), fmt.Sprintf("%x", "SECRET-KEY"), k.bind[:4]} {
				if strings.Contains(printed, strings.Trim(fmt.Sprint(secret), "[]")) {
					t.Errorf("%s prints as %q", name, printed)
				}
			}
		}
	}
}
