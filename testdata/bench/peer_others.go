package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

var errEmpty = errors.New("it printed no value")

// fillKeePassXC imports all secrets into a database, whose key takes the least time to
// derive that keepassxc-cli allows: 100 ms.
func fillKeePassXC(b *bench) (rows, error) {
	xml, database := b.dir("keepass.xml"), b.dir("secrets.kdbx")
	if err := writeKeePass(xml, b.secrets); err != nil {
		return nil, err
	}
	if _, err := b.do("pw\npw\n", "keepassxc-cli", "import", "-q", "-p", "-t", "100", xml, database); err != nil {
		return nil, err
	}
	password := b.dir("password")
	if err := os.WriteFile(password, []byte("pw\n"), 0o600); err != nil {
		return nil, err
	}
	value, err := os.ReadFile(b.value)
	if err != nil {
		return nil, err
	}
	both := b.dir("password-and-value")
	if err := os.WriteFile(both, []byte("pw\n"+string(value)+"\n"), 0o600); err != nil {
		return nil, err
	}
	show := b.command("keepassxc-cli show", "keepassxc-cli", "show", "-q", "-s", "-a", "Password", database, b.name)
	show.stdin = password
	edit := b.command("keepassxc-cli edit", "keepassxc-cli", "edit", "-q", "-p", database, b.name)
	edit.stdin = both
	ls := b.command("keepassxc-cli ls", "keepassxc-cli", "ls", "-q", "-f", database)
	ls.stdin = password
	return rows{get: {show}, set: {edit}, list: {ls}}, nil
}

// dotenvxMost is how many secrets dotenvx gets at most: whatever it is asked, it opens
// all of them, and takes some ten milliseconds for each.
const dotenvxMost = 100

// fillDotenvx encrypts a file of variables, each of which it seals by itself.
func fillDotenvx(b *bench) (rows, error) {
	dir := b.dir("dotenvx")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, count := filepath.Join(dir, ".env"), min(b.secrets, dotenvxMost)
	name, of := nameOf(count/2), fmt.Sprintf(", of %d", count)
	if err := writeDotenv(file, count); err != nil {
		return nil, err
	}
	here := func(name string, args ...string) command {
		c := b.command(name, append([]string{"dotenvx"}, args...)...)
		c.dir = dir // it looks for its key there
		return c
	}
	if err := here("", "encrypt").try(b.env); err != nil {
		return nil, err
	}
	value, err := os.ReadFile(b.value)
	if err != nil {
		return nil, err
	}
	return rows{
		get:  {here("dotenvx get"+of, "get", name)},
		set:  {here("dotenvx set"+of, "set", name, string(value))},
		runs: {here(fmt.Sprintf("%d secrets, dotenvx run", count), "run", "-q", "--", b.nothing)},
	}, nil
}
