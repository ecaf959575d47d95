package keyring

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/tacit-vault/tacit/crypto"
)

const (
	maxFingerprint = 64 // the longest public recipient that is shown whole
	beginning      = 12 // how much is shown of any other
)

// Fingerprint is a short form of a slot's public recipient, for people to
// compare: that of ssh-keygen -l for an SSH key, the recipient itself where it
// is short, else how it begins and the SHA-256 of it. "" where there is none.
// Whatever the recipient is, it is one line of printable characters: who made
// the vault may have meant harm.
func Fingerprint(kind, recipient string) string {
	switch {
	case recipient == "":
		return ""
	case kind == crypto.KindSSH:
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(recipient))
		if err == nil && publicLine(key) == recipient {
			return ssh.FingerprintSHA256(key)
		}
	case len(recipient) <= maxFingerprint && visible(recipient) == recipient:
		return recipient
	}
	sum := sha256.Sum256([]byte(recipient))
	return visible(recipient[:min(beginning, len(recipient))]) + "… sha256:" + hex.EncodeToString(sum[:8])
}

// visible is text with a ? for each byte that is not printable ASCII, which is
// all that a recipient has.
func visible(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

// PluginName is the name of the age plugin that a recipient is for; false where
// it is for none.
func PluginName(recipient string) (string, bool) {
	i := strings.LastIndexByte(recipient, '1')
	if !strings.HasPrefix(recipient, "age1") || i <= len("age1") {
		return "", false
	}
	name := recipient[len("age1"):i]
	return name, name != "pq"
}
