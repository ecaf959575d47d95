package keyring

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"strings"
	"unicode"
)

// common is lists of common passwords, English words, names and surnames, each
// headed by a line with # and the most frequent first. The data are those of
// zxcvbn (Copyright 2012-2016 Dan Wheeler and Dropbox, Inc., MIT licence),
// made from the lists in github.com/trustelem/zxcvbn 1.0.1.
//
//go:embed common.txt.gz
var common []byte

// commonRanks is the best rank of each common word.
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

// longestWord is the longest common word that is looked for, in characters.
const longestWord = 24

// words finds common words as they are.
func (f *finder) words() []match {
	return f.lookUp(f.lower, func(from, to, rank int) match {
		return match{from, to, float64(rank) * f.capitals(from, to), commonWord}
	})
}

// lookUp looks every part of a text of the phrase's length up.
func (f *finder) lookUp(text []rune, found func(from, to, rank int) match) (all []match) {
	for from := range text {
		for to := from + 1; to <= min(len(text), from+longestWord); to++ {
			if rank, ok := f.ranks[string(text[from:to])]; ok {
				all = append(all, found(from, to, rank))
			}
		}
	}
	return all
}

// reversed finds common words written backwards.
func (f *finder) reversed() (all []match) {
	n := len(f.lower)
	back := make([]rune, n)
	for i, r := range f.lower {
		back[n-1-i] = r
	}
	return f.lookUp(back, func(from, to, rank int) match {
		return match{n - to, n - from, 2 * float64(rank) * f.capitals(n-to, n-from), commonWord}
	})
}

// leets are what characters that look like letters stand for; 1 and ! are two
// letters each, and so there are two tables.
var leets = [...]string{
	"4a@a8b(c{c[c<c6g9g3e1i!i|i0o5s$s+t7t%x2z",
	"4a@a8b(c{c[c<c6g9g3e1l!i|l0o5s$s+t7l%x2z",
}

// leet finds common words with such characters in them.
func (f *finder) leet() (all []match) {
	for _, pairs := range leets {
		text, changed := make([]rune, len(f.lower)), make([]bool, len(f.lower))
		for i, r := range f.lower {
			text[i] = r
			for p := 0; p < len(pairs); p += 2 {
				if rune(pairs[p]) == r {
					text[i], changed[i] = rune(pairs[p+1]), true
				}
			}
		}
		all = append(all, f.lookUp(text, func(from, to, rank int) match {
			return match{from, to, float64(rank) * f.capitals(from, to) * leetVariations(text[from:to], changed[from:to]), commonWord}
		})...)
	}
	kept := all[:0]
	for _, m := range all {
		if m.to-m.from > 1 {
			kept = append(kept, m)
		}
	}
	return kept
}

// leetVariations is in how many ways letters may have been replaced.
func leetVariations(text []rune, changed []bool) float64 {
	variations := 1.0
	seen := map[rune]bool{}
	for i, r := range text {
		if !changed[i] || seen[r] {
			continue
		}
		seen[r] = true
		replaced, kept := 0, 0
		for j, o := range text {
			switch {
			case o == r && changed[j]:
				replaced++
			case o == r:
				kept++
			}
		}
		variations *= choices(replaced, kept)
	}
	return variations
}

// capitals is in how many ways letters may have been capitalised.
func (f *finder) capitals(from, to int) float64 {
	upper, lower := 0, 0
	for _, r := range f.text[from:to] {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	first, last := unicode.IsUpper(f.text[from]), unicode.IsUpper(f.text[to-1])
	switch {
	case upper == 0:
		return 1
	case lower == 0, upper == 1 && (first || last):
		return 2
	}
	return choices(upper, lower)
}

// choices is in how many ways up to as many as the fewer of a and b can be
// chosen of all of them; 2 where one is none.
func choices(a, b int) float64 {
	if a == 0 || b == 0 {
		return 2
	}
	sum := 0.0
	for i := 1; i <= min(a, b); i++ {
		sum += binomial(a+b, i)
	}
	return sum
}

func binomial(n, k int) float64 {
	if k < 0 || k > n {
		return 0
	}
	r := 1.0
	for i := 1; i <= k; i++ {
		r = r * float64(n-k+i) / float64(i)
	}
	return r
}
