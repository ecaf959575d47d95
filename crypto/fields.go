package crypto

import "fmt"

// Fields reads the fields of an encoding one after the other. After the first
// error every further read does nothing, and End returns that error. It wraps
// ErrMalformed, unless Fail was called with another.
type Fields struct {
	rest [][]byte
	err  error
}

// ReadFields is Decode for a reader of the fields one by one.
func ReadFields(label string, b []byte, most int) Fields {
	f, err := Decode(label, b, most)
	return Fields{rest: f, err: err}
}

// Left is how many fields are still to be read; none after an error.
func (p *Fields) Left() int {
	if p.err != nil {
		return 0
	}
	return len(p.rest)
}

// Fail makes err the reader's error, unless it has one or err is nil.
func (p *Fields) Fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// Err is the first error so far.
func (p *Fields) Err() error { return p.err }

// Next is the next field, a part of what was decoded; nil after an error.
func (p *Fields) Next() []byte {
	if p.err == nil && len(p.rest) == 0 {
		p.err = fmt.Errorf("%w: too few fields", ErrMalformed)
	}
	if p.err != nil {
		return nil
	}
	f := p.rest[0]
	p.rest = p.rest[1:]
	return f
}

// End tells whether all went well and nothing is left.
func (p *Fields) End() error {
	if p.err == nil && len(p.rest) != 0 {
		p.err = fmt.Errorf("%w: %d fields too many", ErrMalformed, len(p.rest))
	}
	return p.err
}

// Fixed reads a field of exactly the length of dst.
func (p *Fields) Fixed(dst []byte) {
	f := p.Next()
	if p.err == nil && len(f) != len(dst) {
		p.err = fmt.Errorf("%w: field of %d bytes instead of %d", ErrMalformed, len(f), len(dst))
	}
	copy(dst, f)
}

// Number reads a u64.
func (p *Fields) Number(dst *uint64) {
	f := p.Next()
	if p.err == nil {
		*dst, p.err = ReadNumber(f)
	}
}

func (p *Fields) number32(dst *uint32) {
	var n uint64
	if p.Number(&n); p.err == nil && n > 1<<32-1 {
		p.err = fmt.Errorf("%w: %d is too large", ErrMalformed, n)
	}
	*dst = uint32(n)
}

// Time reads Unix seconds, 0 to the end of the year 9999.
func (p *Fields) Time(dst *int64) {
	var n uint64
	if p.Number(&n); p.err == nil && n > MaxUpdated {
		p.err = fmt.Errorf("%w: time %d", ErrMalformed, n)
	}
	*dst = int64(n)
}

// List reads a list of at most most strings under a label of its own.
func (p *Fields) List(label string, most int) (list []string) {
	b := p.Next()
	if p.err != nil {
		return nil
	}
	var items [][]byte
	items, p.err = Decode(label, b, most)
	for _, item := range items {
		list = append(list, string(item))
	}
	return list
}

// EncodeList is what List reads.
func EncodeList(label string, list []string) []byte {
	items := make([][]byte, len(list))
	for i, s := range list {
		items[i] = []byte(s)
	}
	return Encode(label, items...)
}
