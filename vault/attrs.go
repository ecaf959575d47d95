package vault

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// When a secret expires, and its labels, lie in the clear in the header of its
// record: they can be listed without a key, and whoever reads the folder reads
// them. The record's binding and the index's digest of it cover them.

// Limits of labels. Within them a record has room for its labels in either suite,
// whatever else its header holds.
const (
	MaxLabels     = 10  // of a secret
	MaxLabelKey   = 32  // characters, of a-z 0-9 . _ -
	MaxLabelValue = 64  // bytes of UTF-8
	MaxLabelBytes = 768 // of keys and values together, percent-encoded
)

// MaxExpires is the latest time that a secret can expire at.
var MaxExpires = time.Unix(maxUnix, 0).UTC()

// maxUnix is the end of the year 9999.
const maxUnix = 253402300799

// The attributes of a record that tacit gives a meaning.
const (
	// expiresAttr is decimal Unix seconds.
	expiresAttr = "expires"
	// labelAttr with a digit behind it is one label, "key=value": the alphabet of an
	// attribute's name is too small for a label's key.
	labelAttr = "label"
)

// Expires makes a secret expire at t, in whole seconds; never at the zero time.
// Expired secrets are read like any other: the time is for people and for
// [Vault.List].
func Expires(t time.Time) SetOption { return func(c *Change) { c.Expires = &t } }

// Label gives a secret a label, or another value of it; with the value "" it is
// removed.
func Label(key, value string) SetOption {
	return func(c *Change) {
		c.Labels = maps.Clone(c.Labels)
		if c.Labels == nil {
			c.Labels = map[string]string{}
		}
		c.Labels[key] = value
	}
}

// KeepValue stores the value that there is again, as a new version, for a change
// of expiry and labels only; the value given is not looked at. NotFound where
// there is no such secret.
func KeepValue() SetOption { return func(c *Change) { c.Keep = true } }

// SameWorth says that what the new value lets in, the version before lets in as
// well: a counter went on, say. [Vault.Exposed] counts it as not changed.
func SameWorth() SetOption { return func(c *Change) { c.SameWorth = true } }

// SkipSame makes no version of what is there already: the same value, of the same
// kind, with the expiry and the labels that it would have. The [Info] is then of
// the version that there is, and says Unchanged. With the same value and another
// expiry or label, [Vault.Exposed] counts the value as not changed.
func SkipSame() SetOption { return func(c *Change) { c.SkipSame = true } }

// CheckLabel refuses a label that no secret can have, with InvalidValue. The
// value "" is one that removes the label.
func CheckLabel(key, value string) error { return during("label", checkLabel(key, value)) }

func checkLabel(key, value string) error {
	if !isLabelKey(key) {
		return &SecretError{
			Code: InvalidValue, Message: fmt.Sprintf("%s is no label", printable(key)),
			Remedy: remedy.To(remedy.ShapeLabelKey, remedy.Most.Named(strconv.Itoa(MaxLabelKey))),
		}
	}
	if !isLabelValue(value) && value != "" {
		return &SecretError{
			Code: InvalidValue, Message: fmt.Sprintf("the value of the label %s cannot be kept", key),
			Remedy: remedy.To(remedy.ShapeLabelValue, remedy.Most.Named(strconv.Itoa(MaxLabelValue))),
		}
	}
	return nil
}

