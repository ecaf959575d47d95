package keyring

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// No library judges passphrases here. Those that follow zxcvbn build their tables
// in init functions, which every start of a program pays for that links them: an
// empty program takes 8 ms, with trustelem/zxcvbn 1.0.1 95 ms, with
// ccojocar/zxcvbn-go 1.0.4 117 ms. A length and a list of common words serve, with
// the list built when a passphrase is chosen; a test holds the result against
// zxcvbn's own.

// maxEstimated is how many characters of a phrase are looked at.
const maxEstimated = 100

// Estimate is how many guesses a passphrase withstands, roughly: an attacker may
// know more of whoever chose it than a list of common words does.
type Estimate struct {
	Guesses float64 // the decimal logarithm
	Warning string  // why it is weak, where it is; never a part of it
}

// fair is the least estimate of a passphrase that nothing is said about. 10^10
// guesses at scrypt are some centuries of one machine; a thousand times less is
// an afternoon of many.
const fair = 10

// Weak tells whether whoever chooses the passphrase should be warned: it
// withstands fewer than 10^10 guesses.
func (e Estimate) Weak() bool { return e.Guesses < fair }

func (e Estimate) String() string {
	text := fmt.Sprintf("about 10^%.0f guesses", e.Guesses)
	if e.Warning != "" {
		text += "; " + e.Warning
	}
	return text
}

// Strength estimates a passphrase, of which it looks at the first 100 characters.
// It takes some ten milliseconds. Whoever makes a slot of a new passphrase asks
// it first: NewPassphrase is for old ones too, and takes what is weak.
func Strength(phrase []byte) Estimate { return strength(phrase, commonRanks()) }

func strength(phrase []byte, ranks map[string]int) Estimate {
	text := []rune(string(phrase))
	if len(text) > maxEstimated {
		text = text[:maxEstimated]
	}
	parts := cheapest(text, ranks)
	e := Estimate{Guesses: parts[len(text)].guesses}
	if !e.Weak() {
		return e
	}
	longest := part{}
	for to := len(text); to > 0; to = parts[to].from {
		if p := parts[to]; to-p.from > longest.to-longest.from {
			longest = p
		}
	}
	switch {
	case longest.common:
		e.Warning = "it is, or is made of, common words, names or passwords"
	case longest.repeats:
		e.Warning = "it repeats itself, or runs along the alphabet or the keyboard"
	default:
		e.Warning = "it is short"
	}
	return e
}

// part is text[from:to], the last part of the cheapest way to cut text[:to].
type part struct {
	from, to        int
	guesses         float64 // of the whole way, its decimal logarithm
	common, repeats bool
}

// What the parts cost, as guesses: a character by itself, the least for a word
// among others, and whatever follows from what stands before it.
const (
	oneCharacter = 10
	leastWord    = 50
	following    = 1.5
)

// cheapest finds for each length the way to cut the text, up to there, into
// characters, common words and repetitions that takes the fewest guesses.
func cheapest(text []rune, ranks map[string]int) []part {
	n := len(text)
	plain := letters(text)
	best := make([]part, n+1)
	for i := 1; i <= n; i++ {
		best[i].guesses = math.Inf(1)
	}
	for from := range n {
		reach := func(p part, guesses float64) {
			p.from, p.guesses = from, best[from].guesses+math.Log10(guesses)
			if p.guesses < best[p.to].guesses {
				best[p.to] = p
			}
		}
		if from > 0 && follows(plain[from-1], plain[from]) {
			reach(part{to: from + 1, repeats: true}, following)
		}
		reach(part{to: from + 1}, oneCharacter)
		for to := from + 2; to <= min(n, from+longestWord); to++ {
			size := to - from
			if from >= size && string(plain[from-size:from]) == string(plain[from:to]) {
				reach(part{to: to, repeats: true}, following)
			}
			if guesses := word(text[from:to], plain[from:to], ranks); guesses > 0 {
				if size < n {
					guesses = max(guesses, leastWord)
				}
				reach(part{to: to, common: true}, guesses)
			}
		}
	}
	return best
}

// longestWord is the longest common word that is looked for, in characters.
const longestWord = 24

// word is how soon a common word is guessed, 0 where it is none. Another spelling
// of it, with capitals, signs that look like letters, or backwards, takes twice as
// many guesses.
func word(text, plain []rune, ranks map[string]int) (guesses float64) {
	back := make([]rune, len(plain))
	for i, r := range plain {
		back[len(plain)-1-i] = r
	}
	for i, spelling := range [...]string{string(text), strings.ToLower(string(text)), string(plain), string(back)} {
		if rank := float64(ranks[spelling]); rank > 0 && i == 0 {
			return rank
		} else if rank > 0 && (guesses == 0 || 2*rank < guesses) {
			guesses = 2 * rank
		}
	}
	return guesses
}

// letters is the text in lower case, with letters for the signs that look like one.
func letters(text []rune) []rune {
	alike := map[rune]rune{'4': 'a', '@': 'a', '8': 'b', '(': 'c', '3': 'e', '9': 'g', '1': 'i', '!': 'i', '0': 'o', '5': 's', '$': 's', '7': 't', '+': 't', '2': 'z'}
	plain := make([]rune, len(text))
	for i, r := range text {
		plain[i] = unicode.ToLower(r)
		if letter, ok := alike[r]; ok {
			plain[i] = letter
		}
	}
	return plain
}

// follows tells whether everybody knows b to come after a: the same again, a
// neighbour in the alphabet, or one on a row of the keyboard.
func follows(a, b rune) bool {
	if d := a - b; d >= -1 && d <= 1 {
		return true
	}
	for _, row := range [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "izeasgtbgo"} { // the last one is 1 to 0, as letters
		i, j := strings.IndexRune(row, a), strings.IndexRune(row, b)
		if i >= 0 && j >= 0 && i-j >= -1 && i-j <= 1 {
			return true
		}
	}
	return false
}

// common is lists of common passwords, English words, names and surnames, each
// headed by a line with # and the most frequent first. The data are those of
// zxcvbn (Copyright 2012-2016 Dan Wheeler and Dropbox, Inc., MIT licence),
// made from the lists in github.com/trustelem/zxcvbn 1.0.1.
//
//go:embed common.txt.gz
var common []byte

// commonRanks is the best rank of each common word, from 1.
func commonRanks() map[string]int {
	ranks := make(map[string]int, 1<<16)
	z, err := gzip.NewReader(bytes.NewReader(common))
	if err != nil {
		return ranks // a test holds that this is not so
	}
	rank := 0
	for lines := bufio.NewScanner(z); lines.Scan(); rank++ {
		word := lines.Text()
		if strings.HasPrefix(word, "# ") {
			rank = 0
			continue
		}
		if old, ok := ranks[word]; !ok || rank < old {
			ranks[word] = rank
		}
	}
	return ranks
}
