package keyring

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"

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
		if blob := sshBlob(recipient); blob != nil {
			sum := sha256.Sum256(blob)
			return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
		}
	case len(recipient) <= maxFingerprint && visible(recipient) == recipient:
		return recipient
	}
	sum := sha256.Sum256([]byte(recipient))
	return visible(recipient[:min(beginning, len(recipient))]) + "… sha256:" + hex.EncodeToString(sum[:8])
}

// sshBlob is what the base64 of an SSH public key says, in the one form that a slot
// table has it; nil for anything else. It is the key's type again, and one value for
// ed25519 or two for RSA, each behind its 32-bit length.
func sshBlob(recipient string) []byte {
	kind, text, _ := strings.Cut(recipient, " ")
	values := map[string]int{"ssh-ed25519": 1, "ssh-rsa": 2}[kind]
	blob, err := base64.StdEncoding.DecodeString(text)
	if err != nil || values == 0 || base64.StdEncoding.EncodeToString(blob) != text {
		return nil
	}
	rest := blob
	for n := range 1 + values {
		if len(rest) < 4 || uint64(len(rest)-4) < uint64(binary.BigEndian.Uint32(rest)) {
			return nil
		}
		end := 4 + int(binary.BigEndian.Uint32(rest))
		if n == 0 && string(rest[4:end]) != kind {
			return nil
		}
		rest = rest[end:]
	}
	if len(rest) > 0 {
		return nil
	}
	return blob
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
