package keyring

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// maxFingerprint is the longest public recipient that is shown whole.
const maxFingerprint = 64

// Fingerprint is a short form of a slot's public recipient, for people to
// compare: that of ssh-keygen -l for an SSH key, the recipient itself where it
// is short, else how it begins and the SHA-256 of it. "" where there is none.
func Fingerprint(kind, recipient string) string {
	switch {
	case kind == crypto.KindSSH:
		_, blob, _ := strings.Cut(recipient, " ")
		if b, err := base64.StdEncoding.DecodeString(blob); err == nil {
			sum := sha256.Sum256(b)
			return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
		}
	case len(recipient) <= maxFingerprint:
		return recipient
	}
	sum := sha256.Sum256([]byte(recipient))
	return recipient[:12] + "… sha256:" + hex.EncodeToString(sum[:8])
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
