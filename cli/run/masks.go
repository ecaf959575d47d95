package run

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/vault"
)

// maskShort is the length in bytes below which a value is not masked: it would
// black out half of any output, and hide nothing that cannot be guessed.
const maskShort = 4

// maskPiece is how long a mask is, at most: a longer value is hidden piece by
// piece, so that little has to be held back. It is a multiple of three, as base64
// goes.
const maskPiece = 1023

// A mask is a byte string that is to be hidden: as it is and as JSON may escape
// it, or in base64.
type mask64 struct {
	chars []byte // of the alphabet with + and /
	tail  byte   // what the next character begins with, in its high bits
	bits  int    // how many bits that are: 0, 2 or 4
}

// masks are what is to be hidden, by the first bytes, the longest first. They are
// read only, and may serve several writers.
type masks struct {
	texts   map[[maskShort]byte][][]byte
	base64s map[[maskShort]byte][]mask64
	heads   map[string]bool // what one may begin with, shorter than maskShort
	pairs   [1 << 16]bool   // what one may begin with in the output: two bytes
	known   map[string]bool // what was added
}

// newMasks hides values as they are, line by line, and in base64; of JSON, the
// strings and numbers in it too.
func newMasks(list []variable) *masks {
	m := &masks{texts: map[[maskShort]byte][][]byte{}, base64s: map[[maskShort]byte][]mask64{}, heads: map[string]bool{}, known: map[string]bool{}}
	for _, text := range maskedTexts(list) {
		for _, piece := range pieces(text) {
			m.add(piece)
		}
		for piece := range slices.Chunk(text, maskPiece) {
			for before := range 3 {
				m.add64(piece, before)
			}
		}
	}
	for _, some := range m.texts {
		slices.SortFunc(some, func(a, b []byte) int { return len(b) - len(a) })
	}
	for c := range 256 { // an escape may be the first of any
		m.pairs['\\'<<8|c] = true
	}
	return m
}

// maskedTexts are the byte strings to be hidden, each once: values, their lines,
// and what JSON has in it.
func maskedTexts(list []variable) (texts [][]byte) {
	seen := map[string]bool{}
	add := func(b []byte) {
		if len(b) >= maskShort && !seen[string(b)] {
			seen[string(b)] = true
			texts = append(texts, bytes.Clone(b))
		}
	}
	for _, v := range list {
		eachMasked(v.value, add)
		for _, value := range v.within {
			eachMasked(value, add)
		}
	}
	return texts
}

func eachMasked(value vault.Value, add func([]byte)) {
	b := value.Reveal()
	add(b)
	add(bytes.TrimRight(b, "\r\n"))
	if value.Kind().String() == "bytes" {
		return
	}
	for line := range bytes.Lines(b) {
		add(bytes.TrimSpace(line))
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // with the digits that it has
	if d.Decode(&tree) == nil {
		eachLeaf(tree, add)
	}
}

func eachLeaf(tree any, add func([]byte)) {
	switch t := tree.(type) {
	case string:
		add([]byte(t))
		for line := range strings.Lines(t) {
			add([]byte(strings.TrimSpace(line)))
		}
	case json.Number:
		add([]byte(t))
	case []any:
		for _, child := range t {
			eachLeaf(child, add)
		}
	case map[string]any:
		for _, child := range t {
			eachLeaf(child, add)
		}
	}
}

// pieces cuts a text where characters end, none shorter than maskShort.
func pieces(text []byte) (list [][]byte) {
	for len(text) > maskPiece+maskShort {
		cut := maskPiece
		for cut > maskPiece-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		list, text = append(list, text[:cut]), text[cut:]
	}
	return append(list, text)
}

func (m *masks) add(b []byte) {
	head := [maskShort]byte(b)
	if m.known[string(b)] {
		return
	}
	m.known[string(b)] = true
	m.texts[head] = append(m.texts[head], b)
	for n := 1; n < maskShort; n++ {
		m.heads[string(b[:n])] = true
	}
	m.pairs[int(b[0])<<8|int(b[1])] = true
	m.pairs[int(b[0])<<8|'\\'] = true
}

// add64 hides a value in base64, where before bytes of something else stand
// before it in its group of three. What depends on others too is left out, but
// for the last character.
func (m *masks) add64(value []byte, before int) {
	first := []int{0, 2, 3}[before]
	bits := 8 * (before + len(value))
	whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, before, before+len(value)), value...))
	if bits/6-first < maskShort {
		return
	}
	one := mask64{chars: []byte(whole[first : bits/6]), bits: bits % 6}
	if one.bits > 0 {
		one.tail = value64[whole[bits/6]] >> (6 - one.bits)
	}
	key := "64" + whole[first:]
	if m.known[key] {
		return
	}
	m.known[key] = true
	head := [maskShort]byte(one.chars)
	m.base64s[head] = append(m.base64s[head], one)
	for n := 1; n < maskShort; n++ {
		m.heads["64"+string(one.chars[:n])] = true
	}
	for _, a := range spellings(one.chars[0]) {
		for _, b := range append(spellings(one.chars[1]), '\n', '\r', '\\') {
			m.pairs[int(a)<<8|int(b)] = true
		}
	}
}

const alphabet64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// value64 is a character's six bits, in either alphabet; 0xff: none.
var value64 = func() (v [256]byte) {
	for i := range v {
		v[i] = 0xff
	}
	for i := range len(alphabet64) {
		v[alphabet64[i]] = byte(i)
	}
	v['-'], v['_'] = 62, 63
	return v
}()

// spellings are a character in both alphabets.
func spellings(c byte) []byte {
	switch c {
	case '+':
		return []byte("+-")
	case '/':
		return []byte("/_")
	}
	return []byte{c}
}
