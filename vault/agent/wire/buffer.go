package wire

import "io"

// A buffer holds values. What it outgrows is wiped; its owner wipes the rest.
type Buffer []byte

// Add appends p.
func (b *Buffer) Add(p []byte) {
	b.Grow(len(p))
	*b = append(*b, p...)
}

// Grow makes room for n further bytes.
func (b *Buffer) Grow(n int) {
	if cap(*b)-len(*b) >= n {
		return
	}
	bigger := make([]byte, len(*b), max(2*cap(*b), len(*b)+n))
	copy(bigger, *b)
	clear(*b)
	*b = bigger
}

// maxAhead is how many bytes are made room for on the other side's word.
const maxAhead = 1 << 20

// ReadAll is io.ReadAll that wipes what it outgrows.
func ReadAll(r io.Reader, expected int64) ([]byte, error) {
	b := make([]byte, 0, max(512, min(expected, maxAhead)+1))
	for {
		if len(b) == cap(b) {
			bigger := make([]byte, len(b), 2*cap(b))
			copy(bigger, b)
			clear(b)
			b = bigger
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			clear(b)
			return nil, err
		}
	}
}
