// Package keyringtest has what the tests of keyring and of the kinds of keys below it
// share.
package keyringtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

// Pins is a person who types one answer after the other: a keyring.Asker.
type Pins []string

// Secret is the next answer.
func (p *Pins) Secret(context.Context, string) ([]byte, error) {
	if len(*p) == 0 {
		return nil, fmt.Errorf("%w: nobody is left", crypto.ErrUnavailable)
	}
	pin := (*p)[0]
	*p = (*p)[1:]
	return []byte(pin), nil
}

// Confirm says yes.
func (p *Pins) Confirm(context.Context, string, string, string) (bool, error) { return true, nil }

// Tell says nothing back.
func (p *Pins) Tell(string) {}

// Needs finds a program that is not ours.
func Needs(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("TACIT_TEST_FOREIGN") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// Run runs a program that is not ours, and gives back what it said.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(Needs(t, name), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return string(out)
}

// Sealed is a slot that a lock made, with "x" in it.
func Sealed(t testing.TB, l crypto.Lock) (crypto.Slot, []byte) {
	t.Helper()
	file, err := l.Wrap([]byte("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	return crypto.Slot{ID: 1, Label: "slot", Kind: l.Kind(), Sum: crypto.Sum(file), Recipient: l.Public()}, file
}
