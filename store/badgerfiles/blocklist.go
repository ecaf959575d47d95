package badgerfiles

// The index of a table is a flat buffer, which is read here by hand, and every place
// in it is looked at before it is read. All numbers are little-endian:
//
//	u32 where the root lies
//	node: i32 how far before it its list of fields lies
//	list of fields: u16 its length | u16 length of the node | for each field u16 how
//	  far behind the node it lies, 0 for a field that is not there
//
// A field that is no number holds how far behind itself its content lies, which
// begins with a u32 that counts its elements. A number that is not there is 0.

// flatNode is a node of a flat buffer.
type flatNode struct {
	b        *flat
	at, list int64 // where it and its list of fields lie
	size     int64 // of the list
}

func (b *flat) node(at int64) (n flatNode, ok bool) {
	back, ok := b.u32(at)
	if !ok {
		return n, false
	}
	n = flatNode{b: b, at: at, list: at - int64(int32(back))}
	n.size, ok = b.u16(n.list)
	return n, ok && n.size >= 4 && n.size%2 == 0 && n.list+n.size <= b.size
}

// field is where a field lies, 0 where the node does not have it.
func (n flatNode) field(f indexField) (at int64, ok bool) {
	if int64(f)+2 > n.size {
		return 0, true
	}
	off, ok := n.b.u16(n.list + int64(f))
	if off == 0 {
		return 0, ok
	}
	return n.at + off, ok
}

// u32 is a number that is a field.
func (n flatNode) u32(f indexField) (v int64, ok bool) {
	at, ok := n.field(f)
	if !ok || at == 0 {
		return 0, ok
	}
	return n.b.u32(at)
}

// u64 is a number that is a field.
func (n flatNode) u64(f indexField) (v uint64, ok bool) {
	at, ok := n.field(f)
	if !ok || at == 0 {
		return 0, ok
	}
	return n.b.u64(at)
}

// elements is where the elements of a field lie, each of that many bytes, and how
// many they are.
func (n flatNode) elements(f indexField, width int64) (at, count int64, ok bool) {
	at, ok = n.field(f)
	if !ok || at == 0 {
		return 0, 0, ok
	}
	off, ok := n.b.u32(at)
	if !ok {
		return 0, 0, false
	}
	at += off
	if count, ok = n.b.u32(at); !ok {
		return 0, 0, false
	}
	at += 4
	return at, count, count <= (n.b.size-at)/width
}

func (n flatNode) bytes(f indexField) (v []byte, ok bool) {
	at, count, ok := n.elements(f, 1)
	if !ok || count == 0 {
		return nil, ok
	}
	return n.b.cut(at, count)
}

// A blockList is what the index of a table says of its blocks.
type blockList struct {
	b      *flat
	refs   int64 // where the references to the blocks' nodes lie
	count  int   // of the blocks, one at least
	filter filter
}

// parseBlockList reads an index. What it says of a block is looked at when block
// is asked for it.
func parseBlockList(b *flat) (l blockList, ok bool) {
	at, ok := b.u32(0)
	if !ok {
		return l, false
	}
	root, ok := b.node(at)
	if !ok {
		return l, false
	}
	refs, count, ok := root.elements(indexBlocks, 4)
	if !ok || count == 0 || count > b.size/4 {
		return l, false
	}
	if newest, ok := root.u64(indexMaxVersion); !ok || newest > maxVersion {
		return l, false
	}
	l = blockList{b: b, refs: refs, count: int(count), filter: filter{b: b}}
	l.filter.at, l.filter.size, ok = root.elements(indexFilter, 1)
	return l, ok && l.filter.size >= 2
}

// blockRef is where a block lies, and its first key.
type blockRef struct {
	key        []byte // with its version, so longer than that
	at, length int64
}

// block is what the list says of a block.
func (l *blockList) block(i int) (r blockRef, ok bool) {
	at := l.refs + 4*int64(i)
	off, ok := l.b.u32(at)
	if !ok {
		return r, false
	}
	n, ok := l.b.node(at + off)
	if !ok {
		return r, false
	}
	if r.key, ok = n.bytes(blockKey); !ok || len(r.key) <= versionSize {
		return r, false
	}
	if r.at, ok = n.u32(blockOffset); !ok {
		return r, false
	}
	r.length, ok = n.u32(blockLength)
	return r, ok
}
