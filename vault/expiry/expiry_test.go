package expiry_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/expiry"
)

// certificate makes a self-signed one that ends then.
func certificate(t testing.TB, end time.Time) []byte {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Unix(0, 0), NotAfter: end,
	}
	der, err := x509.CreateCertificate(nil, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func token(header, payload string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(header)) + "." + enc([]byte(payload)) + ".c2lnbmF0dXJl"
}

var (
	early = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	late  = time.Date(2061, 1, 1, 0, 0, 0, 0, time.UTC) // a GeneralizedTime
)

const key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n"

func TestOf(t *testing.T) {
	one, other := certificate(t, early), certificate(t, late)
	for name, test := range map[string]struct {
		value string
		want  time.Time // zero: tells nothing
		from  expiry.Source
	}{
		"certificate":        {string(one), early, expiry.Certificate},
		"in 2061":            {string(other), late, expiry.Certificate},
		"chain":              {string(other) + string(one) + string(other), early, expiry.Certificate},
		"with key and text":  {"a text before\n" + key + string(one) + "a text behind", early, expiry.Certificate},
		"key only":           {key, time.Time{}, ""},
		"damaged":            {strings.Replace(string(one), "M", "N", 1), time.Time{}, ""},
		"one of two damaged": {string(one) + strings.Replace(string(other), "M", "N", 1), time.Time{}, ""},
		"17 certificates":    {strings.Repeat(string(one), 17), time.Time{}, ""},
		"16 certificates":    {strings.Repeat(string(one), 16), early, expiry.Certificate},
		"too long":           {string(one) + strings.Repeat(" ", expiry.MaxPEM), time.Time{}, ""},

		"token":           {token(`{"alg":"HS256","typ":"JWT"}`, `{"sub":"x","exp":1936000000}`), time.Unix(1936000000, 0), expiry.Token},
		"token and space": {" " + token(`{"alg":"none"}`, `{"exp":1936000000.75}`) + "\n", time.Unix(1936000000, 0), expiry.Token},
		"exponent":        {token(`{"alg":"none"}`, `{"exp":1.936e9}`), time.Unix(1936000000, 0), expiry.Token},
		"no exp":          {token(`{"alg":"none"}`, `{"iat":1}`), time.Time{}, ""},
		"no alg":          {token(`{}`, `{"exp":1936000000}`), time.Time{}, ""},
		"exp a string":    {token(`{"alg":"none"}`, `{"exp":"1936000000"}`), time.Time{}, ""},
		"exp too large":   {token(`{"alg":"none"}`, `{"exp":253402300800}`), time.Time{}, ""},
		"exp endless":     {token(`{"alg":"none"}`, `{"exp":1e400}`), time.Time{}, ""},
		"exp negative":    {token(`{"alg":"none"}`, `{"exp":-1}`), time.Time{}, ""},
		"padded":          {strings.Replace(token(`{"alg":"none"}`, `{"exp":1936000000}`), ".", "=.", 1), time.Time{}, ""},
		"four parts":      {token(`{"alg":"none"}`, `{"exp":1936000000}`) + ".", time.Time{}, ""},
		"long token":      {token(`{"alg":"none"}`, `{"exp":1936000000,"x":"`+strings.Repeat("x", expiry.MaxToken)+`"}`), time.Time{}, ""},
		"domain":          {"www.example.com", time.Time{}, ""},
		"empty":           {"", time.Time{}, ""},
	} {
		got, from, ok := expiry.Of([]byte(test.value))
		if ok == test.want.IsZero() || ok && !got.Equal(test.want) || from != test.from {
			t.Errorf("%s: %v, %q, %v; want %v, %q", name, got, from, ok, test.want, test.from)
		}
	}
}

// FuzzOf: no value panics, is changed, or tells a time that no secret can have.
func FuzzOf(f *testing.F) {
	seeds := [][]byte{
		certificate(f, early), append(certificate(f, late), key...), []byte(key),
		[]byte(token(`{"alg":"none"}`, `{"exp":1936000000}`)), []byte(token(`{"alg":"ES256"}`, `{"exp":1e9,"nbf":[{}]}`)), []byte("a.b.c"),
	}
	told := 0
	for _, s := range seeds {
		if _, _, ok := expiry.Of(s); ok {
			told++
		}
		f.Add(s)
	}
	if told != 4 {
		f.Fatalf("%d of the seeds tell an expiry", told)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		before := bytes.Clone(value)
		at, from, ok := expiry.Of(value)
		if !bytes.Equal(value, before) {
			t.Error("the value was changed")
		}
		if ok != (from != "") || ok == at.IsZero() {
			t.Errorf("%v, %q, %v", at, from, ok)
		}
		if ok && (at.Unix() < 0 || at.Year() > 9999 || at.Nanosecond() != 0) {
			t.Errorf("%v", at)
		}
	})
}
