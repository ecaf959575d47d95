package badgerfiles

import "encoding/binary"

// What of protocol buffers Badger's files have: numbers and bytes in messages of a few
// fields. They are read here, and not by google.golang.org/protobuf, because that looks
// through the whole program while it starts. The fuzz test holds both to one answer.

// The kinds of a field.
const (
	kindVarint  = 0
	kind64      = 1
	kindBytes   = 2
	kind32      = 5
	maxProtoNum = 1<<31 - 1 // what protobuf takes
)

// A protoField is one field of a message.
type protoField struct {
	num  uint64 // from 1
	kind uint64
	v    uint64 // of a varint
	data []byte // of bytes
}

// nextField reads the first field of b and returns what follows it. Groups, which
// nobody has written for twenty years, are refused.
func nextField(b []byte) (f protoField, rest []byte, ok bool) {
	tag, b, ok := nextVarint(b)
	f.num, f.kind = tag>>3, tag&7
	if !ok || f.num < 1 || f.num > maxProtoNum {
		return f, nil, false
	}
	skip := uint64(0)
	switch f.kind {
	case kindVarint:
		f.v, b, ok = nextVarint(b)
	case kindBytes:
		skip, b, ok = nextVarint(b)
	case kind64:
		skip = 8
	case kind32:
		skip = 4
	default:
		ok = false
	}
	if !ok || skip > uint64(len(b)) {
		return f, nil, false
	}
	if f.kind == kindBytes {
		f.data = b[:skip:skip]
	}
	return f, b[skip:], true
}

func nextVarint(b []byte) (v uint64, rest []byte, ok bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, false
	}
	return v, b[n:], true
}

// appendVarintField appends a field that is a number.
func appendVarintField(b []byte, num, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, num<<3|kindVarint), v)
}

// appendBytesField appends a field of bytes.
func appendBytesField(b []byte, num uint64, data []byte) []byte {
	b = binary.AppendUvarint(b, num<<3|kindBytes)
	return append(binary.AppendUvarint(b, uint64(len(data))), data...)
}
