package vault

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// originAttr is the attribute that tells in which commit a value was first
// written, where a later commit has sealed it again: under another name, as an
// older version that came back, or to new keys.
const originAttr = "origin"

// originOf is the commit in which the value of a record was first written.
func originOf(h crypto.Header) uint64 {
	for _, a := range h.Attrs {
		if n, err := strconv.ParseUint(a.Value, 10, 64); a.Name == originAttr && err == nil && n < h.Seq {
			return n
		}
	}
	return h.Seq
}

// withOrigin is the attributes of a record that seals the value of h again.
func withOrigin(h crypto.Header) []crypto.Attr {
	i, found := slices.BinarySearchFunc(h.Attrs, originAttr, func(a crypto.Attr, name string) int {
		return strings.Compare(a.Name, name)
	})
	if found {
		return h.Attrs
	}
	return slices.Insert(slices.Clone(h.Attrs), i, crypto.Attr{Name: originAttr, Value: strconv.FormatUint(h.Seq, 10)})
}

// withoutOrigin is the attributes that a new value may keep.
func withoutOrigin(attrs []crypto.Attr) []crypto.Attr {
	return slices.DeleteFunc(slices.Clone(attrs), func(a crypto.Attr) bool { return a.Name == originAttr })
}
