package crypto

import (
	"bytes"
	"strings"
	"testing"
)

type badVaultFile struct{ text, want string }

// badVaultFiles are what a reader of VAULT has to refuse, made of a plain one
// and of one with features.
func badVaultFiles(plain, features string) []badVaultFile {
	edit := strings.Replace
	return []badVaultFile{
		{"", "malformed"},
		{"\n", "malformed"},
		{"tacit-vault\n", "malformed"},
		{edit(plain, "vault 1", "vault 2", 1), "newer"},
		{"tacit-vault 2\nanything at all", "newer"},
		{edit(plain, "vault 1", "vault 0", 1), "newer"},
		{edit(plain, "vault 1", "vault 01", 1), "malformed"},
		{edit(plain, "vault 1", "vault  1", 1), "malformed"},
		{edit(plain, "vault 1", "vault 1 ", 1), "malformed"},
		{edit(plain, "vault 1", "vault -1", 1), "malformed"},
		{edit(plain, "\n", "\r\n", -1), "malformed"},
		{strings.TrimSuffix(plain, "\n"), "malformed"},
		{plain + "\n", "malformed"},
		{plain + "other x\n", "malformed"},
		{edit(plain, "0a0b", "0A0B", 1), "malformed"},
		{edit(plain, "0a0b", "0a0", 1), "malformed"},
		{edit(plain, "id ", "id  ", 1), "malformed"},
		{edit(plain, "Z\n", "+00:00\n", 1), "malformed"},
		{edit(plain, "Z\n", ".5Z\n", 1), "malformed"},
		{edit(plain, "2026-01-01", "2026-02-30", 1), "malformed"},
		{edit(plain, "2026", "12026", 1), "malformed"},
		{edit(features, "compatible a\nincompatible b", "compatible b\nincompatible a", 1), "malformed"},
		{edit(features, "incompatible b", "incompatible a", 1), "malformed"},
		{edit(features, "compatible x-1", "compatible X-1", 1), "malformed"},
		{edit(features, "compatible x-1", "compatible ", 1), "malformed"},
		{edit(features, "compatible x-1", "compatible "+strings.Repeat("x", 41), 1), "malformed"},
		{edit(features, "incompatible a\nincompatible b\ncompatible x-1", "compatible x-1\nincompatible a", 1), "malformed"},
	}
}

func TestVaultFileLimit(t *testing.T) {
	var many []string
	for i := range 200 {
		many = append(many, strings.Repeat("x", i%30+1)+strings.Repeat("y", i/30))
	}
	b := VaultFile{Compatible: many}.Marshal()
	if _, err := ParseVaultFile(b); errorName(err) != "limit" {
		t.Errorf("%d bytes: %v", len(b), err)
	}
	if _, err := ParseVaultFile(bytes.Repeat([]byte("x"), 10_000)); errorName(err) != "malformed" {
		t.Error(err)
	}
}

func FuzzParseVaultFile(f *testing.F) {
	var kept []vaultFileVector
	readVectors(f, "vaultfile.json", &kept)
	seed(f, kept, func(v vaultFileVector) []byte { return []byte(v.Text) })
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseVaultFile(b)
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		if !bytes.Equal(v.Marshal(), b) {
			t.Error("two spellings of one VAULT")
		}
	})
}
