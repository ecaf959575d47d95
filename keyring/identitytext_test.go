package keyring

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"
)

// A key file that an editor or PowerShell has saved opens as before.
func TestIdentityFileWithAMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "id.txt")
	recipient, err := CreateIdentityFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(string(text))) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	for _, data := range [][]byte{append([]byte("\ufeff"), text...), wide} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := IdentityFile(path, FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		opensSlot(t, id, recipient)
	}
}
