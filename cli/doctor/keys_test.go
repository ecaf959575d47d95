package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/kinds"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/health"
)

// newDoctor is a doctor with an environment of its own.
func newDoctor(env map[string]string) *doctor {
	app := frame.New()
	app.Kinds = kinds.All()
	app.Env = func(name string) string { return env[name] }
	return &doctor{s: &frame.Session{App: app}}
}

// Each way in that is no file and nothing to type is looked for, where it is not
// there: what is missing is named, with the command that brings it back, and with
// the one for a slot that is of no use here.
func TestDoctorProbes(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(bin, "bus"))
	tpm := map[string]string{"TACIT_TPM": "unix:" + filepath.Join(bin, "tpm")}
	for _, c := range []struct {
		kind, recipient string
		env             map[string]string
		message, remedy string // "": nothing is told
		linux           bool
	}{
		{kind: keyring.KindPlugin, recipient: "age1toy1qqq", message: "age-plugin-toy is not in PATH", remedy: "install age-plugin-toy, or put its folder on the PATH"},
		{kind: keyring.KindPlugin, recipient: "age1$(x)1qqq", message: "is not in PATH", remedy: "install 'age-plugin-$(x)', or"},
		{kind: keyring.KindPlugin},
		{kind: keyring.KindTPM, env: tpm, message: "there is no TPM here", remedy: "unset TACIT_TPM", linux: true},
		{kind: keyring.KindKeyring, recipient: "age1x", message: "there is no session bus", remedy: "export DBUS_SESSION_BUS_ADDRESS=", linux: true},
	} {
		if c.linux && runtime.GOOS != "linux" {
			continue
		}
		d := newDoctor(c.env)
		err := d.probe(t.Context(), vault.SlotInfo{Label: "mine", Kind: c.kind, Recipient: c.recipient})
		if c.message == "" {
			if err != nil || len(d.found) > 0 {
				t.Errorf("%s: %v, %+v", c.kind, err, d.found)
			}
			continue
		}
		if !errors.Is(err, keyring.ErrUnavailable) || len(d.found) != 1 {
			t.Fatalf("%s: %v, %+v", c.kind, err, d.found)
		}
		f := d.found[0]
		if f.Check != c.kind || f.Level != health.Advice || f.Fix != nil || !strings.HasPrefix(f.Message, "the key of the slot mine cannot be had now: ") ||
			!strings.Contains(f.Message, c.message) || !strings.Contains(failure.GivenPaths{}.Say(f.Remedy), c.remedy) || !strings.HasSuffix(failure.GivenPaths{}.Say(f.Remedy), "tacit key remove mine") {
			t.Errorf("%s: %+v", c.kind, f)
		}
	}
}

// A plugin that is there is found, and not run.
func TestDoctorFindsPlugin(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script is no program here")
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	slot := vault.SlotInfo{Label: "mine", Kind: keyring.KindPlugin, Recipient: "age1toy1qqq"}
	program := filepath.Join(bin, "age-plugin-toy")
	for _, mode := range []os.FileMode{0o600, 0o700} {
		if err := os.WriteFile(program, []byte("#!/bin/sh\n: >"+bin+"/ran\n"), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(program, mode); err != nil {
			t.Fatal(err)
		}
		d := newDoctor(nil)
		if err := d.probe(t.Context(), slot); (err == nil) != (mode == 0o700) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := os.Stat(filepath.Join(bin, "ran")); err == nil {
		t.Error("it was run")
	}
}

// What the keyring and the TPM can fail at is told apart, each with its own way
// out.
func TestDoctorRemedies(t *testing.T) {
	seen := map[string]error{}
	for _, c := range []struct {
		kind string
		errs []error
	}{
		{keyring.KindKeyring, []error{keyring.ErrNoBus, keyring.ErrNoService, keyring.ErrKeyringLocked, keyring.ErrNotInKeyring, keyring.ErrNoKeyring}},
		{keyring.KindTPM, []error{fs.ErrNotExist, fs.ErrPermission, syscall.EBUSY}},
	} {
		for _, err := range c.errs {
			d := newDoctor(nil)
			way := failure.GivenPaths{}.Say(d.remedy(vault.SlotInfo{Label: "mine", Kind: c.kind}, fmt.Errorf("%w: %w", keyring.ErrUnavailable, err)))
			if other, ok := seen[way]; ok {
				t.Errorf("%v and %v: %s", err, other, way)
			}
			seen[way] = err
		}
	}
}

// An identity file that needs plugins: each that is missing is a fault, once.
func TestDoctorIdentityPlugins(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	path := filepath.Join(dir, "id")
	text := "# mine\nAGE-PLUGIN-TOY-1JCS0Q9\nAGE-PLUGIN-TOY-1HDAXN9\r\nAGE-PLUGIN-A-B-1QQ\nAGE-PLUGIN--1\nage1toy1qq\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDoctor(nil)
	if d.plugins(path); len(d.found) != 2 {
		t.Fatalf("%+v", d.found)
	}
	for i, name := range []string{"age-plugin-toy", "age-plugin-a-b"} {
		f := d.found[i]
		if f.Level != health.Fault || !strings.Contains(f.Message, name) || !strings.Contains(failure.GivenPaths{}.Say(f.Remedy), "install "+name) || strings.Contains(f.Message, "JCS0Q9") {
			t.Errorf("%+v", f)
		}
	}
	d.found = nil
	if d.plugins(filepath.Join(dir, "none")); d.found != nil {
		t.Errorf("%+v", d.found)
	}
}
