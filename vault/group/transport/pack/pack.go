// Package pack carries a group's bundles in one file, by hand.
//
//	tacit-pack 1⏎
//	u32 length, key, u32 length, bytes    for each key, in ascending order
//	u32 0, u64 number of keys, SHA-256 of everything before
//
// Numbers have their highest byte first. The sum finds what was cut or damaged on its
// way; it proves nothing, since anybody can make one. What is in a pack proves itself.
package pack

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/tacit-vault/tacit/vault/group/transport"
)

const (
	firstLine = "tacit-pack 1\n"
	// MaxKeys is how many keys a pack has at most, and MaxBytes how many bytes.
	MaxKeys  = 100_000
	MaxBytes = 1 << 30

	maxKey = 96
)

// ErrPack: this is no pack, or it is cut short, damaged or too large.
var ErrPack = errors.New("not a pack of a group")

// Write packs what lies at a place, as far as it is wanted. It holds one bundle in
// memory at a time. What was written before an error is no pack.
func Write(ctx context.Context, w io.Writer, from transport.Transport, wanted func(transport.Key) bool) error {
	p := newWriter(w)
	for after := ""; ; {
		keys, err := from.List(ctx, "", after)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return p.end()
		}
		for _, key := range keys {
			k, err := transport.Parse(key)
			if err != nil || !wanted(k) {
				continue
			}
			data, err := from.Get(ctx, key)
			if errors.Is(err, transport.ErrNone) {
				continue // it was deleted meanwhile
			}
			if err != nil {
				return err
			}
			if err := p.add(key, data); err != nil {
				return err
			}
		}
		after = keys[len(keys)-1]
	}
}

// writer writes a pack.
type writer struct {
	w     *bufio.Writer // keeps its first error until Flush
	sum   hash.Hash
	keys  uint64
	bytes int64
}

func newWriter(w io.Writer) *writer {
	p := &writer{w: bufio.NewWriter(w), sum: sha256.New()}
	p.write([]byte(firstLine))
	return p
}

func (p *writer) write(b []byte) {
	p.w.Write(b)
	p.sum.Write(b)
	p.bytes += int64(len(b))
}

func (p *writer) add(key string, data []byte) error {
	if p.keys++; p.keys > MaxKeys || p.bytes+int64(len(data)) > MaxBytes-1<<10 {
		return fmt.Errorf("%w: more than %d keys or %d bytes", transport.ErrSize, MaxKeys, MaxBytes)
	}
	p.write(binary.BigEndian.AppendUint32(nil, uint32(len(key))))
	p.write([]byte(key))
	p.write(binary.BigEndian.AppendUint32(nil, uint32(len(data))))
	p.write(data)
	return nil
}

func (p *writer) end() error {
	p.write(make([]byte, 4))
	p.write(binary.BigEndian.AppendUint64(nil, p.keys))
	p.w.Write(p.sum.Sum(nil))
	return p.w.Flush()
}

// Read puts what is in a pack at a place, where each key has to be free or have the same
// bytes, and returns the groups that it is of. The error wraps ErrPack, or is the place's
// or the reader's. With an error, a part of it may have been put: nothing of that is to be
// used.
func Read(ctx context.Context, from io.Reader, to transport.Transport) (groups map[[16]byte]bool, err error) {
	p := &reader{r: bufio.NewReader(io.LimitReader(from, MaxBytes+1)), sum: sha256.New()}
	if line, err := p.read(len(firstLine)); err != nil || string(line) != firstLine {
		return nil, broken(err, "it does not begin as one")
	}
	groups = map[[16]byte]bool{}
	last := ""
	for keys := uint64(0); ; keys++ {
		key, err := p.field(maxKey)
		if err != nil {
			return nil, err
		}
		if len(key) == 0 {
			return groups, p.end(keys)
		}
		k, err := transport.Parse(string(key))
		if err != nil || string(key) <= last || keys == MaxKeys {
			return nil, broken(err, "a key is none, or out of order, or one too many")
		}
		data, err := p.field(transport.MaxData)
		if err == nil && len(data) == 0 {
			err = broken(nil, "nothing under a key")
		}
		if err != nil {
			return nil, err
		}
		if err := to.Put(ctx, string(key), data, nil); err != nil {
			return nil, err
		}
		groups[k.Group], last = true, string(key)
	}
}

// reader reads a pack.
type reader struct {
	r   *bufio.Reader
	sum hash.Hash
}

// read reads n bytes, which are not allocated before they are there.
func (p *reader) read(n int) ([]byte, error) {
	var b bytes.Buffer
	switch _, err := io.CopyN(&b, p.r, int64(n)); {
	case errors.Is(err, io.EOF):
		return nil, broken(nil, "it is cut short")
	case err != nil:
		return nil, err
	}
	p.sum.Write(b.Bytes())
	return b.Bytes(), nil
}

func (p *reader) field(most int) ([]byte, error) {
	b, err := p.read(4)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(b)
	if n > uint32(most) {
		return nil, broken(nil, "a length of %d bytes", n)
	}
	return p.read(int(n))
}

// end checks what follows the last key.
func (p *reader) end(keys uint64) error {
	count, err := p.read(8)
	if err != nil {
		return err
	}
	want := p.sum.Sum(nil)
	sum, err := p.read(len(want))
	if err != nil {
		return err
	}
	if _, err := p.r.ReadByte(); !errors.Is(err, io.EOF) || binary.BigEndian.Uint64(count) != keys || !bytes.Equal(sum, want) {
		return broken(nil, "it is damaged")
	}
	return nil
}

// broken is an error that wraps ErrPack, or the reader's.
func broken(err error, format string, args ...any) error {
	if err != nil && !errors.Is(err, transport.ErrKey) {
		return err
	}
	return fmt.Errorf("%w: %s", ErrPack, fmt.Sprintf(format, args...))
}
