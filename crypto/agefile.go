package crypto

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
)

// Opening an age file is done here for speed: age.Decrypt reads through a
// buffer of 64 KiB for each file and multiplies twice on the curve. age still
// parses the header and verifies its MAC; only the X25519 stanza and a payload of
// a single chunk are opened directly. The test vectors of age hold both ways to
// the same verdicts.

const (
	chunkSize       = 64 << 10 // plaintext bytes of a chunk of the payload
	streamNonceSize = 16
)

// unwrapper is an age.Identity made of a function that remembers how it went.
type unwrapper struct {
	unwrap func([]*age.Stanza) ([]byte, error)
	called bool
	err    error
}

func (u *unwrapper) Unwrap(stanzas []*age.Stanza) (fileKey []byte, err error) {
	u.called = true
	fileKey, u.err = u.unwrap(stanzas)
	return fileKey, u.err
}

// openAge opens an age file whose header is at most maxText bytes of text.
// Nothing of the plaintext is returned with an error. An error of unwrap comes
// back as it is, others wrap ErrMalformed, ErrLimit (the header) or ErrForged.
func openAge(file []byte, maxText int, unwrap func([]*age.Stanza) ([]byte, error)) ([]byte, error) {
	n, err := headerLen(file, maxText)
	if err != nil {
		return nil, err
	}
	u := unwrapper{unwrap: unwrap}
	fileKey, err := age.DecryptHeader(file[:n], &u)
	switch {
	case u.err != nil:
		return nil, u.err
	case err != nil && u.called:
		return nil, fmt.Errorf("%w: the MAC of the header does not verify", ErrForged)
	case err != nil:
		// age's text quotes the file, at any length.
		return nil, fmt.Errorf("%w: not an age file", ErrMalformed)
	}
	defer clear(fileKey)
	payload := file[n:]
	if len(payload) < streamNonceSize+tagSize {
		return nil, fmt.Errorf("%w: the payload is cut short", ErrMalformed)
	}
	if len(payload) <= streamNonceSize+chunkSize+tagSize {
		return openChunk(fileKey, payload)
	}
	return openChunks(fileKey, file)
}

// payloadKey is the cipher of a payload, which begins with a nonce.
func payloadKey(fileKey, nonce []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, fileKey, nonce, "payload", chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("the key of the payload: %w", err)
	}
	defer clear(key)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("the key of the payload: %w", err)
	}
	return aead, nil
}

// sealChunks appends a payload to a file that ends with the payload's nonce. age's writer
// keeps the plaintext in a buffer, and leaves it in memory where that has to grow.
func sealChunks(file, fileKey, plaintext []byte) ([]byte, error) {
	aead, err := payloadKey(fileKey, file[len(file)-streamNonceSize:])
	if err != nil {
		return nil, err
	}
	// STREAM: eleven bytes of counter, then 1 for the last chunk.
	var nonce [chacha20poly1305.NonceSize]byte
	for n := uint64(0); ; n++ {
		binary.BigEndian.PutUint64(nonce[len(nonce)-9:], n)
		chunk := plaintext[:min(len(plaintext), chunkSize)]
		if plaintext = plaintext[len(chunk):]; len(plaintext) == 0 {
			nonce[len(nonce)-1] = 1
		}
		file = aead.Seal(file, nonce[:], chunk, nil)
		if len(plaintext) == 0 {
			return file, nil
		}
	}
}

// openChunk opens a payload of one chunk, which is both the first and the last.
func openChunk(fileKey, payload []byte) ([]byte, error) {
	aead, err := payloadKey(fileKey, payload[:streamNonceSize])
	if err != nil {
		return nil, err
	}
	nonce := [chacha20poly1305.NonceSize]byte{chacha20poly1305.NonceSize - 1: 1}
	plaintext, err := aead.Open(nil, nonce[:], payload[streamNonceSize:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the payload does not verify", ErrForged)
	}
	return plaintext, nil
}

// openChunks leaves a longer payload to age.
func openChunks(fileKey, file []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(file), age.NewInjectedFileKeyIdentity(fileKey))
	if err != nil {
		return nil, fmt.Errorf("%w: the payload does not verify", ErrForged)
	}
	plaintext := bytes.NewBuffer(make([]byte, 0, len(file)))
	if _, err := io.Copy(plaintext, r); err != nil {
		clear(plaintext.Bytes())
		return nil, fmt.Errorf("%w: the payload does not verify", ErrForged)
	}
	return plaintext.Bytes(), nil
}

// unwrap opens the stanza of the vault identity. The error is
// age.ErrIncorrectIdentity where it is for another identity.
func (k *Keys) unwrap(s *age.Stanza) ([]byte, error) {
	if k.hybrid == nil {
		return k.scalarIdentity.unwrap(s)
	}
	fileKey, err := k.hybrid.Unwrap([]*age.Stanza{s})
	if err != nil && !errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, fmt.Errorf("%w: stanza of the vault identity", ErrMalformed)
	}
	return fileKey, err
}
