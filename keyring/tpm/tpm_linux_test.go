package tpm

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-tpm/tpm2"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

// newTPM starts a TPM of its own for the test, and returns its device.
func newTPM(t testing.TB) string {
	t.Helper()
	program := keyringtest.Needs(t, "swtpm")
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server", "type=unixio,path="+socket,
		"--ctrl", "type=unixio,path="+filepath.Join(dir, "c"), "--flags", "startup-clear")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 18_000 { // three minutes, on a busy machine
		if c, err := net.Dial("unix", socket); err == nil { // it is there before it listens
			c.Close()
			return "unix:" + socket
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("swtpm did not start")
	return ""
}

// tpmSlot seals a slot to a TPM.
func tpmSlot(t testing.TB, device, pin string, pcrs ...int) (crypto.Slot, []byte) {
	t.Helper()
	lock, err := Kind{}.Lock(device, []byte(pin), pcrs)
	if err != nil {
		t.Fatal(err)
	}
	file, err := lock.Wrap([]byte("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	return crypto.Slot{ID: 1, Label: "tpm", Kind: lock.Kind(), Sum: crypto.Sum(file), Recipient: lock.Public()}, file
}

func TestTPM(t *testing.T) {
	device, other := newTPM(t), newTPM(t)
	for _, c := range []struct {
		pin  string
		pcrs []int
	}{{"", nil}, {"1234", nil}, {"", []int{7, 0}}, {"a long PIN of 32 bytes or fewer", []int{16}}} {
		slot, file := tpmSlot(t, device, c.pin, c.pcrs...)
		open := func(device string, typed ...string) error {
			ask := keyringtest.Pins(typed)
			got, err := Kind{}.Key(keyring.TPMOptions{Device: device, Ask: &ask}).Unwrap(t.Context(), slot, file)
			if err == nil && string(got) != "x\n" {
				t.Errorf("%+v: %q", c, got)
			}
			return err
		}
		if err := open(device, c.pin); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if err := open(device, "wrong", c.pin); err != nil {
			t.Errorf("%+v, the second PIN: %v", c, err)
		}
		if err := open(other, c.pin); !errors.Is(err, keyring.ErrUnavailable) || !strings.Contains(err.Error(), "not the TPM") {
			t.Errorf("%+v, another TPM: %v", c, err)
		}
		if err := open("unix:/nowhere", c.pin); !errors.Is(err, keyring.ErrUnavailable) || !strings.Contains(err.Error(), "no TPM") {
			t.Errorf("%+v, no TPM: %v", c, err)
		}
		if err := open(device); c.pin != "" && !errors.Is(err, keyring.ErrUnavailable) {
			t.Errorf("%+v, nobody to ask: %v", c, err)
		}
		pcrs, pin, ok := keyring.TPMBinding(slot.Recipient)
		if !ok || len(pcrs) != len(c.pcrs) || pin != (c.pin != "") {
			t.Errorf("%q: %v %v %v", slot.Recipient, pcrs, pin, ok)
		}
		if bytes.Contains(file, []byte("1234")) {
			t.Error("the PIN is in the slot")
		}
	}
}

// A slot that is bound to a register opens no more once it is another.
func TestTPMRegisters(t *testing.T) {
	device := newTPM(t)
	slot, file := tpmSlot(t, device, "", 16)
	key := Kind{}.Key(keyring.TPMOptions{Device: device})
	if _, err := key.Unwrap(t.Context(), slot, file); err != nil {
		t.Fatal(err)
	}
	extend(t, device, 16)
	if _, err := key.Unwrap(t.Context(), slot, file); !errors.Is(err, keyring.ErrUnavailable) || !strings.Contains(err.Error(), "[16]") {
		t.Errorf("%v", err)
	}
}

func extend(t *testing.T, device string, pcr uint32) {
	t.Helper()
	d, err := openTPM(device)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = tpm2.PCRExtend{
		PCRHandle: tpm2.AuthHandle{Handle: tpm2.TPMHandle(pcr), Auth: tpm2.PasswordAuth(nil)},
		Digests:   tpm2.TPMLDigestValues{Digests: []tpm2.TPMTHA{{HashAlg: tpm2.TPMAlgSHA256, Digest: make([]byte, 32)}}},
	}.Execute(d)
	if err != nil {
		t.Fatal(err)
	}
}

// Wrong PINs are told from right ones, and nothing is left loaded: a TPM has
// room for a few objects only.
func TestTPMWrongPIN(t *testing.T) {
	device := newTPM(t)
	slot, file := tpmSlot(t, device, "right")
	for range 4 {
		ask := keyringtest.Pins{"wrong", "wrong again", "and again"}
		_, err := (Kind{}).Key(keyring.TPMOptions{Device: device, Ask: &ask}).Unwrap(t.Context(), slot, file)
		if !errors.Is(err, keyring.ErrUnavailable) || strings.Contains(err.Error(), "wrong again") {
			t.Errorf("%v", err)
		}
	}
	d, err := openTPM(device)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, first := range []uint32{0x80000000, 0x02000000, 0x03000000} {
		r, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: first, PropertyCount: 10}.Execute(d)
		if err != nil {
			t.Fatal(err)
		}
		handles, err := r.CapabilityData.Data.Handles()
		if err != nil || len(handles.Handle) != 0 {
			t.Errorf("left in the TPM: %v, %v", handles, err)
		}
	}
}

func TestTPMLockRefuses(t *testing.T) {
	for _, c := range []struct {
		pin  string
		pcrs []int
	}{
		{strings.Repeat("x", 33), nil},
		{"", []int{24}},
		{"", []int{-1}},
		{"", []int{7, 7}},
		{"", []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
	} {
		if _, err := (Kind{}).Lock("", []byte(c.pin), c.pcrs); !errors.Is(err, keyring.ErrMalformed) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func FuzzTPMStanza(f *testing.F) {
	for _, seed := range []string{"", "\x00\x01x\x00\x01y", "\x00\x00\x00\x00", "\xff\xff"} {
		f.Add("v1", "0+7", "pin", []byte(seed))
		f.Add("v1", "-", "-", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, a, b, c string, body []byte) {
		k, err := parseSealed(&age.Stanza{Type: "tacit-tpm", Args: []string{a, b, c}, Body: body})
		if err != nil && !errors.Is(err, keyring.ErrMalformed) {
			t.Errorf("%v", err)
		}
		if err != nil {
			return
		}
		if _, _, ok := keyring.TPMBinding(keyring.TPMPublic(k.pcrs, k.pin)); !ok || len(body) > maxSealed {
			t.Errorf("%+v", k)
		}
	})
}

// A TPM's slot takes none of the community's test vectors, and says so in its classes.
func TestTPMCCTV(t *testing.T) {
	keyringtest.RefusesCCTV(t, Kind{}.Key(keyring.TPMOptions{Device: "/nowhere"}), crypto.Slot{Kind: crypto.KindTPM})
}

func BenchmarkTPM(b *testing.B) {
	device := newTPM(b)
	slot, file := tpmSlot(b, device, "")
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			tpmSlot(b, device, "")
		}
	})
	b.Run("unseal", func(b *testing.B) {
		for b.Loop() {
			if _, err := (Kind{}).Key(keyring.TPMOptions{Device: device}).Unwrap(context.Background(), slot, file); err != nil {
				b.Fatal(err)
			}
		}
	})
}
