package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fillPass makes a GnuPG key and a store with a file a secret. GnuPG encrypts them in
// one process, which is what `pass insert` does for each.
func fillPass(b *bench) (rows, error) {
	if err := os.MkdirAll(b.dir("gnupg"), 0o700); err != nil {
		return nil, err
	}
	if _, err := b.do("", "gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "bench", "default", "default", "never"); err != nil {
		return nil, err
	}
	if _, err := b.do("", "pass", "init", "bench"); err != nil {
		return nil, err
	}
	var files []string
	for name, value := range secrets(0, b.secrets) {
		file := filepath.Join(b.dir("store"), name)
		if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	for part := range slices.Chunk(files, 1000) {
		if _, err := b.do("", append([]string{"gpg", "--batch", "--quiet", "--trust-model", "always", "-r", "bench", "--encrypt-files"}, part...)...); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return nil, err
		}
	}
	insert := b.command("pass insert", "pass", "insert", "-m", "-f", b.name)
	insert.stdin = b.value
	return rows{
		get:  {b.command("pass show", "pass", "show", b.name)},
		set:  {insert},
		list: {b.command("pass ls", "pass", "ls")},
	}, nil
}

// fillGopass uses the store of pass, which comes before it.
func fillGopass(b *bench) (rows, error) {
	shown, err := b.do("", "gopass", "show", b.name)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(shown) == "" {
		return nil, errEmpty
	}
	return rows{
		get:  {b.command("gopass show", "gopass", "show", b.name)},
		list: {b.command("gopass ls", "gopass", "ls")},
	}, nil
}
