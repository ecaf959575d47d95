package otp

import (
	"net/url"
	"slices"
	"strings"
)

// steamIssuer is the issuer of codes that are Steam's.
const steamIssuer = "Steam"

// settings are how codes are made, as they are written: "" where nothing is said.
type settings struct{ encoder, algorithm, digits, period, counter string }

// parameters change the code; decoration is what apps add for their own lists.
var (
	parameters = []string{"secret", "issuer", "algorithm", "digits", "period", "counter", "encoder"}
	decoration = []string{
		"account", "background", "backgroundcolor", "category", "codedisplay", "color", "colour", "created", "domain",
		"email", "favorite", "favourite", "folder", "foregroundcolor", "group", "groups", "icon", "iconurl", "id", "image", "imageurl",
		"label", "lock", "logo", "name", "note", "notes", "order", "pinned", "position", "service", "site", "tag", "tags",
		"thumbnail", "title", "trashed", "uid", "updated", "url", "user", "username", "uuid", "website",
	}
)

// checkParameters refuses a parameter that is not known, one that is there twice,
// and one in other letters than the format has: each could change the code.
func checkParameters(query url.Values) error {
	for name, values := range query {
		lower := strings.ToLower(name)
		switch {
		case slices.Contains(decoration, lower):
		case !slices.Contains(parameters, lower):
			return invalid("its parameter %q is not known and could change the code; where it does not, take it out of the URI", shorten(name))
		case name != lower:
			return invalid("its parameter %q is written %q", name, lower)
		case len(values) > 1:
			return invalid("the parameter %s is there twice", name)
		}
	}
	return nil
}

// shorten keeps a name from filling the screen.
func shorten(name string) string {
	if len(name) > 20 {
		return name[:20] + "..."
	}
	return name
}

// apply takes over what is said, and checks that the code can be made so.
func (k *Key) apply(s settings) error {
	switch strings.ToLower(s.encoder) {
	case "", "default", "rfc6238", "decimal":
	case "steam":
		k.Steam = true
	default:
		return invalid("encoder is steam, or is not there")
	}
	switch algorithm := plainAlgorithm(s.algorithm); algorithm {
	case "":
	case "SHA1", "SHA256", "SHA512":
		k.Algorithm = algorithm
	default:
		return invalid("algorithm is SHA1, SHA256 or SHA512")
	}
	if err := k.numbers(s); err != nil {
		return err
	}
	if k.Type == TOTP && k.isSteams() {
		k.Steam = true
	}
	if k.Steam {
		return k.steam(s)
	}
	return nil
}

// numbers takes over what is a number.
func (k *Key) numbers(s settings) error {
	least := int64(MinDigits)
	if k.Type == TOTP && (k.Steam || k.isSteams()) {
		least = steamLength
	}
	if s.digits != "" {
		n, err := number("digits", s.digits, least, MaxDigits)
		if err != nil {
			return err
		}
		k.Digits = int(n)
	}
	if s.period != "" {
		n, err := number("period", s.period, 1, MaxPeriod)
		if err != nil {
			return err
		}
		k.Period = int(n)
	}
	if s.counter != "" {
		n, err := number("counter", s.counter, 0, maxCounter)
		if err != nil {
			return err
		}
		k.Counter = uint64(n)
	}
	return nil
}

// plainAlgorithm is SHA256 for sha-256, HMAC-SHA-256, HmacSHA256.
func plainAlgorithm(s string) string {
	s = strings.NewReplacer("-", "", "_", "").Replace(strings.ToUpper(s))
	return strings.TrimPrefix(s, "HMAC")
}

// isSteams tells whether the issuer, or a label that stands alone, is Steam.
func (k *Key) isSteams() bool {
	return strings.EqualFold(k.Issuer, steamIssuer) || k.Issuer == "" && strings.EqualFold(k.Account, steamIssuer)
}

// steam makes the key one of Steam, whose codes are made in one way only. Six
// digits are what apps write without thinking.
func (k *Key) steam(s settings) error {
	switch {
	case k.Type != TOTP:
		return invalid("codes of Steam go with the clock (totp)")
	case k.Algorithm != defaultAlgorithm, k.Period != defaultPeriod, s.digits != "" && k.Digits > defaultDigits:
		return invalid("codes of Steam are %d characters of SHA1 each %d seconds, and the URI says something else", steamLength, defaultPeriod)
	}
	k.Digits = steamLength
	return nil
}
