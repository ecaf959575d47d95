package oskeyring

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/keyring"
	"github.com/tacit-vault/tacit/keyring/keyringtest"
)

// busConfig is a session bus that starts no services.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`

// ready waits until the bus has a secret service, without asking for one: the bus would
// start another.
const ready = `n=0; until dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus ` +
	`org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q "boolean true" || [ $n = 1800 ]; do sleep 0.1; n=$((n + 1)); done; `

// TestOSKeyring runs TestInOSKeyring with a keyring of its own in each state
// that one can be in: a real gnome-keyring on a bus of its own.
func TestOSKeyring(t *testing.T) {
	keyringtest.Needs(t, "dbus-run-session")
	keyringtest.Needs(t, "gnome-keyring-daemon")
	for state, start := range map[string]string{
		"unlocked":   `printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; ` + ready,
		"locked":     `printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; ` + ready + `"$LOCKER" -test.run='^TestLockOSKeyring$' >/dev/null || exit;`,
		"no service": ``,
		"no bus":     ``,
	} {
		t.Run(state, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{}
			if state == "no service" {
				config := filepath.Join(dir, "bus.conf")
				if err := os.WriteFile(config, []byte(busConfig), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--config-file", config)
			}
			args = append(args, "--", "sh", "-c", start+` exec "$LOCKER" -test.run='^TestInOSKeyring$' -test.v`)
			cmd := exec.Command("dbus-run-session", args...)
			if state == "no bus" {
				cmd = exec.Command(os.Args[0], "-test.run=^TestInOSKeyring$", "-test.v")
			}
			cmd.Env = []string{
				"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "LOCKER=" + os.Args[0],
				"TACIT_TEST_KEYRING=" + state, "TMPDIR=" + os.TempDir(),
			}
			cmd.WaitDelay = time.Minute
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestInOSKeyring") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestLockOSKeyring locks the login keyring, by the secret service's own words.
func TestLockOSKeyring(t *testing.T) {
	if os.Getenv("TACIT_TEST_KEYRING") == "" {
		t.Skip("TestOSKeyring runs it")
	}
	out, err := exec.Command("dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
		"org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/collection/login").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// account is the name that docs/format.md gives to the key of a recipient.
func account(recipient string) string {
	sum := sha256.Sum256([]byte(recipient))
	return hex.EncodeToString(sum[:16])
}

// TestInOSKeyring runs with the session bus that TestOSKeyring gives it.
func TestInOSKeyring(t *testing.T) {
	want, ok := map[string]error{"unlocked": nil, "locked": keyring.ErrKeyringLocked, "no service": keyring.ErrNoService, "no bus": keyring.ErrNoBus}[os.Getenv("TACIT_TEST_KEYRING")]
	if !ok {
		t.Skip("TestOSKeyring runs it")
	}
	probeTime = time.Minute
	if want == nil { // nobody waits for a password
		osTime = time.Minute
	}
	ctx, kinds := t.Context(), keyring.Kinds{OSKeyring: Kind{}}
	for _, pq := range []bool{false, true} {
		recipient, err := kinds.NewOSKey(ctx, pq)
		if !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
		if want != nil {
			if err := kinds.ProbeOSKey(ctx, "age1x"); !errors.Is(err, want) && !(want == keyring.ErrKeyringLocked && errors.Is(err, keyring.ErrNotInKeyring)) {
				t.Errorf("probing: %v", err)
			}
			slot := crypto.Slot{ID: 1, Label: "keyring", Kind: crypto.KindKeyring, Recipient: "age1x"}
			if _, err := kinds.OSKey().Unwrap(ctx, slot, nil); !errors.Is(err, want) || !errors.Is(err, keyring.ErrUnavailable) {
				t.Errorf("opening: %v", err)
			}
			return
		}
		lock, err := keyring.LockSpec{Kind: crypto.KindKeyring, Recipient: recipient}.Lock(keyring.LockOptions{})
		if err != nil || lock.Kind() != crypto.KindKeyring || lock.PostQuantum() != pq || lock.Public() != recipient {
			t.Fatalf("%+v, %v", lock, err)
		}
		if err := kinds.ProbeOSKey(ctx, recipient); err != nil {
			t.Errorf("probing a key that is there: %v", err)
		}
		slot, file := keyringtest.Sealed(t, lock)
		if got, err := kinds.OSKey().Unwrap(ctx, slot, file); err != nil || string(got) != "x\n" {
			t.Errorf("%q, %v", got, err)
		}
		// Stock age opens it by what anybody can look up.
		if program, err := exec.LookPath("secret-tool"); err == nil {
			secret, err := exec.Command(program, "lookup", "service", "tacit", "username", account(recipient)).Output()
			if err != nil {
				t.Fatal(err)
			}
			ids, err := age.ParseIdentities(bytes.NewReader(secret))
			if err == nil {
				_, err = age.Decrypt(bytes.NewReader(file), ids...)
			}
			if err != nil {
				t.Errorf("age: %v", err)
			}
		}
		if err := errors.Join(kinds.ForgetOSKey(ctx, recipient), kinds.ForgetOSKey(ctx, recipient)); err != nil {
			t.Error(err)
		}
		if err := kinds.ProbeOSKey(ctx, recipient); !errors.Is(err, keyring.ErrNotInKeyring) {
			t.Errorf("probing a key that was removed: %v", err)
		}
		if _, err := kinds.OSKey().Unwrap(ctx, slot, file); !errors.Is(err, keyring.ErrNotInKeyring) {
			t.Errorf("a key that was removed: %v", err)
		}
	}
}
