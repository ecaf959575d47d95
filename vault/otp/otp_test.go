package otp_test

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/otp"
)

// seed is the secret of the RFCs' test vectors, of so many bytes.
func seed(n int) string {
	return base32.StdEncoding.EncodeToString([]byte(strings.Repeat("1234567890", 7)[:n]))
}

func parse(t testing.TB, text string) otp.Key {
	t.Helper()
	k, err := otp.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// RFC 4226, appendix D.
func TestHOTP(t *testing.T) {
	k := parse(t, "otpauth://hotp/x?secret="+seed(20)+"&counter=0")
	for i, want := range strings.Fields("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489") {
		if got := k.Code(uint64(i)); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

// RFC 6238, appendix B, with the seeds of its erratum 2866.
func TestTOTP(t *testing.T) {
	for _, v := range []struct {
		at   int64
		want map[string]string
	}{
		{59, map[string]string{"SHA1": "94287082", "SHA256": "46119246", "SHA512": "90693936"}},
		{1111111109, map[string]string{"SHA1": "07081804", "SHA256": "68084774", "SHA512": "25091201"}},
		{1111111111, map[string]string{"SHA1": "14050471", "SHA256": "67062674", "SHA512": "99943326"}},
		{1234567890, map[string]string{"SHA1": "89005924", "SHA256": "91819424", "SHA512": "93441116"}},
		{2000000000, map[string]string{"SHA1": "69279037", "SHA256": "90698825", "SHA512": "38618901"}},
		{20000000000, map[string]string{"SHA1": "65353130", "SHA256": "77737706", "SHA512": "47863826"}},
	} {
		for alg, want := range v.want {
			secret := seed(map[string]int{"SHA1": 20, "SHA256": 32, "SHA512": 64}[alg])
			k := parse(t, fmt.Sprintf("otpauth://totp/x?secret=%s&algorithm=%s&digits=8", strings.TrimRight(secret, "="), alg))
			got, until := k.At(time.Unix(v.at, 0))
			if got != want || until.Unix() != v.at/30*30+30 {
				t.Errorf("%s at %d: %s until %v, want %s", alg, v.at, got, until, want)
			}
		}
	}
}

// The vectors of KeePassXC's tests, in all the ways that say Steam.
func TestSteam(t *testing.T) {
	const secret = "63BEDWCQZKTQWPESARIERL5DTTQFCJTK"
	for _, text := range []string{
		"steam://" + secret, " Steam://" + strings.ToLower(secret) + "\n", "steam://" + secret + "/",
		"otpauth://steam/Steam:kim?secret=" + secret, "otpauth://STEAM/kim?digits=5&secret=" + secret,
		"otpauth://totp/Steam:kim?secret=" + secret + "&period=30&digits=5&issuer=Steam&encoder=steam",
		"otpauth://totp/kim?encoder=steam&secret=" + secret, "otpauth://totp/kim?encoder=Steam&digits=5&secret=" + secret,
		"otpauth://totp/Steam:kim?secret=" + secret, "otpauth://totp/Steam?secret=" + secret,
		"otpauth://totp/kim?issuer=steam&secret=" + secret,
		"otpauth://totp/Steam:kim?issuer=Steam&algorithm=SHA1&digits=6&period=30&secret=" + secret,
	} {
		k := parse(t, text)
		again := parse(t, k.URI("NAME"))
		for at, want := range map[int64]string{1511200518: "FR8RV", 1511200714: "9P3VP"} {
			got, until := k.At(time.Unix(at, 0))
			same, _ := again.At(time.Unix(at, 0))
			if got != want || same != want || until.Unix() != at/30*30+30 {
				t.Errorf("%q: %s, and %s of its own URI, not %s", text, got, same, want)
			}
		}
	}
	for text, want := range map[string]string{
		"otpauth://totp/Valve:Steam?secret=" + secret:                      "six",
		"otpauth://totp/Steam:kim?issuer=Valve&secret=" + secret:           "six",
		"otpauth://totp/Steamship:kim?secret=" + secret:                    "six",
		"otpauth://hotp/Steam:kim?secret=" + secret:                        "six",
		"otpauth://totp/x?encoder=default&secret=" + secret:                "six",
		"otpauth://hotp/x?encoder=steam&secret=" + secret:                  "go with the clock",
		"otpauth://hotp/Steam:x?digits=5&secret=" + secret:                 "digits",
		"otpauth://totp/Steam:x?digits=8&secret=" + secret:                 "5 characters",
		"otpauth://totp/Steam:x?period=60&secret=" + secret:                "5 characters",
		"otpauth://totp/x?encoder=steam&algorithm=SHA256&secret=" + secret: "5 characters",
		"otpauth://totp/x?encoder=battlenet&secret=" + secret:              "encoder is",
		"otpauth://totp/x?digits=5&secret=" + secret:                       "digits",
		"steam://":                   "no secret",
		"steam://" + secret + "?x=1": "not of base32",
	} {
		k, err := otp.Parse(text)
		if want == "six" && (err != nil || k.Steam || k.Digits != 6) || want != "six" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %+v, %v", text, k.Steam, err)
		}
	}
}

// A parameter that could change the code is not passed over.
func TestParameters(t *testing.T) {
	for _, parameter := range []string{
		"algo=SHA256", "hash=SHA512", "otpHashMode=Sha256", "step=60", "interval=60", "size=8", "length=8", "t0=30", "offset=30",
		"type=hotp", "Digits=8", "PERIOD=60", "SECRET=x", "x=y", "digits=8&digits=6", "encoding=hex", "key=AAAA",
	} {
		if _, err := otp.Parse("otpauth://totp/x?secret=" + seed(20) + "&" + parameter); !errors.Is(err, otp.ErrInvalid) {
			t.Errorf("%s: %v", parameter, err)
		}
	}
	for _, parameter := range []string{"image=https%3A%2F%2Fx", "icon=x", "color=red", "codeDisplay=%7B%7D", "algorithm=HmacSHA1", "algorithm=hmac-sha-1", "digits=", "counter=7"} {
		if k := parse(t, "otpauth://totp/x?secret="+seed(20)+"&"+parameter); k.Code(1) != parse(t, seed(20)).Code(1) {
			t.Errorf("%s: another code", parameter)
		}
	}
}

func TestParse(t *testing.T) {
	want := parse(t, seed(20)).Code(1)
	for _, text := range []string{
		"  gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n", "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ",
		"OTPAUTH://TOTP/Example:kim?secret=" + seed(20), "otpauth://totp/?secret=" + seed(20) + "&image=x&digits=",
		"a password\nlogin: kim\notpauth://totp/x?secret=" + seed(20) + "\n",
	} {
		if k := parse(t, text); k.Code(1) != want || k.Type != otp.TOTP || k.Period != 30 || k.Digits != 6 {
			t.Errorf("%q: %+v", text, k)
		}
	}
	k := parse(t, "otpauth://totp/A%20B:%20kim@example.com?secret="+seed(20)+"&issuer=C&algorithm=sha-256&period=60&digits=7")
	if k.Issuer != "C" || k.Account != "kim@example.com" || k.Algorithm != "SHA256" || k.Period != 60 || k.Digits != 7 {
		t.Errorf("%q %q %s %d %d", k.Issuer, k.Account, k.Algorithm, k.Period, k.Digits)
	}
	for name, text := range map[string]string{
		"empty": "", "a zero": "GEZDGNB0GY3TQOJQ", "umlaut": "GEZDGNBVGY3TQOJÄ", "cut": "GEZDGNBVGY3TQOJQG", "short": "GEZDGNBVGY3TQOI",
		"padding inside": "GEZDGNBV=GY3TQOJQGEZDGNBVGY3TQOJQ", "long": strings.Repeat("A", 416), "very long": strings.Repeat(" ", 5000),
		"lines": seed(20) + "\n" + seed(20), "two URIs": strings.Repeat("otpauth://totp/x?secret="+seed(20)+"\n", 2),
		"other scheme": "https://example.com/?secret=" + seed(20), "migration": "otpauth-migration://offline?data=AAAA",
		"other type": "otpauth://motp/x?secret=" + seed(20), "no secret": "otpauth://totp/x?issuer=y", "empty secret": "otpauth://totp/x?secret=",
		"two secrets": "otpauth://totp/x?secret=" + seed(20) + "&secret=" + seed(20), "MD5": "otpauth://totp/x?algorithm=MD5&secret=" + seed(20),
		"5 digits": "otpauth://totp/x?digits=5&secret=" + seed(20), "9 digits": "otpauth://totp/x?digits=9&secret=" + seed(20),
		"period 0": "otpauth://totp/x?period=0&secret=" + seed(20), "a period": "otpauth://totp/x?period=86401&secret=" + seed(20),
		"counter": "otpauth://hotp/x?counter=-1&secret=" + seed(20), "counters": "otpauth://hotp/x?counter=9223372036854775807&secret=" + seed(20),
		"fragment": "otpauth://totp/a#b?secret=" + seed(20), "escape": "otpauth://totp/%zz?secret=" + seed(20), "semicolon": "otpauth://totp/x?secret=A;b=" + seed(20),
		"long URI": "otpauth://totp/x?secret=" + seed(20) + "&x=" + strings.Repeat("x", 4096),
	} {
		_, err := otp.Parse(text)
		if !errors.Is(err, otp.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "GEZ") {
			t.Errorf("%s: the error holds the secret", name)
		}
	}
}

// The URI of a key is that key.
func TestURI(t *testing.T) {
	for _, text := range []string{
		seed(20), "otpauth://hotp/x?counter=7&digits=8&secret=" + seed(20),
		"otpauth://totp/A%26B%20C:k%3Fm?algorithm=SHA512&period=15&secret=" + seed(64),
	} {
		k := parse(t, text)
		got := parse(t, k.URI("NAME"))
		if k.Account == "" {
			k.Account = "NAME"
		}
		if a, b := fmt.Sprint(got.Type, got.Issuer, got.Account, got.Algorithm, got.Digits, got.Period, got.Counter, got.Code(5)),
			fmt.Sprint(k.Type, k.Issuer, k.Account, k.Algorithm, k.Digits, k.Period, k.Counter, k.Code(5)); a != b {
			t.Errorf("%s\n%s", a, b)
		}
	}
}

// The counter goes on, and nothing else changes.
func TestNext(t *testing.T) {
	s := seed(20)
	for text, want := range map[string]string{
		"otpauth://hotp/x?secret=" + s + "&counter=9&issuer=%20y": "otpauth://hotp/x?secret=" + s + "&counter=10&issuer=%20y",
		"otpauth://hotp/x?secret=" + s:                            "otpauth://hotp/x?secret=" + s + "&counter=1",
		"pw\r\n otpauth://HOTP/x?counter=0&secret=" + s + " \nz":  "pw\r\n otpauth://HOTP/x?counter=1&secret=" + s + " \nz",
	} {
		if got, err := otp.Next(text); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	for _, text := range []string{
		s, "otpauth://totp/x?counter=1&secret=" + s, "otpauth://hotp/x?%63ounter=1&secret=" + s,
		"otpauth://hotp/x?counter=9223372036854775806&secret=" + s, "x",
	} {
		if _, err := otp.Next(text); !errors.Is(err, otp.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzParse: what is taken makes codes, and comes back from its URI the same;
// the counter only goes on.
func FuzzParse(f *testing.F) {
	seeds := []string{
		seed(20), "gezd gnbv gy3t qojq", "otpauth://totp/A:b?secret=" + seed(20) + "&issuer=A&period=60",
		"otpauth://hotp/x?secret=" + seed(32) + "&counter=3&algorithm=SHA256&digits=8", "pw\notpauth://hotp/x?secret=" + seed(20) + "\n",
		"steam://" + seed(20), "otpauth://totp/Steam:x?secret=" + seed(20) + "&encoder=steam&icon=x",
	}
	for _, s := range seeds {
		parse(f, s)
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := otp.Parse(text)
		if err != nil {
			if !errors.Is(err, otp.ErrInvalid) || fmt.Sprint(k) != "[redacted]" || k.Account != "" {
				t.Errorf("%v", err)
			}
			return
		}
		if code := k.Code(k.Counter); len(code) != k.Digits || !k.Steam && strings.Trim(code, "0123456789") != "" {
			t.Errorf("%q", code)
		}
		if same, err := otp.Parse(k.URI("N")); err != nil || same.Code(1) != k.Code(1) || same.Type != k.Type || same.Counter != k.Counter && k.Type == otp.HOTP {
			t.Errorf("%v", err)
		}
		if next, err := otp.Next(text); err == nil {
			if after, err := otp.Parse(next); err != nil || after.Counter != k.Counter+1 || after.Code(1) != k.Code(1) {
				t.Errorf("%v", err)
			}
		}
	})
}
