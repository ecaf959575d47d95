package keyring

import (
	"fmt"
	"math"
	"unicode"
)

// How strong a passphrase is, by the method of zxcvbn (Wheeler, “zxcvbn:
// Low-Budget Password Strength Estimation”, USENIX Security 2016): the least
// number of guesses, over all ways to cut the phrase into words, names, common
// passwords, keyboard runs, sequences, repetitions and dates.
//
// There are libraries that do it, and none is used. trustelem/zxcvbn 1.0.1 and
// ccojocar/zxcvbn-go 1.0.4 build their tables in init functions, so that every
// start of a program pays that links them, whatever it is for: an empty program
// takes 8 ms, with the one 95 ms and 11 MB, with the other 117 ms and 19 MB; a
// whole tacit get takes some 25 ms. The second also counts as zxcvbn did before
// 2016, to which "correct horse" is stronger than it is. The tables here are
// built when a passphrase is chosen; the counts are held against the first's.

// maxEstimated is how many characters of a phrase are looked at.
const maxEstimated = 100

// Estimate is how many guesses a passphrase withstands.
type Estimate struct {
	Guesses float64 // the decimal logarithm
	Score   int     // 0 to 4: below 10^3, 10^6, 10^8, 10^10 guesses, and above
	Warning string  // why it is weak, where it is; never a part of it
}

// fairScore is the least score of a passphrase that nothing is said about.
// 10^10 guesses at scrypt are some centuries of one machine; a thousand times
// less is an afternoon of many.
const fairScore = 4

// Weak tells whether whoever chooses the passphrase should be warned: it
// withstands fewer than 10^10 guesses.
func (e Estimate) Weak() bool { return e.Score < fairScore }

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
	f := finder{text: text, lower: make([]rune, len(text)), ranks: ranks}
	for i, r := range text {
		f.lower[i] = unicode.ToLower(r)
	}
	guesses, weakest := f.least()
	e := Estimate{Guesses: math.Log10(guesses)}
	for _, limit := range []float64{1e3, 1e6, 1e8, 1e10} {
		if guesses >= limit+5 { // as zxcvbn has it
			e.Score++
		}
	}
	if e.Weak() {
		e.Warning = weakest.warning()
	}
	return e
}

// pattern is why a part of a phrase is easy to guess.
type pattern int

const (
	bruteForce pattern = iota
	commonWord
	keyboardRun
	sequence
	repetition
	date
)

func (p pattern) warning() string {
	switch p {
	case commonWord:
		return "it is, or is made of, common words, names or passwords"
	case keyboardRun:
		return "it runs along the keyboard"
	case sequence:
		return "it has a sequence that everybody knows"
	case repetition:
		return "it repeats itself"
	case date:
		return "dates and years are easy to guess"
	}
	return "it is short"
}

// match is a part of the phrase, text[from:to], and how soon it is guessed.
type match struct {
	from, to int
	guesses  float64
	pattern  pattern
}

// finder looks for what is easy to guess in one phrase.
type finder struct {
	text, lower []rune
	ranks       map[string]int // of common words, from 1
}

// Guesses of a part that is left to brute force: ten for each character, and
// more than any match of the same length could have.
const (
	perCharacter = 10
	leastSingle  = 11
	leastSeveral = 51
)

// growth is the price of each further part: an attacker tries fewer parts first.
const growth = 10_000

// least cuts the phrase into the parts that are guessed soonest, and tells what
// the longest of them is. best[k][n] is the least product of guesses for the
// first k characters in n parts.
func (f *finder) least() (float64, pattern) {
	n := len(f.text)
	if n == 0 {
		return 1, bruteForce
	}
	byEnd := make([][]match, n+1)
	for _, m := range f.matches() {
		byEnd[m.to] = append(byEnd[m.to], m)
	}
	type state struct {
		product float64
		last    match
	}
	best := make([]map[int]state, n+1)
	best[0] = map[int]state{0: {product: 1}}
	for k := 1; k <= n; k++ {
		best[k] = map[int]state{}
		for from := range k {
			byEnd[k] = append(byEnd[k], brute(from, k))
		}
		for _, m := range byEnd[k] {
			for parts, s := range best[m.from] {
				if m.pattern == bruteForce && parts > 0 && s.last.pattern == bruteForce {
					continue // two such parts are one
				}
				product := s.product * m.guesses
				if old, ok := best[k][parts+1]; !ok || product < old.product {
					best[k][parts+1] = state{product, m}
				}
			}
		}
	}
	guesses, parts := math.Inf(1), 0
	for p, s := range best[n] {
		total := math.Gamma(float64(p)+1)*s.product + math.Pow(growth, float64(p-1))
		if total < guesses {
			guesses, parts = total, p
		}
	}
	longest := match{}
	for k := n; parts > 0; parts-- {
		m := best[k][parts].last
		if m.to-m.from > longest.to-longest.from {
			longest = m
		}
		k = m.from
	}
	return guesses, longest.pattern
}

func brute(from, to int) match {
	guesses := math.Pow(perCharacter, float64(to-from))
	if to-from == 1 {
		guesses = max(guesses, leastSingle)
	} else {
		guesses = max(guesses, leastSeveral)
	}
	return match{from, to, guesses, bruteForce}
}

// matches finds every part that is easy to guess. As a part of a longer phrase
// none counts for less than its length at brute force would at the least.
func (f *finder) matches() []match {
	var all []match
	for _, find := range []func() []match{f.words, f.reversed, f.leet, f.runs, f.sequences, f.repetitions, f.dates} {
		all = append(all, find()...)
	}
	for i := range all {
		m := &all[i]
		switch length := m.to - m.from; {
		case length == len(f.text):
		case length == 1:
			m.guesses = max(m.guesses, perCharacter)
		default:
			m.guesses = max(m.guesses, leastSeveral-1)
		}
	}
	return all
}
