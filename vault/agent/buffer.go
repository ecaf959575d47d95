package agent

// A buffer holds values. What it outgrows is wiped; its owner wipes the rest.
type buffer []byte

func (b *buffer) add(p []byte) {
	b.grow(len(p))
	*b = append(*b, p...)
}

// grow makes room for n further bytes.
func (b *buffer) grow(n int) {
	if cap(*b)-len(*b) >= n {
		return
	}
	bigger := make([]byte, len(*b), max(2*cap(*b), len(*b)+n))
	copy(bigger, *b)
	clear(*b)
	*b = bigger
}
