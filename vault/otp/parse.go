package otp

import (
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// ErrInvalid is wrapped by the error of what is no secret of one-time passwords.
var ErrInvalid = errors.New("no secret for one-time passwords")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

const scheme = "otpauth://"

// steamScheme comes before a bare secret of Steam's, as Bitwarden has it.
const steamScheme = "steam://"

// Parse reads an otpauth:// URI as the Key Uri Format of Google Authenticator has
// it, or a secret in base32 for TOTP with six digits, SHA-1 and 30 seconds; spaces,
// dashes, lower case and missing padding are all right in it. Of a text of several
// lines one may be a URI, and is taken.
//
// A URI is Steam's where it says encoder=steam, otpauth://steam, or has Steam for
// its issuer or label; so is steam:// with a bare secret. A parameter that is not
// known is an error, because it could change the code; pictures, colours, folders
// and the like are known. The error wraps [ErrInvalid].
func Parse(text string) (Key, error) {
	from, to, ok := findURI(text)
	switch {
	case ok:
		return parseURI(text[from:to])
	case strings.Contains(strings.TrimSpace(text), "\n"):
		return Key{}, invalid("several lines, of which none, or more than one, is an otpauth:// URI")
	case hasSteamScheme(text):
		return parseSteam(strings.TrimSpace(text)[len(steamScheme):])
	case strings.HasPrefix(text, "otpauth-migration://"):
		return Key{}, invalid("an export of several accounts, which only the app reads that made it: give the QR code or the text of each account")
	case strings.Contains(text, "://"):
		return Key{}, invalid("a URI that is no otpauth://totp, otpauth://hotp or steam://")
	case len(text) > maxURI:
		return Key{}, invalid("longer than %d bytes", maxURI)
	}
	secret, err := decodeSecret(text)
	if err == nil && len(secret) < minBare {
		clear(secret)
		err = invalid("a bare secret has %d characters of base32 at least; a shorter one goes into an otpauth:// URI", minBare*8/5)
	}
	if err != nil {
		return Key{}, err
	}
	return Key{Type: TOTP, Algorithm: defaultAlgorithm, Digits: defaultDigits, Period: defaultPeriod, secret: secret}, nil
}

func hasSteamScheme(text string) bool {
	text = strings.TrimSpace(text)
	return len(text) >= len(steamScheme) && strings.EqualFold(text[:len(steamScheme)], steamScheme)
}

// parseSteam reads what stands behind steam://.
func parseSteam(text string) (Key, error) {
	if len(text) > maxURI {
		return Key{}, invalid("longer than %d bytes", maxURI)
	}
	if unescaped, err := url.PathUnescape(text); err == nil {
		text = unescaped
	}
	secret, err := decodeSecret(strings.TrimSuffix(text, "/"))
	if err != nil {
		return Key{}, err
	}
	k := Key{Type: TOTP, Issuer: steamIssuer, Algorithm: defaultAlgorithm, Period: defaultPeriod, Digits: steamLength, Steam: true, secret: secret}
	return k, nil
}

// findURI finds the one line of a text that is a URI.
func findURI(text string) (from, to int, ok bool) {
	at := 0
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if len(trimmed) >= len(scheme) && strings.EqualFold(trimmed[:len(scheme)], scheme) {
			if ok {
				return 0, 0, false
			}
			from, ok = at+strings.Index(line, trimmed), true
			to = from + len(trimmed)
		}
		at += len(line)
	}
	return from, to, ok
}

func parseURI(text string) (Key, error) {
	k := Key{Algorithm: defaultAlgorithm, Digits: defaultDigits, Period: defaultPeriod}
	if len(text) > maxURI {
		return Key{}, invalid("a URI longer than %d bytes", maxURI)
	}
	if strings.Contains(text, "#") {
		return Key{}, invalid("a # in the URI; it is written %%23 there")
	}
	u, err := url.Parse(text) // its error holds the URI, secret and all
	if err != nil {
		return Key{}, invalid("a URI that cannot be read: a character that has to be written with %%, perhaps")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Key{}, invalid("the parameters of the URI cannot be read: a character that has to be written with %%, perhaps")
	}
	switch k.Type = Type(strings.ToLower(u.Host)); k.Type {
	case TOTP, HOTP:
	case "steam":
		k.Type, k.Steam = TOTP, true
	default:
		return Key{}, invalid("otpauth:// knows totp, hotp and steam")
	}
	k.Issuer, k.Account = "", strings.TrimPrefix(u.Path, "/")
	if issuer, account, ok := strings.Cut(k.Account, ":"); ok {
		k.Issuer, k.Account = issuer, strings.TrimSpace(account)
	}
	if err := k.parameters(query); err != nil {
		k.Wipe()
		return Key{}, err
	}
	return k, nil
}

