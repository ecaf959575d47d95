package crypto

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestIdentities(t *testing.T) {
	a, b := vectorOtherX25519+"\n", vectorOtherHybrid+"\n"
	for name, c := range map[string]struct {
		text string
		want error
		n    int
	}{
		"one":                {a, nil, 1},
		"no newline":         {strings.TrimSuffix(a, "\n"), nil, 1},
		"both":               {a + b, nil, 2},
		"comments":           {"# created: x\n\n" + a + "#\n" + b + "\n\n", nil, 2},
		"line ends":          {"# x\r\n\r\n" + strings.ReplaceAll(a+b, "\n", "\r\n"), nil, 2},
		"most":               {strings.Repeat(a, maxIdentities), nil, maxIdentities},
		"one too many":       {strings.Repeat(a, maxIdentities+1), ErrLimit, 0},
		"long comment":       {a + "#" + strings.Repeat("x", MaxIdentityFile-len(a)-1), nil, 1},
		"too long":           {a + "#" + strings.Repeat("x", MaxIdentityFile), ErrLimit, 0},
		"empty":              {"", ErrNoIdentity, 0},
		"comments only":      {"# x\n\n", ErrNoIdentity, 0},
		"lower case":         {strings.ToLower(a), ErrMalformed, 0},
		"a character wrong":  {strings.Replace(a, "5", "6", 1), ErrMalformed, 0},
		"cut short":          {a[:40] + "\n", ErrMalformed, 0},
		"space before":       {" " + a, ErrMalformed, 0},
		"a recipient":        {newFile(t, X25519).Recipients()[0], ErrMalformed, 0},
		"a plugin":           {"AGE-PLUGIN-YUBIKEY-1QQPQGQV9KNGC6F3P3\n", ErrMalformed, 0},
		"an SSH key":         {"-----BEGIN OPENSSH PRIVATE KEY-----\nxyz\n", ErrMalformed, 0},
		"encrypted":          {"age-encryption.org/v1\n-> scrypt x 18\n", ErrMalformed, 0},
		"encrypted, armored": {"-----BEGIN AGE ENCRYPTED FILE-----\nxyz\n", ErrMalformed, 0},
		"not text":           {"\x00\xff\n", ErrMalformed, 0},
	} {
		f, err := Identities("test", strings.NewReader(c.text))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "AGE-SECRET-KEY-1D") {
			t.Errorf("%s: the error holds an identity", name)
		}
		if err == nil && len(f.Recipients()) != c.n {
			t.Errorf("%s: %d identities", name, len(f.Recipients()))
		}
	}
	broken := errors.New("broken")
	if _, err := Identities("test", iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestRecipient(t *testing.T) {
	for _, s := range newFile(t, X25519, Hybrid).Recipients() {
		l, err := Recipient(s)
		if err != nil {
			t.Fatal(err)
		}
		if l.Public() != s || l.Kind() != KindAge || l.PostQuantum() != strings.HasPrefix(s, "age1pq1") {
			t.Errorf("%q: %q %q %v", s, l.Public(), l.Kind(), l.PostQuantum())
		}
		for _, bad := range []string{strings.ToUpper(s), s + " ", " " + s, s[:len(s)-1], s + "q"} {
			if _, err := Recipient(bad); !errors.Is(err, ErrMalformed) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
	for _, bad := range []string{
		"", "age1", "age1pq1", vectorX25519, vectorHybrid,
		"age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
	} {
		_, err := Recipient(bad)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET-KEY-1X") {
			t.Error("the error holds an identity")
		}
	}
}

func TestParseIdentity(t *testing.T) {
	for _, s := range []string{vectorX25519, vectorHybrid} {
		i, err := ParseIdentity(s)
		if err != nil || i.Reveal() != s {
			t.Errorf("%v", err)
		}
		for _, bad := range []string{
			"", s + "\n", " " + s, strings.ToLower(s), s[:len(s)-1], s + "Q", strings.Replace(s, "AGE", "age", 1),
		} {
			if _, err := ParseIdentity(bad); !errors.Is(err, ErrMalformed) {
				t.Errorf("%v", err)
			}
		}
	}
	if _, err := NewIdentity("rsa"); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
}

func FuzzIdentities(f *testing.F) {
	seed(f, []string{
		vectorOtherX25519 + "\n" + vectorOtherHybrid + "\n", "# x\r\n\r\n" + vectorX25519,
		"AGE-PLUGIN-X-1\n", "-----BEGIN X\n", "age1\n", "\xff",
	}, func(s string) []byte { return []byte(s) })
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Identities("fuzz", strings.NewReader(string(b)))
		if err != nil {
			if errorClass(err) == nil {
				t.Errorf("an error of no class: %v", err)
			}
			return
		}
		for _, s := range file.Recipients() {
			if _, err := Recipient(s); err != nil {
				t.Error(err)
			}
		}
		if slices.Contains(file.Recipients(), "") {
			t.Error("an identity without a recipient")
		}
	})
}
