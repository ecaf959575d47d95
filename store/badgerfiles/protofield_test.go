package badgerfiles

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// FuzzProtoField holds our reader of fields against that of protobuf.
func FuzzProtoField(f *testing.F) {
	f.Add(appendVarintField(nil, 1, 1<<63))
	f.Add(appendBytesField(appendVarintField(nil, 2, 0), 1, []byte("abc")))
	f.Add([]byte{0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0d, 1, 2, 3, 4})
	f.Add([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02})
	f.Add([]byte{0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{0x0b, 0x0c})
	f.Fuzz(func(t *testing.T, b []byte) {
		ours, rest, ok := nextField(b)
		num, kind, n := protowire.ConsumeTag(b)
		if kind == protowire.StartGroupType || kind == protowire.EndGroupType {
			n = -1
		}
		if n > 0 {
			if value := protowire.ConsumeFieldValue(num, kind, b[n:]); value < 0 {
				n = value
			} else {
				n += value
			}
		}
		if ok != (n > 0) {
			t.Fatalf("ok is %v, protobuf says %d", ok, n)
		}
		if !ok {
			return
		}
		if !bytes.Equal(rest, b[n:]) || ours.num != uint64(num) || ours.kind != uint64(kind) {
			t.Errorf("%+v, rest %d; protobuf has field %d of kind %d, rest %d", ours, len(rest), num, kind, len(b)-n)
		}
		_, _, tag := protowire.ConsumeTag(b)
		switch kind {
		case protowire.VarintType:
			if v, _ := protowire.ConsumeVarint(b[tag:]); v != ours.v {
				t.Errorf("%d, protobuf has %d", ours.v, v)
			}
		case protowire.BytesType:
			if data, _ := protowire.ConsumeBytes(b[tag:]); !bytes.Equal(data, ours.data) {
				t.Errorf("%x, protobuf has %x", ours.data, data)
			}
		}
	})
}
