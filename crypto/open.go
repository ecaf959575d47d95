package crypto

import (
	"crypto/hmac"
	"errors"
	"fmt"

	"filippo.io/age"
)

// MaxRecord is the largest record, in bytes.
const MaxRecord = maxHeaderText + streamNonceSize + MaxPlaintext + (MaxPlaintext/chunkSize+1)*tagSize

// Open opens a record. It returns the header and the plaintext only after all of
// it is proven: caps and form, the binding to this vault and to everything in
// the header, age's MAC of the header, every byte of the payload, and the size.
// Whether it is the record that was asked for, and the current one, is for the
// caller to compare with the index.
//
// Errors wrap ErrMalformed, ErrLimit or ErrNewer where the form is wrong,
// ErrNotBound where the record is of another vault or its header was changed,
// ErrForged where age's own authenticators do not verify, or ErrWiped.
func (k *Keys) Open(record []byte) (h Header, plaintext []byte, err error) {
	erasing(func() { h, plaintext, err = k.open(record) })
	return h, plaintext, err
}

func (k *Keys) open(record []byte) (Header, []byte, error) {
	if len(record) > MaxRecord {
		return Header{}, nil, fmt.Errorf("%w: record of %d bytes, at most %d", ErrLimit, len(record), MaxRecord)
	}
	end, err := k.begin()
	if err != nil {
		return Header{}, nil, err
	}
	defer end()

	o := opener{k: k}
	plaintext, err := openAge(record, maxHeaderText, o.unwrap)
	if err != nil {
		return Header{}, nil, err
	}
	if int64(len(plaintext)) != o.header.Size {
		clear(plaintext)
		return Header{}, nil, fmt.Errorf("%w: header says %d bytes, there are %d", ErrMalformed, o.header.Size, len(plaintext))
	}
	return o.header, plaintext, nil
}

// opener checks one record's stanzas on the way to its file key.
type opener struct {
	k      *Keys
	header Header
}

func (o *opener) unwrap(stanzas []*age.Stanza) ([]byte, error) {
	h, suite, err := parseStanzas(stanzas)
	if err != nil {
		return nil, err
	}
	if suite != o.k.suite {
		return nil, fmt.Errorf("%w: sealed to an identity of another suite", ErrNotBound)
	}
	fileKey, err := o.k.unwrap(stanzas[0])
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, fmt.Errorf("%w: sealed to another identity", ErrNotBound)
	}
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(o.k.binding(stanzas[1].Args, fileKey), stanzas[1].Body) {
		clear(fileKey)
		return nil, fmt.Errorf("%w: the binding does not fit", ErrNotBound)
	}
	o.header = h
	return fileKey, nil
}
