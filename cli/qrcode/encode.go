package qrcode

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"rsc.io/qr"
	"rsc.io/qr/coding"
)

var errTooLong = errors.New("too long for a QR code")

// encode is qr.Encode, and leaves no copy of the value: that one asks each encoding whether
// it has the characters, and those that have not answer with an error that quotes the
// value.
func encode(value []byte, level qr.Level) (*qr.Code, error) {
	text := ""
	if len(value) > 0 {
		text = unsafe.String(&value[0], len(value)) // a copy could not be wiped
	}
	e := &wiped{Encoding: encodingOf(value, text), level: coding.Level(level)}
	defer func() { clear(e.bits) }()
	version := coding.Version(coding.MinVersion)
	for e.Bits(version) > version.DataBytes(e.level)*8 {
		if version++; version > coding.MaxVersion {
			return nil, errTooLong
		}
	}
	plan, err := coding.NewPlan(version, e.level, 0)
	if err != nil {
		return nil, fmt.Errorf("making a QR code: %w", err)
	}
	code, err := plan.Encode(e)
	if err != nil {
		return nil, fmt.Errorf("making a QR code: %w", err)
	}
	return &qr.Code{Bitmap: code.Bitmap, Size: code.Size, Stride: code.Stride, Scale: 8}, nil
}

// encodingOf is the encoding that takes the least room.
func encodingOf(value []byte, text string) coding.Encoding {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	switch {
	case len(bytes.Trim(value, digits)) == 0:
		return coding.Num(text)
	case len(bytes.Trim(value, digits+letters)) == 0:
		return coding.Alpha(text)
	}
	return coding.String(text)
}

// wiped is an encoding whose bits are written in one place, that can be wiped.
type wiped struct {
	coding.Encoding
	level coding.Level
	bits  []byte
}

// Check implements coding.Encoding; it was chosen as one that fits.
func (*wiped) Check() error { return nil }

// Encode implements coding.Encoding. There is room for what follows, too, which is no more
// than twice the data.
func (e *wiped) Encode(b *coding.Bits, version coding.Version) {
	b.Append(make([]byte, 3*version.DataBytes(e.level)))
	e.bits = b.Bytes()
	b.Reset()
	e.Encoding.Encode(b, version)
}