// parameters takes over what the URI's parameters say.
func (k *Key) parameters(query url.Values) error {
	if err := checkParameters(query); err != nil {
		return err
	}
	if issuer := query.Get("issuer"); issuer != "" {
		k.Issuer = issuer
	}
	said := settings{
		encoder: query.Get("encoder"), algorithm: query.Get("algorithm"), digits: query.Get("digits"),
		period: query.Get("period"), counter: query.Get("counter"),
	}
	if err := k.apply(said); err != nil {
		return err
	}
	secret, err := decodeSecret(query.Get("secret"))
	k.secret = secret
	return err
}

func number(name, text string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || strconv.FormatInt(n, 10) != text {
		return 0, invalid("%s is a number from %d to %d", name, least, most)
	}
	return n, nil
}

// decodeSecret reads base32 as people write it down.
func decodeSecret(text string) ([]byte, error) {
	clean := make([]byte, 0, len(text))
	defer func() { clear(clean) }()
	padded := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' || c == '-' || c == '\t' || c == '\r' || c == '\n':
		case c == '=':
			padded = true
		case padded:
			return nil, invalid("the secret goes on behind its padding (=)")
		case 'a' <= c && c <= 'z':
			clean = append(clean, c-'a'+'A')
		case 'A' <= c && c <= 'Z', '2' <= c && c <= '7':
			clean = append(clean, c)
		default:
			return nil, invalid("character %d of the secret is not of base32, which has A to Z and 2 to 7 (no 0, 1, 8, 9)", i+1)
		}
	}
	switch len(clean) % 8 {
	case 1, 3, 6: // no number of whole bytes ends so; the decoder would drop a part
		return nil, invalid("base32 of %d characters has no whole number of bytes: a part is missing", len(clean))
	}
	if len(clean) == 0 {
		return nil, invalid("there is no secret in it")
	}
	decoder := base32.StdEncoding.WithPadding(base32.NoPadding)
	if decoder.DecodedLen(len(clean)) > MaxSecret {
		return nil, invalid("a secret of more than %d bytes", MaxSecret)
	}
	secret := make([]byte, decoder.DecodedLen(len(clean)))
	if _, err := decoder.Decode(secret, clean); err != nil {
		clear(secret)
		return nil, invalid("the secret is not base32")
	}
	return secret, nil
}

// URI is the key as an otpauth:// URI, with the name where it has no account of
// its own: for the QR code that an app on a telephone reads.
func (k Key) URI(name string) string {
	encoder := base32.StdEncoding.WithPadding(base32.NoPadding)
	label, account := "", k.Account
	if account == "" {
		account = name
	}
	if k.Issuer != "" {
		label = url.PathEscape(k.Issuer) + ":"
	}
	params := []string{"secret=" + encoder.EncodeToString(k.secret)}
	add := func(name, value string) { params = append(params, name+"="+value) }
	if k.Issuer != "" {
		add("issuer", strings.ReplaceAll(url.QueryEscape(k.Issuer), "+", "%20")) // apps show a + as it is
	}
	if k.Algorithm != defaultAlgorithm {
		add("algorithm", k.Algorithm)
	}
	if k.Digits != defaultDigits {
		add("digits", strconv.Itoa(k.Digits))
	}
	if k.Steam {
		add("encoder", "steam")
	}
	switch {
	case k.Type == HOTP:
		add("counter", strconv.FormatUint(k.Counter, 10))
	case k.Period != defaultPeriod:
		add("period", strconv.Itoa(k.Period))
	}
	return scheme + string(k.Type) + "/" + label + url.PathEscape(account) + "?" + strings.Join(params, "&")
}

// Next is a text that Parse reads, with the counter of its URI one higher and
// everything else as it is; HOTP.
func Next(text string) (string, error) {
	k, err := Parse(text)
	if err != nil {
		return "", err
	}
	defer k.Wipe()
	from, to, ok := findURI(text)
	if !ok || k.Type != HOTP {
		return "", invalid("it has no counter")
	}
	if k.Counter >= maxCounter {
		return "", invalid("the counter is at its end")
	}
	counter := "counter=" + strconv.FormatUint(k.Counter+1, 10)
	path, query, _ := strings.Cut(text[from:to], "?")
	params := strings.Split(query, "&")
	found := false
	for i, p := range params {
		if name, _, _ := strings.Cut(p, "="); name == "counter" {
			params[i], found = counter, true
		}
	}
	if !found {
		params = append(params, counter)
	}
	next := text[:from] + path + "?" + strings.Join(params, "&") + text[to:]
	if after, err := Parse(next); err != nil || after.Counter != k.Counter+1 {
		return "", invalid("the counter of its URI is not written as it should be")
	}
	return next, nil
}
