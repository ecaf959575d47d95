package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
)

// maskShort is the length in bytes below which a value is not masked: it would
// black out half of any output, and hide nothing that cannot be guessed.
const maskShort = 4

// maskedAs is put in the place of a value, whatever its length.
var maskedAs = []byte("*****")

// masks are the byte strings that are to be hidden, by their first bytes, the
// longest first. It is read only, and may serve several writers.
type masks struct {
	by    map[[maskShort]byte][][]byte
	heads map[string]bool // what a mask may begin with, shorter than maskShort
}

// newMasks hides values as they are, line by line, and in base64; of JSON, the
// strings in it too.
func newMasks(list []variable) *masks {
	m := &masks{by: map[[maskShort]byte][][]byte{}, heads: map[string]bool{}}
	for _, v := range list {
		b := v.bytes()
		m.add(b)
		m.add(bytes.TrimRight(b, "\r\n"))
		m.add([]byte(base64.StdEncoding.EncodeToString(b)))
		if v.value.Kind().String() == "bytes" {
			continue
		}
		for line := range bytes.Lines(b) {
			m.add(bytes.TrimSpace(line))
		}
		var tree any
		if json.Unmarshal(b, &tree) == nil {
			m.addTree(tree)
		}
	}
	for _, list := range m.by {
		slices.SortFunc(list, func(a, b []byte) int { return len(b) - len(a) })
	}
	return m
}

func (m *masks) addTree(tree any) {
	switch t := tree.(type) {
	case string:
		m.add([]byte(t))
	case []any:
		for _, child := range t {
			m.addTree(child)
		}
	case map[string]any:
		for _, child := range t {
			m.addTree(child)
		}
	}
}

func (m *masks) add(b []byte) {
	if len(b) < maskShort {
		return
	}
	head := [maskShort]byte(b)
	if slices.ContainsFunc(m.by[head], func(old []byte) bool { return bytes.Equal(old, b) }) {
		return
	}
	m.by[head] = append(m.by[head], bytes.Clone(b))
	for n := 1; n < maskShort; n++ {
		m.heads[string(b[:n])] = true
	}
}

// match is the longest mask that b begins with. More tells that b may be the
// beginning of one, and that only what follows will tell.
func (m *masks) match(b []byte) (n int, more bool) {
	if len(b) < maskShort {
		return 0, m.heads[string(b)]
	}
	for _, mask := range m.by[[maskShort]byte(b)] {
		switch {
		case bytes.HasPrefix(b, mask):
			return len(mask), more
		case bytes.HasPrefix(mask, b):
			more = true
		}
	}
	return 0, more
}

// span is how much from the beginning of b on is to be hidden: a mask, and
// those that begin in it and reach further.
func (m *masks) span(b []byte) (n int, more bool) {
	n, more = m.match(b)
	for i := 1; i < n; i++ {
		inner, innerMore := m.match(b[i:])
		n, more = max(n, i+inner), more || innerMore
	}
	return n, more
}

// A masker writes what is written to it with the masks hidden, wherever writes
// begin and end: what may be the beginning of one is held back until it is
// clear. Close writes what was held back, and does not close to.
type masker struct {
	to    io.Writer
	masks *masks
	held  []byte
	err   error // the first of to's: nothing is written after it
}

var _ io.WriteCloser = (*masker)(nil)

func (w *masker) Write(p []byte) (int, error) {
	w.held = append(w.held, p...)
	if err := w.flush(false); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *masker) Close() error { return w.flush(true) }

// flush writes what is clear; at the end everything is.
func (w *masker) flush(end bool) error {
	var out []byte
	b := w.held
	for len(b) > 0 {
		n, more := w.masks.span(b)
		if more && !end {
			break
		}
		if n > 0 {
			out, b = append(out, maskedAs...), b[n:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	rest := append(w.held[:0:0], b...)
	clear(w.held)
	w.held = rest
	if len(out) > 0 && w.err == nil {
		_, w.err = w.to.Write(out)
	}
	return w.err
}

// mask puts maskers between a command and its output, and returns what writes
// the last of it and tells whether all of it could be written. Without masks the
// command has the streams themselves.
func mask(cmd *exec.Cmd, m *masks) (last func() error) {
	if m == nil {
		return func() error { return nil }
	}
	out, errs := &masker{to: cmd.Stdout, masks: m}, &masker{to: cmd.Stderr, masks: m}
	cmd.Stdout, cmd.Stderr = out, errs
	return func() error { return errors.Join(out.Close(), errs.Close()) }
}
