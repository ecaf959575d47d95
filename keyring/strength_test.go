package keyring

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The estimates are held against those of zxcvbn itself, as trustelem/zxcvbn
// 1.0.1 gives them: the score is never further than one off, and seldom that.
func TestStrength(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	f, err := os.Open("testdata/strength.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, same := 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		fields := strings.Split(lines.Text(), "\t")
		guesses, err1 := strconv.ParseFloat(fields[1], 64)
		score, err2 := strconv.Atoi(fields[2])
		if err1 != nil || err2 != nil {
			t.Fatal(lines.Text())
		}
		e := Strength([]byte(fields[0]))
		if e.Score == score {
			same++
		} else {
			t.Logf("%s: 10^%.2f, score %d; zxcvbn 10^%.2f, score %d", fields[0], e.Guesses, e.Score, guesses, score)
		}
		if d := e.Score - score; d > 1 || d < -1 {
			t.Errorf("%s: score %d, zxcvbn %d", fields[0], e.Score, score)
		}
		if (e.Warning != "") != (e.Score < 4) || e.Weak() != (e.Score < 4) {
			t.Errorf("%s: %s", fields[0], e)
		}
	}
	t.Logf("%d of %d scores are the same", same, n)
	if n < 100 || same*10 < n*9 {
		t.Errorf("%d of %d scores are the same", same, n)
	}
}

func TestStrengthAtTheEdges(t *testing.T) {
	if e := Strength(nil); e.Score != 0 {
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
		if e.Score < 0 || e.Score > 4 || e.Guesses < 0 || e.Guesses != e.Guesses {
			t.Errorf("%v", e)
		}
	})
}
