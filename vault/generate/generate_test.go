package generate

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/sethvargo/go-diceware/diceware"
)

func TestCharactersAreOfTheirClasses(t *testing.T) {
	for classes := Class(1); classes <= All; classes++ {
		alphabet := classes.alphabet()
		for n := range 40 {
			s, entropy, err := Characters(n, classes)
			if err != nil {
				if !errors.Is(err, ErrLimit) || n >= 4 {
					t.Errorf("%d of %d: %v", n, classes, err)
				}
				continue
			}
			if len(s) != n || strings.Trim(s, alphabet) != "" || !classes.all([]byte(s)) {
				t.Errorf("%d of %d: %q", n, classes, s)
			}
			if most := float64(n) * math.Log2(float64(len(alphabet))); entropy <= 0 || entropy > most+1e-9 {
				t.Errorf("%d of %d: %f bits of at most %f", n, classes, entropy, most)
			}
		}
	}
}

// TestCharactersAreUniform is Pearson's test over a million characters of each
// alphabet. A fair source stays below the bound but once in more than a thousand million runs.
func TestCharactersAreUniform(t *testing.T) {
	for _, classes := range []Class{Lower, Digits, Symbols, Lower | Upper | Digits, All} {
		alphabet := classes.alphabet()
		counts := map[byte]float64{}
		buf := make([]byte, MaxLength)
		for range 100 {
			draw(buf, alphabet)
			for _, c := range buf {
				counts[c]++
			}
		}
		if chi2, bound := chiSquared(counts, alphabet); chi2 > bound || len(counts) != len(alphabet) {
			t.Errorf("%q: chi² %.1f, bound %.1f, %d characters", alphabet, chi2, bound, len(counts))
		}
	}
}

// TestBiasWouldBeSeen makes the mistake that draw avoids, as often.
func TestBiasWouldBeSeen(t *testing.T) {
	alphabet := All.alphabet()
	counts := map[byte]float64{}
	for i := range 1_000_000 {
		counts[alphabet[i%256%len(alphabet)]]++
	}
	if chi2, bound := chiSquared(counts, alphabet); chi2 < bound {
		t.Errorf("chi² %.1f, bound %.1f", chi2, bound)
	}
}

// chiSquared is the statistic, and its quantile at one in ten thousand million after
// Wilson and Hilferty.
func chiSquared(counts map[byte]float64, alphabet string) (chi2, bound float64) {
	total := 0.0
	for _, n := range counts {
		total += n
	}
	want := total / float64(len(alphabet))
	for i := range len(alphabet) {
		d := counts[alphabet[i]] - want
		chi2 += d * d / want
	}
	k := float64(len(alphabet) - 1)
	return chi2, k * math.Pow(1-2/(9*k)+6.361*math.Sqrt(2/(9*k)), 3)
}

// TestEntropyCounts compares with counting all strings of a small case.
func TestEntropyCounts(t *testing.T) {
	// Two of lower and digits: 26×10 in two orders.
	_, entropy, err := Characters(2, Lower|Digits)
	if want := math.Log2(2 * 26 * 10); err != nil || math.Abs(entropy-want) > 1e-9 {
		t.Errorf("%f bits, want %f, %v", entropy, want, err)
	}
	// Three: 36³ less those of one class.
	_, entropy, err = Characters(3, Lower|Digits)
	if want := math.Log2(36*36*36 - 26*26*26 - 10*10*10); err != nil || math.Abs(entropy-want) > 1e-9 {
		t.Errorf("%f bits, want %f, %v", entropy, want, err)
	}
	// Four of all: one of each in any order.
	_, entropy, err = Characters(4, All)
	if want := math.Log2(24 * 26 * 26 * 10 * float64(len(alphabets[3]))); err != nil || math.Abs(entropy-want) > 1e-9 {
		t.Errorf("%f bits, want %f, %v", entropy, want, err)
	}
}

func TestAlphabets(t *testing.T) {
	seen := map[rune]bool{}
	for _, r := range All.alphabet() {
		if seen[r] || r <= ' ' || r > '~' || strings.ContainsRune("'\"\\$`", r) {
			t.Errorf("%q", r)
		}
		seen[r] = true
	}
}

