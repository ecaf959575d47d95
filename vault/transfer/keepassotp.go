package transfer

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/otp"
)

// KeePass, its plugins and KeePassXC each have attributes of their own for what
// one-time passwords are made of:
//
//	otp                                      a URI, or KeeOtp's key=…&size=…&step=…
//	TOTP Seed, TOTP Settings                 base32, and "period;digits" or "period;S" for Steam
//	TimeOtp-Secret[-Hex|-Base32|-Base64]     with TimeOtp-Length, -Period, -Algorithm
//	HmacOtp-Secret[-Hex|-Base32|-Base64]     with HmacOtp-Counter
//
// All become a URI, NAME_OTP, that says the same. Where one cannot, because
// something in it is not known, the attributes stay as they are, and that is told.

// keepassOTP are the attributes of an entry that have to do with it, as they are.
type keepassOTP struct {
	keys   []string
	values map[string]string
}

// take keeps an attribute, if it is one of these.
func (o *keepassOTP) take(key, value string) bool {
	known := key == "TOTP Seed" || key == "TOTP Settings" ||
		strings.HasPrefix(key, "TimeOtp-") || strings.HasPrefix(key, "HmacOtp-") ||
		key == "otp" && strings.Contains(value, "key=") && !strings.Contains(value, "://")
	if !known || value == "" {
		return known
	}
	if o.values == nil {
		o.values = map[string]string{}
	}
	if _, twice := o.values[key]; !twice {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
	return true
}

// keepassForms are the ways to say it: which attributes belong to one, and what
// they say as parameters of a URI.
var keepassForms = []struct {
	kind  string
	has   func(key string) bool
	query func(values map[string]string) (url.Values, bool)
}{
	{"totp", func(key string) bool { return key == "otp" }, keeOTP},
	{"totp", func(key string) bool { return strings.HasPrefix(key, "TOTP ") }, trayTOTP},
	{"totp", func(key string) bool { return strings.HasPrefix(key, "TimeOtp-") }, timeOTP},
	{"hotp", func(key string) bool { return strings.HasPrefix(key, "HmacOtp-") }, hmacOTP},
}

// add gives the entry what the attributes say, and tells whether all of them
// could be understood.
func (o *keepassOTP) add(e *entry) (understood bool, err error) {
	understood = true
	for _, form := range keepassForms {
		keys := slices.DeleteFunc(slices.Clone(o.keys), func(key string) bool { return !form.has(key) })
		if len(keys) == 0 {
			continue
		}
		query, ok := form.query(o.values)
		uri := ""
		if ok {
			uri, ok = otpURI(form.kind, query, e)
		}
		if ok {
			if err := e.setOnce(otpField, uri); err != nil {
				return false, err
			}
			continue
		}
		understood = false
		for _, key := range keys {
			if err := e.set(label(key), o.values[key]); err != nil {
				return false, err
			}
		}
	}
	return understood, nil
}

// setOnce adds a text that the entry has not under this label.
func (e *entry) setOnce(label, text string) error {
	for _, f := range e.fields {
		if f.label == label && string(f.value.Reveal()) == text {
			return nil
		}
	}
	return e.setValue(label, vault.Text(text))
}

// otpURI is a URI with these parameters, for the entry.
func otpURI(kind string, query url.Values, e *entry) (string, bool) {
	if kind == "totp" && query.Get("type") != "" {
		kind = query.Get("type")
	}
	query.Del("type")
	key, err := otp.Parse("otpauth://" + kind + "/?" + query.Encode())
	if err != nil {
		return "", false
	}
	defer key.Wipe()
	plain := key.URI(" ")
	// A title can itself mean a kind of code: Steam.
	for _, issuer := range []string{e.title, ""} {
		key.Issuer = issuer
		again, err := otp.Parse(key.URI(orTitle(e)))
		if err != nil {
			continue
		}
		uri := again.URI(orTitle(e))
		again.Issuer, again.Account = "", ""
		same := again.URI(" ") == plain
		again.Wipe()
		if same {
			return uri, true
		}
	}
	return plain, true
}

// orTitle is the entry's user, or its title.
func orTitle(e *entry) string {
	for _, f := range e.fields {
		if f.label == usernameField {
			return string(f.value.Reveal())
		}
	}
	return e.path(false)
}

// keeOTP reads what the plugin KeeOtp writes.
func keeOTP(values map[string]string) (url.Values, bool) {
	said, err := url.ParseQuery(values["otp"])
	if err != nil {
		return nil, false
	}
	out := url.Values{}
	for name, list := range said {
		value := list[0]
		switch strings.ToLower(name) {
		case "key":
			out.Set("secret", value)
		case "size":
			out.Set("digits", value)
		case "step":
			out.Set("period", value)
		case "counter":
			out.Set("counter", value)
		case "otphashmode":
			out.Set("algorithm", value)
		case "type":
			out.Set("type", strings.ToLower(value))
		case "encoding":
			if !strings.EqualFold(value, "base32") {
				return nil, false
			}
		default:
			return nil, false
		}
		if len(list) > 1 {
			return nil, false
		}
	}
	return out, true
}

// trayTOTP reads what KeeTrayTOTP and older KeePassXC write. A third setting
// is where the clock is asked for, which changes no code.
func trayTOTP(values map[string]string) (url.Values, bool) {
	out := url.Values{"secret": {values["TOTP Seed"]}}
	settings := values["TOTP Settings"]
	if settings == "" {
		return out, true
	}
	parts := strings.SplitN(settings, ";", 3)
	if len(parts) < 2 {
		return nil, false
	}
	out.Set("period", strings.TrimSpace(parts[0]))
	if length := strings.TrimSpace(parts[1]); length == "S" {
		out.Set("encoder", "steam")
	} else {
		out.Set("digits", length)
	}
	return out, true
}

func timeOTP(values map[string]string) (url.Values, bool) {
	secret, ok := keepassSecret("TimeOtp-", values, "TimeOtp-Length", "TimeOtp-Period", "TimeOtp-Algorithm")
	return url.Values{
		"secret": {secret}, "digits": {values["TimeOtp-Length"]}, "period": {values["TimeOtp-Period"]}, "algorithm": {values["TimeOtp-Algorithm"]},
	}, ok
}

func hmacOTP(values map[string]string) (url.Values, bool) {
	secret, ok := keepassSecret("HmacOtp-", values, "HmacOtp-Counter")
	return url.Values{"secret": {secret}, "counter": {values["HmacOtp-Counter"]}}, ok
}

// keepassSecret is the one secret among the attributes that begin with prefix, in
// base32. Besides it there may be those in known, and no others.
func keepassSecret(prefix string, values map[string]string, known ...string) (string, bool) {
	found := ""
	for key, value := range values {
		encoding, isSecret := strings.CutPrefix(key, prefix+"Secret")
		if !strings.HasPrefix(key, prefix) || slices.Contains(known, key) {
			continue
		}
		secret, ok := base32Of(encoding, value)
		if !isSecret || !ok || found != "" && found != secret {
			return "", false
		}
		found = secret
	}
	return found, found != ""
}

// base32Of brings a secret to base32.
func base32Of(encoding, value string) (string, bool) {
	var raw []byte
	var err error
	clean := strings.Join(strings.Fields(value), "")
	switch encoding {
	case "":
		raw = []byte(value)
	case "-Hex":
		raw, err = hex.DecodeString(clean)
	case "-Base32":
		return strings.TrimRight(strings.ToUpper(strings.ReplaceAll(clean, "-", "")), "="), true
	case "-Base64":
		raw, err = base64.StdEncoding.DecodeString(clean)
	default:
		return "", false
	}
	defer clear(raw)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw), err == nil
}
