package crypto

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"filippo.io/age"
)

// Seal makes the record of h with the plaintext, whose length h.Size has to be.
// A record is an age file: any age opens it with the vault identity. Its
// binding is what makes it one of this vault, for this name and version. Errors
// wrap ErrMalformed, ErrLimit, ErrNewer (as Header.Validate) or ErrWiped.
func (k *Keys) Seal(h Header, plaintext []byte) (record []byte, err error) {
	erasing(func() { record, err = k.seal(h, plaintext) })
	return record, err
}

func (k *Keys) seal(h Header, plaintext []byte) ([]byte, error) {
	if err := h.Validate(); err != nil {
		return nil, err
	}
	if h.Size != int64(len(plaintext)) {
		return nil, fmt.Errorf("%w: header says %d bytes, there are %d", ErrMalformed, h.Size, len(plaintext))
	}
	end, err := k.begin()
	if err != nil {
		return nil, err
	}
	defer end()

	fileKey := make([]byte, 0, fileKeySize)
	defer func() { clear(fileKey) }()
	b := binder{k: k, args: h.args(), took: &fileKey}
	if n := k.suite.ownSize() + stanzaSize(b.stanza(nil)) + bindSize; n > k.suite.cap() {
		return nil, fmt.Errorf("%w: header of %d bytes, at most %d", ErrLimit, n, k.suite.cap())
	}
	var ours age.Recipient = b
	if k.suite == Hybrid {
		ours = quantumBinder{b}
	}
	file := bytes.NewBuffer(make([]byte, 0, sealedSize(k.suite, len(plaintext))))
	if _, err := age.Encrypt(file, k.recipient, ours); err != nil { // writes all but the payload
		return nil, fmt.Errorf("sealing: %w", err)
	}
	record, err := sealChunks(file.Bytes(), fileKey, plaintext)
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	return record, nil
}

// sealedSize estimates a record's length, to allocate once. It is right for
// records without attributes, or a little high.
func sealedSize(suite Suite, plaintext int) int {
	return suite.ownSize() + 512 + plaintext + tagSize*(plaintext/chunkSize+1)
}

// binder is the age recipient that adds our stanza. It wraps no key: what it
// returns proves that whoever sealed the file knew the vault's K_bind.
type binder struct {
	k    *Keys
	args []string
	took *[]byte // the file key; the caller wipes it
}

var _ age.Recipient = binder{}

func (b binder) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	*b.took = append(*b.took, fileKey...)
	return []*age.Stanza{b.stanza(b.k.binding(b.args, fileKey))}, nil
}

func (b binder) stanza(mac []byte) *age.Stanza {
	return &age.Stanza{Type: stanzaType, Args: b.args, Body: mac}
}

// quantumBinder is binder for hybrid vaults. age lets a hybrid recipient stand
// only beside recipients with the same label; our stanza gives nothing away of
// the file key that a quantum computer could use.
type quantumBinder struct{ binder }

var _ age.RecipientWithLabels = quantumBinder{}

func (b quantumBinder) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	s, err := b.Wrap(fileKey)
	return s, []string{"postquantum"}, err
}

// binding is the MAC over the vault, the header and the file key.
func (k *Keys) binding(args []string, fileKey []byte) []byte {
	fields := make([][]byte, 0, len(args)+2)
	fields = append(fields, k.id[:])
	for _, a := range args {
		fields = append(fields, []byte(a))
	}
	fields = append(fields, fileKey)
	message := Encode("tacit/1/bind", fields...)
	defer clear(message)
	mac := hmac.New(sha256.New, k.bind[:])
	mac.Write(message)
	return mac.Sum(nil)
}
