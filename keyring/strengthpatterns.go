package keyring

import (
	"math"
	"strings"
	"unicode"
)

// The rows of a keyboard, as they are and with shift.
var keyboardRows = [...][2]string{
	{"`1234567890-=", "~!@#$%^&*()_+"},
	{" qwertyuiop[]\\", " QWERTYUIOP{}|"},
	{" asdfghjkl;'", ` ASDFGHJKL:"`},
	{" zxcvbnm,./", " ZXCVBNM<>?"},
}

// keyOf is where a character lies on the keyboard.
func keyOf(r rune) (row, column int, shifted, ok bool) {
	if r == ' ' {
		return 0, 0, false, false
	}
	for row, both := range keyboardRows {
		for s, keys := range both {
			if column := strings.IndexRune(keys, r); column >= 0 {
				return row, column, s == 1, true
			}
		}
	}
	return 0, 0, false, false
}

// direction is the way from one key to the next, 0 where they are no
// neighbours. The rows of a keyboard are shifted by half a key.
func direction(a, b rune) int {
	r1, c1, _, ok1 := keyOf(a)
	r2, c2, _, ok2 := keyOf(b)
	dr, dc := r2-r1, c2-c1
	switch {
	case !ok1 || !ok2:
		return 0
	case dr == 0 && (dc == 1 || dc == -1), dr == -1 && (dc == 0 || dc == 1), dr == 1 && (dc == 0 || dc == -1):
		return 10*dr + dc + 20
	}
	return 0
}

// runs finds ways along the keyboard of three keys and more.
func (f *finder) runs() (all []match) {
	for from := 0; from < len(f.text); {
		to, turns, last := from+1, 0, 0
		for ; to < len(f.text); to++ {
			d := direction(f.text[to-1], f.text[to])
			if d == 0 {
				break
			}
			if d != last {
				turns++
			}
			last = d
		}
		if to-from > 2 {
			all = append(all, match{from, to, f.runGuesses(from, to, turns), keyboardRun})
		}
		from = max(to, from+1)
	}
	return all
}

// Keys of the keyboard that a run can begin at, and neighbours that a key has
// on average.
const (
	runStarts  = 94
	neighbours = 4.6
)

func (f *finder) runGuesses(from, to, turns int) float64 {
	guesses := 0.0
	for i := 2; i <= to-from; i++ {
		for j := 1; j <= min(turns, i-1); j++ {
			guesses += binomial(i-1, j-1) * runStarts * math.Pow(neighbours, float64(j))
		}
	}
	shifted := 0
	for _, r := range f.text[from:to] {
		if _, _, s, _ := keyOf(r); s {
			shifted++
		}
	}
	if shifted > 0 {
		guesses *= choices(shifted, to-from-shifted)
	}
	return guesses
}

// sequences finds characters that follow one another in steps of the same size,
// at most 5: abcdef, 97531.
func (f *finder) sequences() (all []match) {
	const maxStep = 5
	for from := 0; from+1 < len(f.text); {
		step := f.text[from+1] - f.text[from]
		to := from + 2
		for to < len(f.text) && f.text[to]-f.text[to-1] == step {
			to++
		}
		small := step != 0 && step >= -maxStep && step <= maxStep
		if small && (to-from > 2 || step == 1 || step == -1) && alike(f.text[from:to]) {
			all = append(all, match{from, to, f.sequenceGuesses(from, to, step), sequence})
		}
		from = to - 1
	}
	return all
}

// alike tells whether all are of one kind, as the members of a sequence are.
func alike(text []rune) bool {
	for _, is := range []func(rune) bool{unicode.IsLower, unicode.IsUpper, unicode.IsDigit} {
		if !strings.ContainsFunc(string(text), func(r rune) bool { return !is(r) }) {
			return true
		}
	}
	return false
}

