package keyring

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const canary = "canary-81c2e7"

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// quiet fails where the error holds the canary.
func quiet(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), canary) {
		t.Errorf("the error holds the secret: %v", err)
	}
}

// passphraseCases hold for every source.
var passphraseCases = []struct {
	name, in, want string
	err            error
}{
	{"plain", canary, canary, nil},
	{"one newline goes", canary + "\n", canary, nil},
	{"one newline of Windows goes", canary + "\r\n", canary, nil},
	{"one newline only", canary + "\n\n", canary + "\n", nil},
	{"a carriage return stays", canary + "\r", canary + "\r", nil},
	{"spaces stay", " " + canary + " \n", " " + canary + " ", nil},
	{"any bytes", "\x00\xff\n", "\x00\xff", nil},
	{"a byte order mark goes", "\ufeff" + canary + "\r\n", canary, nil},
	{"UTF-16, as PowerShell writes it", "\xff\xfep\x00\xfc\x00\r\x00\n\x00", "pü", nil},
	{"UTF-16, big-endian", "\xfe\xff\x00p", "p", nil},
	{"UTF-16 cut short", "\xff\xfep\x00x", "", ErrSource},
	{"UTF-16 of nothing", "\xff\xfe\r\x00\n\x00", "", ErrEmpty},
	{"UTF-16 too long", "\xff\xfe" + strings.Repeat("x\x00", maxPassphrase), "", ErrTooBig},
	{"empty", "", "", ErrEmpty},
	{"a newline", "\n", "", ErrEmpty},
	{"a newline of Windows", "\r\n", "", ErrEmpty},
	{"longest", strings.Repeat("x", maxPassphrase), strings.Repeat("x", maxPassphrase), nil},
	{"longest with a newline", strings.Repeat("x", maxPassphrase) + "\r\n", strings.Repeat("x", maxPassphrase), nil},
	{"too long", canary + strings.Repeat("x", maxPassphrase), "", ErrTooBig},
	{"too long by one", strings.Repeat("x", maxPassphrase+1), "", ErrTooBig},
	{"too long by one with a newline", strings.Repeat("x", maxPassphrase+1) + "\n", "", ErrTooBig},
	{"far too long", strings.Repeat("x", 1<<20), "", ErrTooBig},
}

func TestPassphraseFile(t *testing.T) {
	for _, c := range passphraseCases {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.in)
			got, err := PassphraseFile(path)
			if !errors.Is(err, c.err) || string(got) != c.want {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the error does not name the file: %v", err)
			}
			quiet(t, err)
		})
	}
}

func TestPassphraseFileRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := PassphraseFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := PassphraseFile(dir); !errors.Is(err, ErrSource) {
		t.Errorf("a folder: %v", err)
	}
}

func TestPassphraseFileTakesDashForAName(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("-", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := PassphraseFile("-"); err != nil || string(p) != "x" {
		t.Errorf("%q, %v", p, err)
	}
}

func TestReadErrorIsNotTheEnd(t *testing.T) {
	broken := errors.New("broken")
	r := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(canary)))
	if p, err := readPassphrase(r, "x"); err == nil || p != nil {
		t.Errorf("half a passphrase: %q", p)
	}
	if _, err := readPassphrase(iotest.ErrReader(broken), "x"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestBufferIsWiped(t *testing.T) {
	var b buffer
	if _, err := b.ReadFrom(strings.NewReader(canary)); err != nil {
		t.Fatal(err)
	}
	b.wipe()
	if bytes.Contains(b.data[:], []byte("canary")) {
		t.Error("the passphrase is still there")
	}
}
