package cmdline

import (
	"sort"
	"strings"
)

// Nearest is the candidate that word was most likely meant to be, "" if none is
// near: at most a third of its letters differ, or it is a beginning. Another case,
// and a dash for an underscore, are the smallest of slips.
func Nearest(word string, candidates []string) string {
	sort.Strings(candidates)
	limit := 2*max(1, len(word)/3) + 1
	best, least := "", limit+1
	for _, c := range candidates {
		d := slips(word, c)
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// slips is how far apart two words are: two for each letter, and one for the case of
// any.
func slips(word, c string) int {
	folded, other := Fold(word), Fold(c)
	d := min(2*distance(word, c), 2*distance(folded, other)+1)
	if len(strings.Trim(word, "-")) >= 2 && strings.HasPrefix(other, folded) {
		d = min(d, 2)
	}
	return d
}

// Fold makes alike what differs in case and dashes.
func Fold(word string) string { return strings.ReplaceAll(strings.ToLower(word), "-", "_") }

// distance is the number of letters to change, add, drop or swap with their
// neighbour to make b of a.
func distance(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
