package transfer

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// What an editor or PowerShell saves in UTF-16 is read as in UTF-8.
func TestUTF16(t *testing.T) {
	for name, in := range map[string]string{
		"csv":     "name,url,username,password\nMail,,,pä𝄞\n",
		"keepass": keepassEntry("Title", "Mail", "Password", "pä𝄞"),
	} {
		wide := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(in)) {
			wide = binary.LittleEndian.AppendUint16(wide, unit)
		}
		r, err := managers[name].read(string(wide), Entries{})
		if err != nil || len(r.Items) != 1 || string(r.Items[0].Value.Reveal()) != "pä𝄞" {
			t.Errorf("%s: %v, %v", name, r.Items, err)
		}
	}
	r, err := ReadDotenv(strings.NewReader("\xfe\xff\x00A\x00=\x001"))
	if err != nil || len(r.Items) != 1 || string(r.Items[0].Value.Reveal()) != "1" {
		t.Errorf("%v, %v", r.Items, err)
	}
}

// An address is one with a scheme or without.
func TestHostOfAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example/x": "a.example", "a.example/login": "a.example", "localhost:8080": "localhost",
		"androidapp://com.a": "com.a", "mailto:x": "", "": "",
	} {
		var e entry
		if e.noteHost(address); e.host != want {
			t.Errorf("%q: %q, want %q", address, e.host, want)
		}
	}
}
