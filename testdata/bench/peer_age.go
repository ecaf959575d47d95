package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fillAge encrypts one secret to the identity that tacit made: age has no more than files.
func fillAge(b *bench) (rows, error) {
	recipient, err := b.do("", "age-keygen", "-y", b.identity)
	if err != nil {
		return nil, err
	}
	to := filepath.Join(b.work, "recipient")
	if err := os.WriteFile(to, []byte(recipient), 0o600); err != nil {
		return nil, err
	}
	sealed := filepath.Join(b.work, "secret.age")
	if _, err := b.do("", "age", "-e", "-R", to, "-o", sealed, b.value); err != nil {
		return nil, err
	}
	encrypt := b.command("age -e", "age", "-e", "-R", to, "-o", filepath.Join(b.work, "new.age"))
	encrypt.stdin = b.value
	return rows{
		get: {b.command("age -d", "age", "-d", "-i", b.identity, sealed)},
		set: {encrypt},
	}, nil
}

// fillSOPS makes one JSON file of all secrets.
func fillSOPS(b *bench) (rows, error) {
	recipient, err := b.do("", "age-keygen", "-y", b.identity)
	if err != nil {
		return nil, err
	}
	sealed := filepath.Join(b.work, "sops.json")
	text, err := b.do("", "sops", "encrypt", "--age", strings.TrimSpace(recipient), b.json)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(sealed, []byte(text), 0o600); err != nil {
		return nil, err
	}
	key := `["` + b.name + `"]`
	set1 := b.command("sops set", "sops", "set", "--value-stdin", sealed, key)
	set1.stdin = filepath.Join(b.work, "value.json")
	value, err := os.ReadFile(b.value)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(set1.stdin, []byte(`"`+string(value)+`"`), 0o600); err != nil {
		return nil, err
	}
	return rows{
		get:  {b.command("sops decrypt", "sops", "decrypt", "--extract", key, sealed)},
		set:  {set1},
		runs: {b.command(fmt.Sprintf("%d secrets, sops exec-env", b.secrets), "sops", "exec-env", "--same-process", sealed, "true")},
	}, nil
}
