package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// listing is the text of an example: a name and its bytes in hex a step.
type listing struct{ strings.Builder }

func (l *listing) title(text string) { fmt.Fprintf(l, "\n%s\n\n", text) }

func (l *listing) text(name, value string) { fmt.Fprintf(l, "%-15s %s\n", name, value) }

func (l *listing) bytes(name string, b []byte) {
	for chunk := range slices.Chunk(b, 32) {
		l.text(name, hex.EncodeToString(chunk))
		name = ""
	}
}

// The worked example of docs/format.md: one record, step by step, from an identity
// to the file. It is made without the code that it explains, which then has to
// open it.
func TestExample(t *testing.T) {
	var l listing
	l.WriteString("A record of the format, step by step. Bytes are in hex, 32 a line.\n")

	l.title("1. From the vault identity to the derived keys")
	id := vectorVault
	l.text("identity", vectorX25519)
	l.bytes("vault id", id[:])
	keys := map[string][]byte{}
	for _, use := range []string{"bind", "head", "sign", "backup"} {
		keys[use] = derived(t, []byte(vectorX25519), id[:], "tacit/1/x25519/"+use)
		l.bytes("K_"+use, keys[use])
	}
	l.bytes("pin", ed25519.NewKeyFromSeed(keys["sign"])[32:])

	l.title("2. age's X25519 stanza holds the file key")
	scalar, point := exampleIdentity(t)
	fileKey, ephemeral := fixed("file key", "example", 16), fixed("ephemeral", "example", 32)
	own := x25519Stanza(t, point, ephemeral, fileKey)
	l.bytes("scalar", scalar)
	l.bytes("recipient", point)
	l.bytes("file key", fileKey)
	l.bytes("ephemeral", ephemeral)
	l.text("argument", own.Args[0])
	l.bytes("body", own.Body)

	l.title("3. Our stanza binds the record to vault, name and version")
	plaintext := []byte("correct horse battery staple")
	args := strings.Fields("v1 DB_PASSWORD 2 41 0102030405060708 text 28 1767225600")
	prev := Sum([]byte("the version before"))
	args = append(args, base64.RawURLEncoding.EncodeToString(prev[:]), "note=primary%2C%20eu", "url=")
	bound := exampleBound(id[:], args, fileKey)
	binding := hmacSum(keys["bind"], bound)
	for _, arg := range args {
		l.text("argument", arg)
	}
	l.bytes("encoded", bound)
	l.bytes("body", binding)

	l.title("4. age's header, its MAC, and the payload")
	f := ageFile{
		fileKey, fixed("nonce", "example", 16),
		[]*age.Stanza{own, {Type: "tacit", Args: args, Body: binding}},
		plaintext,
	}
	l.bytes("MAC key", derived(t, fileKey, nil, "header"))
	l.bytes("MAC", f.headerMAC(t))
	l.bytes("nonce", f.nonce)
	l.bytes("payload key", f.payloadKey(t))
	l.bytes("plaintext", plaintext)
	l.bytes("payload", f.payload(t))

	l.title("5. The record")
	record := f.marshal(t)
	header := record[:len(record)-len(f.nonce)-len(f.payload(t))]
	l.Write(header)
	l.WriteString("(then, binary, the nonce and the payload)\n\n")
	l.bytes("record", record)
	sum := Sum(record)
	l.bytes("SHA-256", sum[:])

	compareFile(t, filepath.Join("testdata", "example.txt"), []byte(l.String()))

	k := vectorKeys(t, vectorX25519, id)
	if !bytes.Equal(k.bind[:], keys["bind"]) || !bytes.Equal(k.head[:], keys["head"]) || !bytes.Equal(k.seed[:], keys["sign"]) {
		t.Error("Unlock derives other keys")
	}
	h, opened, err := k.Open(record)
	if err != nil || !bytes.Equal(opened, plaintext) || !slices.Equal(h.args(), args) {
		t.Errorf("Open: %v, %q", err, opened)
	}
}

// exampleIdentity decodes the identity: Bech32, whose data part without the last
// six characters is 52 times five bits, and the last four of them zero.
func exampleIdentity(t *testing.T) (scalar, point []byte) {
	t.Helper()
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	data := strings.TrimPrefix(vectorX25519, "AGE-SECRET-KEY-1")
	var bits, n uint
	for _, c := range data[:len(data)-6] {
		bits, n = bits<<5|uint(strings.IndexRune(alphabet, c)), n+5
		if n >= 8 {
			scalar, n = append(scalar, byte(bits>>(n-8))), n-8
		}
	}
	private, err := ecdh.X25519().NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	return scalar, private.PublicKey().Bytes()
}

// exampleBound is enc("tacit/1/bind", vault id, every argument, file key).
func exampleBound(id []byte, args []string, fileKey []byte) []byte {
	fields := [][]byte{id}
	for _, arg := range args {
		fields = append(fields, []byte(arg))
	}
	fields = append(fields, fileKey)
	u32 := func(n int) []byte { return []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }
	b := slices.Concat(u32(len("tacit/1/bind")), []byte("tacit/1/bind"), u32(len(fields)))
	for _, f := range fields {
		b = slices.Concat(b, u32(len(f)), f)
	}
	return b
}