func isLabelKey(s string) bool {
	if len(s) < 1 || len(s) > MaxLabelKey {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isLabelValue(s string) bool {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	return len(s) >= 1 && len(s) <= MaxLabelValue && utf8.ValidString(s) && !strings.ContainsFunc(s, unprintable)
}

// attributes are what the attributes of a record mean.
type attributes struct {
	expires time.Time // zero: never
	labels  map[string]string
	others  []crypto.Attr // what this version gives no meaning, origin included
}

// readAttributes tells what attributes mean. What is not of the form that tacit
// writes has no meaning, and is kept as it is.
func readAttributes(attrs []crypto.Attr) attributes {
	var a attributes
	for _, attr := range attrs {
		switch {
		case attr.Name == expiresAttr:
			if n, err := strconv.ParseInt(attr.Value, 10, 64); err == nil && validExpiry(n) && strconv.FormatInt(n, 10) == attr.Value {
				a.expires = time.Unix(n, 0).UTC()
				continue
			}
		case isLabelAttr(attr.Name):
			key, value, _ := strings.Cut(attr.Value, "=")
			if _, twice := a.labels[key]; !twice && isLabelKey(key) && isLabelValue(value) {
				if a.labels == nil {
					a.labels = map[string]string{}
				}
				a.labels[key] = value
				continue
			}
		}
		a.others = append(a.others, attr)
	}
	return a
}

// isLabelAttr tells whether an attribute has the name of a label.
func isLabelAttr(name string) bool {
	digit, ok := strings.CutPrefix(name, labelAttr)
	return ok && len(digit) == 1 && '0' <= digit[0] && digit[0] <= '9'
}

func validExpiry(unix int64) bool { return unix >= 0 && unix <= maxUnix }

// CheckExpires refuses a time that no secret can expire at, with InvalidValue. op
// is what was to be done, name the secret's.
func CheckExpires(op, name string, t time.Time) error {
	if t.IsZero() || validExpiry(t.Unix()) {
		return nil
	}
	return &SecretError{Code: InvalidValue, Op: op, Key: name, Message: "a secret expires in one of the years 1970 to 9999, or never"}
}

// change is a with what a change says of it.
func (a *attributes) change(c Change) error {
	if c.Expires != nil {
		a.expires = c.Expires.UTC()
	}
	if err := CheckExpires("", "", a.expires); err != nil {
		return err
	}
	// A second label of one key has no meaning. Numbered anew, or without the first
	// one, it would get one.
	a.others = slices.DeleteFunc(a.others, func(attr crypto.Attr) bool {
		key, value, _ := strings.Cut(attr.Value, "=")
		return isLabelAttr(attr.Name) && isLabelKey(key) && isLabelValue(value)
	})
	for key, value := range c.Labels {
		if err := checkLabel(key, value); err != nil {
			return err
		}
		if value == "" {
			delete(a.labels, key)
			continue
		}
		if a.labels == nil {
			a.labels = map[string]string{}
		}
		a.labels[key] = value
	}
	return a.checkLabels()
}

// checkLabels holds all labels against what a record has room for.
func (a *attributes) checkLabels() error {
	n := len(a.labels) // and what stands in the place of one
	for _, attr := range a.others {
		if isLabelAttr(attr.Name) {
			n++
		}
	}
	if n > MaxLabels {
		return &SecretError{
			Code: InvalidValue, Message: fmt.Sprintf("%d labels; a secret has %d at most", n, MaxLabels),
			Remedy: remedy.To(remedy.RemoveLabel),
		}
	}
	size := 0
	for key, value := range a.labels {
		size += len(key) + crypto.EscapedLen(value)
	}
	if size > MaxLabelBytes {
		return &SecretError{
			Code: InvalidValue, Message: fmt.Sprintf("labels of %d bytes; a secret has room for %d", size, MaxLabelBytes),
			Remedy: remedy.To(remedy.ShortenLabels),
		}
	}
	return nil
}

// attrs is the attributes as a record has them: sorted, and one spelling of each.
func (a *attributes) attrs() []crypto.Attr {
	list := slices.Clone(a.others)
	taken := func(name string) bool {
		return slices.ContainsFunc(list, func(attr crypto.Attr) bool { return attr.Name == name })
	}
	if !a.expires.IsZero() {
		list = slices.DeleteFunc(list, func(attr crypto.Attr) bool { return attr.Name == expiresAttr })
		list = append(list, crypto.Attr{Name: expiresAttr, Value: strconv.FormatInt(a.expires.Unix(), 10)})
	}
	digit := 0
	for _, key := range slices.Sorted(maps.Keys(a.labels)) {
		for taken(labelAttr + strconv.Itoa(digit)) {
			digit++
		}
		list = append(list, crypto.Attr{Name: labelAttr + strconv.Itoa(digit), Value: key + "=" + a.labels[key]})
		digit++
	}
	slices.SortFunc(list, func(a, b crypto.Attr) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// mark gives a staged version its attributes: those of the version before it, as
// far as the change says nothing else. A deleted name begins anew.
func (p *plan) mark(st *staged) error {
	c, attrs := *st.change, st.header.Attrs
	var before crypto.Header
	same := false
	if st.old.Version > 0 && st.old.Kind != crypto.Gone {
		var err error
		if before, same, err = p.before(st); err != nil {
			return err
		}
		if !c.Keep {
			if attrs = withoutOrigin(before.Attrs); c.SameWorth || same {
				attrs = withOrigin(before)
			}
		}
	}
	if len(attrs) > 0 || c.Expires != nil || len(c.Labels) > 0 {
		if err := p.giveAttributes(st, attrs); err != nil {
			return err
		}
	}
	if same {
		st.skip(before)
	}
	return nil
}

// giveAttributes gives a staged version attrs, as far as its change says nothing
// else.
func (p *plan) giveAttributes(st *staged, attrs []crypto.Attr) error {
	c := *st.change
	a := readAttributes(attrs)
	err := a.change(c)
	if err == nil {
		st.header.Attrs = a.attrs()
		err = st.header.Validate()
	}
	if err == nil {
		return nil
	}
	e, ok := err.(*SecretError)
	if !ok {
		e = &SecretError{Code: InvalidValue, Err: err}
	}
	e.Key = c.Name
	return e
}