func TestWords(t *testing.T) {
	list := map[string]bool{}
	for i := range 6 * 6 * 6 * 6 * 6 {
		n, key := i, 0
		for d := 1; d <= 10_000; d *= 10 {
			key += (n%6 + 1) * d
			n /= 6
		}
		if w := diceware.WordListEffLarge().WordAt(key); !strings.Contains(w, "-") {
			list[w] = true
		}
	}
	if len(list) != listSize {
		t.Fatalf("%d words in the list", len(list))
	}
	for _, n := range []int{1, 6, MaxWords} {
		s, entropy, err := Words(n, " ")
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Split(s, " ")
		seen := map[string]bool{}
		for _, w := range words {
			if !list[w] || seen[w] {
				t.Errorf("%q", w)
			}
			seen[w] = true
		}
		if most := float64(n) * math.Log2(listSize); len(words) != n || entropy > most || entropy < most-1 {
			t.Errorf("%d words, %f bits", len(words), entropy)
		}
	}
	if s, _, err := Words(2, "::"); err != nil || strings.Count(s, "::") != 1 {
		t.Errorf("%q, %v", s, err)
	}
}

// A phrase has as many words as who reads it counts: "felt-tip" would be two.
func TestWordsAreLetters(t *testing.T) {
	for range 3000 {
		s, _, err := Words(10, " ")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz ") != "" {
			t.Fatal(s)
		}
	}
}

func TestBytes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 32, 5000} {
		s, entropy, err := Hex(n)
		b, decodeErr := hex.DecodeString(s)
		if err != nil || decodeErr != nil || len(b) != n || entropy != float64(8*n) || s != strings.ToLower(s) {
			t.Errorf("hex of %d: %d bytes, %f bits, %v", n, len(b), entropy, err)
		}
		s, entropy, err = Base64(n)
		b, decodeErr = base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || decodeErr != nil || len(b) != n || entropy != float64(8*n) {
			t.Errorf("base64 of %d: %d bytes, %f bits, %v", n, len(b), entropy, err)
		}
	}
	if s, _, err := Base64(7500); err != nil || len(s) != MaxLength {
		t.Errorf("%d characters, %v", len(s), err)
	}
}

func TestNothingTwice(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		a, _, _ := Characters(16, All)
		b, _, _ := Words(6, "-")
		c, _, _ := Hex(16)
		d, _, _ := Base64(16)
		for _, s := range []string{a, b, c, d} {
			if s == "" || seen[s] {
				t.Fatalf("%q twice", s)
			}
			seen[s] = true
		}
	}
}

func TestLimits(t *testing.T) {
	for name, f := range map[string]func() (string, float64, error){
		"no characters":       func() (string, float64, error) { return Characters(0, Lower) },
		"fewer than classes":  func() (string, float64, error) { return Characters(3, All) },
		"too many characters": func() (string, float64, error) { return Characters(MaxLength+1, All) },
		"no class":            func() (string, float64, error) { return Characters(10, 0) },
		"unknown class":       func() (string, float64, error) { return Characters(10, All+1) },
		"negative":            func() (string, float64, error) { return Characters(-1, All) },
		"no words":            func() (string, float64, error) { return Words(0, "-") },
		"too many words":      func() (string, float64, error) { return Words(MaxWords+1, "-") },
		"long separator":      func() (string, float64, error) { return Words(2, strings.Repeat("-", MaxSeparator+1)) },
		"bad separator":       func() (string, float64, error) { return Words(2, "\xff") },
		"no bytes":            func() (string, float64, error) { return Hex(0) },
		"too many bytes":      func() (string, float64, error) { return Hex(5001) },
		"no bytes, base64":    func() (string, float64, error) { return Base64(-1) },
		"too many, base64":    func() (string, float64, error) { return Base64(7501) },
	} {
		if s, entropy, err := f(); !errors.Is(err, ErrLimit) || s != "" || entropy != 0 {
			t.Errorf("%s: %q, %f, %v", name, s, entropy, err)
		}
	}
	if s, _, err := Characters(MaxLength, All); err != nil || len(s) != MaxLength {
		t.Errorf("%d characters, %v", len(s), err)
	}
}
