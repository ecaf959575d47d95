package crypto

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/scrypt"
)

// This is a second implementation of age's format, the sealing side only, by
// hand and from fixed inputs. Vectors are made with it, and with it an attacker
// who knows everything but a vault's derived keys makes records.

// fixed draws n bytes that are the same on every run: at most 32.
func fixed(use, name string, n int) []byte {
	sum := sha256.Sum256([]byte("tacit vector, " + use + ", " + name))
	return sum[:n]
}

// ageFile is everything that an age file is made of.
type ageFile struct {
	fileKey, nonce []byte // 16 bytes each
	stanzas        []*age.Stanza
	plaintext      []byte
}

func (f ageFile) marshal(t testing.TB) []byte {
	t.Helper()
	header := f.headerText()
	header = append(header, " "+base64.RawStdEncoding.EncodeToString(f.headerMAC(t))+"\n"...)
	return slices.Concat(header, f.nonce, f.payload(t))
}

// headerText is the part of the header that its MAC covers.
func (f ageFile) headerText() []byte {
	var b bytes.Buffer
	b.WriteString("age-encryption.org/v1\n")
	for _, s := range f.stanzas {
		b.WriteString("-> " + s.Type)
		for _, a := range s.Args {
			b.WriteString(" " + a)
		}
		b.WriteString("\n")
		body := base64.RawStdEncoding.EncodeToString(s.Body)
		for len(body) >= 64 {
			b.WriteString(body[:64] + "\n")
			body = body[64:]
		}
		b.WriteString(body + "\n")
	}
	b.WriteString("---")
	return b.Bytes()
}

func (f ageFile) headerMAC(t testing.TB) []byte {
	return hmacSum(derived(t, f.fileKey, nil, "header"), f.headerText())
}

func (f ageFile) payload(t testing.TB) []byte {
	var out []byte
	rest := f.plaintext
	for n := uint64(0); ; n++ {
		chunk := rest[:min(len(rest), chunkSize)]
		rest = rest[len(chunk):]
		out = append(out, sealedChunk(t, f.payloadKey(t), n, len(rest) == 0, chunk)...)
		if len(rest) == 0 {
			return out
		}
	}
}

func (f ageFile) payloadKey(t testing.TB) []byte { return derived(t, f.fileKey, f.nonce, "payload") }

// sealedChunk is one chunk of STREAM.
func sealedChunk(t testing.TB, key []byte, n uint64, last bool, chunk []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(nonce[3:], n)
	if last {
		nonce[11] = 1
	}
	return aeadSeal(t, key, nonce, chunk)
}

// x25519Stanza wraps a file key with a fixed ephemeral key.
func x25519Stanza(t testing.TB, recipient, ephemeral, fileKey []byte) *age.Stanza {
	t.Helper()
	private, err := ecdh.X25519().NewPrivateKey(ephemeral)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ecdh.X25519().NewPublicKey(recipient)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := private.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	share := private.PublicKey().Bytes()
	key := derived(t, secret, slices.Concat(share, recipient), "age-encryption.org/v1/X25519")
	return &age.Stanza{
		Type: "X25519",
		Args: []string{base64.RawStdEncoding.EncodeToString(share)},
		Body: aeadSeal(t, key, make([]byte, chacha20poly1305.NonceSize), fileKey),
	}
}

// scryptStanza wraps a file key with a passphrase and a fixed salt.
func scryptStanza(t testing.TB, passphrase string, salt []byte, logN int, logNText string, fileKey []byte) *age.Stanza {
	t.Helper()
	salted := append([]byte("age-encryption.org/v1/scrypt"), salt...)
	key, err := scrypt.Key([]byte(passphrase), salted, 1<<logN, 8, 1, chacha20poly1305.KeySize)
	if err != nil {
		t.Fatal(err)
	}
	return &age.Stanza{
		Type: "scrypt",
		Args: []string{base64.RawStdEncoding.EncodeToString(salt), logNText},
		Body: aeadSeal(t, key, make([]byte, chacha20poly1305.NonceSize), fileKey),
	}
}

func aeadSeal(t testing.TB, key, nonce, plaintext []byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return aead.Seal(nil, nonce, plaintext, nil)
}

func derived(t testing.TB, secret, salt []byte, info string) []byte {
	t.Helper()
	key, err := hkdf.Key(sha256.New, secret, salt, info, 32)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func hmacSum(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// What Seal makes, made again by hand of the same file key, nonce and stanza, is
// the same file.
func TestSealByHand(t *testing.T) {
	for _, suite := range suites {
		_, k := newKeys(t, suite)
		for _, size := range []int{0, 5, chunkSize, chunkSize + 1} {
			h, plaintext := testHeader(size), bytes.Repeat([]byte("x"), size)
			record, err := k.Seal(h, plaintext)
			if err != nil {
				t.Fatal(err)
			}
			stanzas, err := stanzasOf(record, maxHeaderText)
			if err != nil {
				t.Fatal(err)
			}
			fileKey, err := k.unwrap(stanzas[0])
			if err != nil {
				t.Fatal(err)
			}
			n, err := headerLen(record, maxHeaderText)
			if err != nil {
				t.Fatal(err)
			}
			ours := &age.Stanza{Type: "tacit", Args: h.args(), Body: bindingByHand(t, k, h, fileKey)}
			f := ageFile{fileKey, record[n : n+16], []*age.Stanza{stanzas[0], ours}, plaintext}
			if !bytes.Equal(f.marshal(t), record) {
				t.Errorf("%s, %d bytes: Seal makes another file", suite, size)
			}
		}
	}
}

// bindingByHand is the binding without any code of Seal's.
func bindingByHand(t testing.TB, k *Keys, h Header, fileKey []byte) []byte {
	t.Helper()
	var b []byte
	field := func(f []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	args := h.args()
	field([]byte("tacit/1/bind"))
	b = binary.BigEndian.AppendUint32(b, uint32(len(args)+2))
	field(k.id[:])
	for _, a := range args {
		field([]byte(a))
	}
	field(fileKey)
	return hmacSum(k.bind[:], b)
}
