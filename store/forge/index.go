package forge

import "encoding/binary"

// The index of a table is a flatbuffer, all little-endian: at 0 stands where its
// root lies; a root begins with how far before it its list of fields lies; that
// list has two lengths and then, for each field, how far behind the root it lies,
// 0 for none. A field that is not a number holds how far behind it its content
// lies, which begins with a length.

// The fields of the root, and of what it says of a block.
const (
	fieldBlocks = iota
	fieldBloom
	fieldVersion
	fieldCount
)

const (
	fieldKey = iota
	fieldOffset
	fieldSize
)

// A ref says where in the index a block's own numbers stand; 0 where they do not.
type ref struct{ root, key, offset, size int }

func (t *table) get(at int) uint32 {
	if at == 0 {
		return 0
	}
	return binary.LittleEndian.Uint32(t.index[at:])
}

func (t *table) put(at int, v uint32) {
	if at != 0 {
		binary.LittleEndian.PutUint32(t.index[at:], v)
	}
}

func (t *table) root() int { return int(t.get0(0)) }

func (t *table) get0(at int) uint32 { return binary.LittleEndian.Uint32(t.index[at:]) }

// list is where the list of a root's fields lies.
func (t *table) list(root int) int { return root - int(int32(t.get0(root))) }

// field is where a field of a root stands, 0 for nowhere.
func (t *table) field(root, n int) int {
	list := t.list(root)
	if 4+2*n >= int(binary.LittleEndian.Uint16(t.index[list:])) {
		return 0
	}
	off := int(binary.LittleEndian.Uint16(t.index[list+4+2*n:]))
	if off == 0 {
		return 0
	}
	return root + off
}

// vector is where the content of a field begins: with its length.
func (t *table) vector(at int) int { return at + int(t.get0(at)) }

func (t *table) refs() []ref {
	v := t.vector(t.field(t.root(), fieldBlocks))
	refs := make([]ref, t.get0(v))
	for i := range refs {
		root := t.vector(v + 4 + 4*i)
		refs[i] = ref{root, t.field(root, fieldKey), t.field(root, fieldOffset), t.field(root, fieldSize)}
	}
	return refs
}
