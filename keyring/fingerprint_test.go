package keyring

import (
	"strings"
	"testing"

	"github.com/tacit-vault/tacit/crypto"
)

const (
	anSSHKey       = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
	itsFingerprint = "SHA256:tAXFyTXI8xtDaujAEcwJslAYc9/6FKcUkd2Lw0xDhPo" // ssh-keygen -l
)

// oddRecipients are what a vault made by another program may have in its slot
// table, and worse.
var oddRecipients = []string{
	"x", "x !", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAAA", " ", "!", "age1", "1",
	"\x1b[2J", "a\nb", "é", "\xff\xfe", strings.Repeat("é", 40), strings.Repeat("~", 4096), anSSHKey + " \x1b[2J",
}

func TestFingerprint(t *testing.T) {
	long := "age1pq1" + strings.Repeat("q", 100)
	for _, c := range []struct{ kind, recipient, want string }{
		{crypto.KindSSH, anSSHKey, itsFingerprint},
		{crypto.KindSSH, "", ""},
		{crypto.KindPassphrase, "", ""},
		{crypto.KindAge, "age1short", "age1short"},
		{crypto.KindAge, long, "age1pq1qqqqq… sha256:870c7ee36bace789"},
		{crypto.KindSSH, "x !", "x !… sha256:57e84e2b9e88c795"},
		{crypto.KindAge, "\x1b[2J", "?[2J… sha256:05704e8a84c06017"},
	} {
		if got := Fingerprint(c.kind, c.recipient); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.kind, c.recipient, got, c.want)
		}
	}
	// What is no SSH key never looks like one.
	for _, odd := range append(oddRecipients, itsFingerprint) {
		if got := Fingerprint(crypto.KindSSH, odd); strings.HasPrefix(got, "SHA256:") && !strings.Contains(got, "… sha256:") {
			t.Errorf("%q: %q", odd, got)
		}
	}
}

// FuzzFingerprint: whatever a slot table says, the fingerprint is a short line
// that can be shown.
func FuzzFingerprint(f *testing.F) {
	for _, kind := range []string{crypto.KindSSH, crypto.KindAge, KindPlugin, "evil"} {
		for _, odd := range append(oddRecipients, "", anSSHKey) {
			f.Add(kind, odd)
		}
	}
	f.Fuzz(func(t *testing.T, kind, recipient string) {
		got := Fingerprint(kind, recipient)
		if (got == "") != (recipient == "") || len(got) > maxFingerprint {
			t.Fatalf("%d bytes: %q", len(got), got)
		}
		if plain := strings.Replace(got, "…", "", 1); visible(plain) != plain {
			t.Fatalf("%q cannot be shown", got)
		}
	})
}