func (f *finder) sequenceGuesses(from, to int, step rune) float64 {
	first := f.text[from]
	base := 26.0
	switch {
	case strings.ContainsRune("aAzZ019", first):
		base = 4
	case unicode.IsDigit(first):
		base = 10
	}
	if step < 0 {
		base *= 2
	}
	return base * float64(to-from)
}

// repetitions finds parts that are one part again and again.
func (f *finder) repetitions() (all []match) {
	n := len(f.text)
	for from := 0; from < n; {
		best := match{}
		for size := 1; size <= (n-from)/2; size++ {
			to := from + size
			for to+size <= n && string(f.text[to:to+size]) == string(f.text[from:from+size]) {
				to += size
			}
			if to > from+size && to > best.to {
				part := finder{text: f.text[from : from+size], lower: f.lower[from : from+size], ranks: f.ranks}
				guesses, _ := part.least()
				best = match{from, to, guesses * float64((to-from)/size), repetition}
			}
		}
		if best.to == 0 {
			from++
			continue
		}
		all = append(all, best)
		from = best.to
	}
	return all
}

// Dates: the years that people choose, and how many they are at least.
const (
	firstYear = 1900
	lastYear  = 2050
	thisYear  = 2026 // about: it only has to be near
	fewYears  = 20
)

func yearGuesses(year int) float64 {
	return math.Max(math.Abs(float64(year-thisYear)), fewYears)
}

// dates finds years, and days in any order with or without marks between.
func (f *finder) dates() (all []match) {
	for from := range f.text {
		for to := from + 4; to <= min(len(f.text), from+10); to++ {
			if m, ok := f.dateAt(from, to); ok {
				all = append(all, m)
			}
		}
	}
	return all
}

func (f *finder) dateAt(from, to int) (match, bool) {
	fields := strings.FieldsFunc(string(f.text[from:to]), func(r rune) bool { return strings.ContainsRune("/-._ \\", r) })
	if !unicode.IsDigit(f.text[from]) || !unicode.IsDigit(f.text[to-1]) {
		return match{}, false
	}
	if len(fields) == 3 && to-from == len(fields[0])+len(fields[1])+len(fields[2])+2 {
		if year, ok := dayOf(fields[0], fields[1], fields[2]); ok {
			return match{from, to, 4 * 365 * yearGuesses(year), date}, true
		}
		return match{}, false
	}
	if len(fields) != 1 {
		return match{}, false
	}
	digits := fields[0]
	if year, ok := number(digits); ok && len(digits) == 4 && firstYear <= year && year <= lastYear {
		return match{from, to, yearGuesses(year), date}, true
	}
	best, found := 0, false
	for i := 1; i < len(digits)-1; i++ {
		for j := i + 1; j < len(digits); j++ {
			year, ok := dayOf(digits[:i], digits[i:j], digits[j:])
			if ok && (!found || yearGuesses(year) < yearGuesses(best)) {
				best, found = year, true
			}
		}
	}
	return match{from, to, 365 * yearGuesses(best), date}, found
}

// dayOf tells whether three numbers are a day, and of which year: the year is
// the first or the last.
func dayOf(a, b, c string) (year int, ok bool) {
	for _, order := range [][3]string{{a, b, c}, {c, b, a}} {
		y, ok1 := number(order[0])
		m, ok2 := number(order[1])
		d, ok3 := number(order[2])
		if !ok1 || !ok2 || !ok3 || len(order[0]) != 2 && len(order[0]) != 4 || len(order[1]) > 2 || len(order[2]) > 2 {
			continue
		}
		if len(order[0]) == 2 {
			if y += 1900; y <= 1950 {
				y += 100
			}
		}
		if firstYear <= y && y <= lastYear && (isDay(m, d) || isDay(d, m)) {
			return y, true
		}
	}
	return 0, false
}

func isDay(month, day int) bool { return 1 <= month && month <= 12 && 1 <= day && day <= 31 }

// number reads up to four digits.
func number(digits string) (n int, ok bool) {
	if len(digits) == 0 || len(digits) > 4 {
		return 0, false
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = 10*n + int(r-'0')
	}
	return n, true
}
