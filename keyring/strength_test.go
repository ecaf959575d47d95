package keyring

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The verdicts are held against zxcvbn's, as trustelem/zxcvbn 1.0.1 gives them:
// what it finds guessable is weak, what it finds strong is not, and where the two
// differ the phrase lies between.
func TestStrength(t *testing.T) {
	f, err := os.Open("testdata/strength.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, ranks := 0, commonRanks()
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		guesses, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			t.Fatal(lines.Text())
		}
		e := strength([]byte(fields[0]), ranks)
		if guesses < 8.5 && !e.Weak() || guesses > 12.5 && e.Weak() {
			t.Errorf("%s: %s; zxcvbn 10^%.2f", fields[0], e, guesses)
		}
		if (e.Warning != "") != e.Weak() {
			t.Errorf("%s: %s", fields[0], e)
		}
	}
	if n < 100 {
		t.Errorf("%d phrases", n)
	}
}

func TestStrengthAtTheEdges(t *testing.T) {
	if e := Strength(nil); e.Guesses != 0 {
		t.Errorf("nothing: %s", e)
	}
	if n := len(commonRanks()); n < 30_000 {
		t.Errorf("%d common words", n)
	}
	start := time.Now()
	for _, long := range []string{strings.Repeat("a", 10_000), strings.Repeat("password1", 1000), strings.Repeat("qwerty", 1000), "\x00\xff\xfe", strings.Repeat("€", 200)} {
		Strength([]byte(long))
	}
	if d := time.Since(start); d > 3*time.Minute { // a runaway, on any machine
		t.Errorf("it took %v", d)
	}
}

func FuzzStrength(f *testing.F) {
	for _, seed := range []string{"", "a", "Passw0rd", "1987-05-12", "qwertyuiop", "aaaa", "abcabc", "日本語"} {
		f.Add([]byte(seed))
	}
	ranks := commonRanks()
	f.Fuzz(func(t *testing.T, phrase []byte) {
		e := strength(phrase, ranks)
		if e.Guesses < 0 || e.Guesses != e.Guesses {
			t.Errorf("%v", e)
		}
	})
}
