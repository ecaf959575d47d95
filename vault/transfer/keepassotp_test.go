package transfer

import (
	"strings"
	"testing"
	"time"

	"github.com/tacit-vault/tacit/vault/otp"
)

// keepassEntry is an export with one entry of these attributes.
func keepassEntry(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<KeePassFile><Root><Group><Name>db</Name><Entry>")
	for i := 0; i < len(pairs); i += 2 {
		b.WriteString("<String><Key>" + pairs[i] + "</Key><Value>" + strings.ReplaceAll(pairs[i+1], "&", "&amp;") + "</Value></String>")
	}
	b.WriteString("</Entry></Group></Root></KeePassFile>")
	return b.String()
}

// What KeePass, KeePassXC and plugins keep of one-time passwords gives the codes
// that they give: those of RFC 6238, and of KeePassXC's tests for Steam.
func TestKeePassOTP(t *testing.T) {
	const (
		sha1   = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
		sha256 = "12345678901234567890123456789012"
		steam  = "63BEDWCQZKTQWPESARIERL5DTTQFCJTK"
	)
	for name, c := range map[string]struct {
		at    int64
		code  string
		pairs []string
	}{
		"tray":          {59, "287082", []string{"TOTP Seed", sha1}},
		"tray 8":        {59, "94287082", []string{"TOTP Settings", "30;8", "TOTP Seed", strings.ToLower(sha1[:4]) + " " + sha1[4:]}},
		"tray with url": {59, "287082", []string{"TOTP Seed", sha1, "TOTP Settings", "30;6;https://time.example"}},
		"tray steam":    {1511200518, "FR8RV", []string{"TOTP Seed", steam, "TOTP Settings", "30;S"}},
		"time":          {59, "287082", []string{"TimeOtp-Secret-Base32", sha1}},
		"time text":     {59, "46119246", []string{"TimeOtp-Secret", sha256, "TimeOtp-Algorithm", "HMAC-SHA-256", "TimeOtp-Length", "8"}},
		"time hex":      {118, "94287082", []string{"TimeOtp-Secret-Hex", "31323334353637383930 31323334353637383930", "TimeOtp-Length", "8", "TimeOtp-Period", "60"}},
		"time base64":   {59, "94287082", []string{"TimeOtp-Secret-Base64", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "TimeOtp-Length", "8"}},
		"counter":       {3, "969429", []string{"HmacOtp-Secret", "12345678901234567890", "HmacOtp-Counter", "3"}},
		"keeotp":        {59, "94287082", []string{"otp", "key=" + sha1 + "&size=8&step=30&type=Totp&otpHashMode=Sha1"}},
		"keeotp steam":  {1511200518, "FR8RV", []string{"otp", "key=" + steam + "&type=Steam"}},
		"uri":           {1511200518, "FR8RV", []string{"otp", "otpauth://totp/x?secret=" + steam + "&encoder=steam"}},
		"not steam":     {59, "287082", []string{"Title", "Steam", "UserName", "Steam", "TOTP Seed", sha1, "TOTP Settings", "30;6"}},
		"both":          {59, "287082", []string{"TOTP Seed", sha1, "TimeOtp-Secret-Base32", sha1}},
	} {
		pairs := c.pairs
		if pairs[0] != "Title" {
			pairs = append([]string{"Title", "Entry", "UserName", "kim & co"}, pairs...)
		}
		in := keepassEntry(pairs...)
		r, err := ReadKeePass(strings.NewReader(in), int64(len(in)), Entries{})
		if err != nil || len(r.Items) != 2 || !strings.HasSuffix(r.Items[1].Name, "_OTP") || len(r.Skipped) > 0 {
			t.Errorf("%s: %v, %s", name, err, show(r))
			continue
		}
		key, err := otp.Parse(string(r.Items[1].Value.Reveal()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		code, _ := key.At(time.Unix(c.at, 0))
		if key.Type == otp.HOTP {
			code = key.Code(key.Counter)
		}
		if code != c.code {
			t.Errorf("%s: %s, not %s", name, code, c.code)
		}
	}
}

// What is not understood stays as it is, and is told.
func TestKeePassOTPOdd(t *testing.T) {
	for name, pairs := range map[string][]string{
		"digits":    {"TOTP Seed", "GEZDGNBVGY3TQOJQ", "TOTP Settings", "30;12"},
		"settings":  {"TOTP Seed", "GEZDGNBVGY3TQOJQ", "TOTP Settings", "30"},
		"alone":     {"TOTP Settings", "30;6"},
		"seed":      {"TOTP Seed", "not base32!"},
		"algorithm": {"TimeOtp-Secret", "12345678901234567890", "TimeOtp-Algorithm", "HMAC-MD5"},
		"two":       {"TimeOtp-Secret", "12345678901234567890", "TimeOtp-Secret-Hex", "00"},
		"unknown":   {"TimeOtp-Secret", "12345678901234567890", "TimeOtp-Offset", "30"},
		"hex":       {"TimeOtp-Secret-Hex", "0g"},
		"no secret": {"HmacOtp-Counter", "3"},
		"keeotp":    {"otp", "key=GEZDGNBVGY3TQOJQ&size=6&truncate=x"},
		"encoding":  {"otp", "key=GEZDGNBVGY3TQOJQ&encoding=Hex"},
	} {
		in := keepassEntry(append([]string{"Title", "E"}, pairs...)...)
		r, err := ReadKeePass(strings.NewReader(in), int64(len(in)), Entries{})
		if err != nil || len(r.Items) != len(pairs)/2 || len(r.Skipped) != 1 {
			t.Errorf("%s: %v %s", name, err, show(r))
			continue
		}
		for i, item := range r.Items {
			if string(item.Value.Reveal()) != pairs[2*i+1] {
				t.Errorf("%s: %s is not as it was", name, item.Name)
			}
		}
	}
}
