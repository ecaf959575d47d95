package transfer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"

	"github.com/tacit-vault/tacit/vault"
)

// What a program in JavaScript sees of JSON, and makes of it: numbers are
// doubles, of members with one name the last counts, and names that are indexes
// come first.

// Look is a fingerprint of what a program in JavaScript sees of a value.
type Look [sha256.Size]byte

// LookOf is the same for values that JavaScript does not tell apart.
func LookOf(v vault.Value) Look {
	raw := v.JSONValue()
	defer clear(raw)
	return sha256.Sum256(inJavaScript(raw))
}

// inJavaScript is one form for all JSON that JavaScript does not tell apart: what
// JSON.stringify(JSON.parse(raw)) would say, in a spelling of our own. raw has
// been checked.
func inJavaScript(raw []byte) []byte {
	s := &scanner{data: raw, line: 1}
	var b bytes.Buffer
	s.normalize(&b)
	return b.Bytes()
}

func (s *scanner) normalize(b *bytes.Buffer) {
	switch s.next() {
	case '{':
		b.WriteByte('{')
		for i, m := range s.jsMembers() {
			comma(b, i)
			normalString(b, m.key)
			b.WriteByte(':')
			b.Write(inJavaScript(m.value))
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		_ = s.array(func(i int) error {
			comma(b, i)
			s.normalize(b)
			return nil
		})
		b.WriteByte(']')
	case '"':
		normalString(b, s.value())
	case 't', 'f', 'n':
		b.Write(s.value())
	default:
		b.WriteString(normalNumber(s.value()))
	}
}

// normalNumber is the number as a double. JSON.stringify makes 0 of -0, and null
// of what is beyond a double.
func normalNumber(raw []byte) string {
	f, _ := strconv.ParseFloat(string(raw), 64)
	switch {
	case math.IsInf(f, 0):
		return "null"
	case f == 0:
		return "0"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// normalString spells a string in one way: each UTF-16 unit outside ASCII, and
// each that JSON escapes, as \uXXXX.
func normalString(b *bytes.Buffer, raw []byte) {
	b.WriteByte('"')
	for _, u := range units(raw) {
		if u < ' ' || u > '~' || u == '"' || u == '\\' {
			b.WriteString(`\u`)
			b.WriteString(strconv.FormatUint(0x10000|uint64(u), 16)[1:])
			continue
		}
		b.WriteByte(byte(u))
	}
	b.WriteByte('"')
}

// units are the UTF-16 units of a JSON string, lone surrogates too.
func units(raw []byte) (list []uint16) {
	runes := []rune(string(raw[1 : len(raw)-1]))
	for i := 0; i < len(runes); i++ {
		if runes[i] != '\\' {
			list = utf16.AppendRune(list, runes[i])
			continue
		}
		i++
		if runes[i] == 'u' {
			u, _ := strconv.ParseUint(string(runes[i+1:i+5]), 16, 16)
			list = append(list, uint16(u))
			i += 4
			continue
		}
		if at := bytes.IndexRune([]byte("bfnrt"), runes[i]); at >= 0 {
			runes[i] = rune("\b\f\n\r\t"[at])
		}
		list = append(list, uint16(runes[i]))
	}
	return list
}

// jsMembers takes an object, and returns its members as JavaScript has them.
func (s *scanner) jsMembers() []member {
	var indexes, others []member
	at := map[string]int{}
	_ = s.object(func(key []byte, _ int) error {
		m := member{key, s.value()}
		name := string(utf16Key(key))
		list := &others
		if isIndex(name) {
			list = &indexes
		}
		if i, ok := at[name]; ok {
			(*list)[i] = m
			return nil
		}
		at[name] = len(*list)
		*list = append(*list, m)
		return nil
	})
	slices.SortStableFunc(indexes, func(a, b member) int { return cmp.Compare(indexOf(a), indexOf(b)) })
	return append(indexes, others...)
}

// utf16Key is a member's name in the one spelling.
func utf16Key(raw []byte) []byte {
	var b bytes.Buffer
	normalString(&b, raw)
	return b.Bytes()[1 : b.Len()-1]
}

// isIndex tells whether a name is an index to JavaScript: a number below 2^32-1
// without a zero before it.
func isIndex(name string) bool {
	n, err := strconv.ParseUint(name, 10, 32)
	return err == nil && n < math.MaxUint32 && strconv.FormatUint(n, 10) == name
}

func indexOf(m member) uint64 {
	n, _ := strconv.ParseUint(string(utf16Key(m.key)), 10, 32)
	return n
}

// keepDigits is now, with the digits of was where JavaScript cannot have changed
// them: what is in the same place in both, and the same to it.
func keepDigits(was, now []byte) []byte {
	if bytes.Equal(inJavaScript(was), inJavaScript(now)) {
		return was
	}
	a, b := &scanner{data: was, line: 1}, &scanner{data: now, line: 1}
	first := b.next()
	if a.next() != first || first != '{' && first != '[' {
		return now
	}
	var out bytes.Buffer
	if first == '{' {
		old := map[string][]byte{}
		for _, m := range a.jsMembers() {
			old[string(utf16Key(m.key))] = m.value
		}
		out.WriteByte('{')
		for i, m := range b.jsMembers() {
			comma(&out, i)
			out.Write(m.key)
			out.WriteByte(':')
			out.Write(keepIn(old[string(utf16Key(m.key))], m.value))
		}
		out.WriteByte('}')
		return out.Bytes()
	}
	var old [][]byte
	_ = a.array(func(int) error { old = append(old, a.value()); return nil })
	out.WriteByte('[')
	_ = b.array(func(i int) error {
		comma(&out, i)
		var o []byte
		if i < len(old) {
			o = old[i]
		}
		out.Write(keepIn(o, b.value()))
		return nil
	})
	out.WriteByte(']')
	return out.Bytes()
}

// keepIn is keepDigits where there may have been nothing.
func keepIn(was, now []byte) []byte {
	if was == nil {
		return now
	}
	return keepDigits(was, now)
}
