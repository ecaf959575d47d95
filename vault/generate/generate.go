// Package generate draws secrets from the system's random source: characters,
// words, and bytes as hex or base64.
//
//	s, bits, err := generate.Characters(24, generate.All)
//	s, bits, err := generate.Words(6, "-")
//
// Each result comes with its entropy in bits: log2 of the number of results
// that are equally likely. It stores nothing.
package generate

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sethvargo/go-diceware/diceware"
)

const (
	// MaxLength is the longest result, in characters: what a vault takes unless
	// its policy says otherwise.
	MaxLength = 10_000
	// MaxWords is the largest number of words.
	MaxWords = 100
	// MaxSeparator is the longest separator, in bytes.
	MaxSeparator = 16
)

// ErrLimit means that a length is not in the range that there is.
var ErrLimit = errors.New("out of range")

// Class is a set of characters, or several of them or'ed together.
type Class uint8

// The classes. Symbols leaves out quotes, backslash, dollar and backtick, which
// a shell or a configuration file would read as something else.
const (
	Lower   Class = 1 << iota // a-z
	Upper                     // A-Z
	Digits                    // 0-9
	Symbols                   // !#%&()*+,-./:;<=>?@[]^_{|}~

	All = Lower | Upper | Digits | Symbols
)

// alphabets are in the order of the bits above.
var alphabets = [...]string{
	"abcdefghijklmnopqrstuvwxyz",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"0123456789",
	"!#%&()*+,-./:;<=>?@[]^_{|}~",
}

// Characters draws n characters of the classes, at least one of each class: all
// such strings are equally likely. n is from the number of classes to
// [MaxLength].
func Characters(n int, classes Class) (s string, entropy float64, err error) {
	if classes == 0 || classes&^All != 0 {
		return "", 0, fmt.Errorf("%w: no such classes of characters", ErrLimit)
	}
	least := bits.OnesCount8(uint8(classes))
	if n < least || n > MaxLength {
		return "", 0, fmt.Errorf("%w: the length is %d to %d with %d classes of characters", ErrLimit, least, MaxLength, least)
	}
	alphabet := classes.alphabet()
	out := make([]byte, n)
	for !classes.all(out) { // one of 15 is taken at worst, with four characters
		draw(out, alphabet)
	}
	return string(out), classes.entropy(n), nil
}

func (c Class) alphabet() string {
	var b strings.Builder
	for i, a := range alphabets {
		if c&(1<<i) != 0 {
			b.WriteString(a)
		}
	}
	return b.String()
}

// all tells whether each of the classes occurs in s.
func (c Class) all(s []byte) bool {
	for i, a := range alphabets {
		if c&(1<<i) != 0 && !strings.ContainsAny(a, string(s)) {
			return false
		}
	}
	return true
}

// entropy is that of all strings of n characters, less that of those which lack
// a class, by inclusion and exclusion.
func (c Class) entropy(n int) float64 {
	size := float64(len(c.alphabet()))
	taken := 0.0
	for lacking := Class(0); lacking <= All; lacking++ {
		if lacking&^c != 0 {
			continue
		}
		share := math.Pow((size-float64(len(lacking.alphabet())))/size, float64(n))
		if bits.OnesCount8(uint8(lacking))%2 == 1 {
			share = -share
		}
		taken += share
	}
	return float64(n)*math.Log2(size) + math.Log2(taken)
}

// draw fills out. Bytes above the last multiple of the alphabet's size are
// thrown away: they would favour its first characters.
func draw(out []byte, alphabet string) {
	ceiling := 256 - 256%len(alphabet)
	var random [256]byte
	defer clear(random[:])
	for i := 0; i < len(out); {
		rand.Read(random[:]) // never fails since Go 1.24
		for _, r := range random {
			if int(r) >= ceiling {
				continue
			}
			out[i] = alphabet[int(r)%len(alphabet)]
			if i++; i == len(out) {
				return
			}
		}
	}
}

// Words draws n different words, 1 to [MaxWords], of the EFF's large list and joins
// them with the separator. Of the list's 7,776 words it leaves out the four with a
// hyphen, which who copies a phrase from paper counts as two. With a separator that is
// empty or made of letters the entropy is an upper bound: two draws may look the same.
func Words(n int, separator string) (s string, entropy float64, err error) {
	switch {
	case n < 1 || n > MaxWords:
		return "", 0, fmt.Errorf("%w: the number of words is 1 to %d", ErrLimit, MaxWords)
	case len(separator) > MaxSeparator || !utf8.ValidString(separator):
		return "", 0, fmt.Errorf("%w: the separator is UTF-8 of at most %d bytes", ErrLimit, MaxSeparator)
	}
	words, err := drawWords(n)
	if err != nil {
		return "", 0, err
	}
	for i := range n {
		entropy += math.Log2(float64(listSize - i))
	}
	return strings.Join(words, separator), entropy, nil
}

const listSize = 6*6*6*6*6 - 4

// drawWords draws all anew where one has a hyphen, so that each list of the others is
// as likely as any.
func drawWords(n int) ([]string, error) {
	for {
		words, err := diceware.Generate(n)
		if err != nil {
			return nil, fmt.Errorf("drawing words: %w", err)
		}
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "-") }) {
			return words, nil
		}
	}
}

// Hex draws n bytes and writes them as 2n lower-case hex digits, at most
// [MaxLength].
func Hex(n int) (s string, entropy float64, err error) {
	b, err := random(n, MaxLength/2)
	defer clear(b)
	return hex.EncodeToString(b), float64(8 * len(b)), err
}

// Base64 draws n bytes and writes them as standard base64 with padding, at most
// [MaxLength] characters.
func Base64(n int) (s string, entropy float64, err error) {
	b, err := random(n, MaxLength/4*3)
	defer clear(b)
	return base64.StdEncoding.EncodeToString(b), float64(8 * len(b)), err
}

func random(n, most int) ([]byte, error) {
	if n < 1 || n > most {
		return nil, fmt.Errorf("%w: the number of bytes is 1 to %d", ErrLimit, most)
	}
	b := make([]byte, n)
	rand.Read(b)
	return b, nil
}
