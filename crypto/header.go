package crypto

import (
	"fmt"
	"strconv"
)

// MaxPlaintext is the largest value, in bytes. A vault's policy sets a lower
// limit, in characters, of which one can be three bytes.
const MaxPlaintext = 4 << 20

// Limits of numbers.
const (
	MaxCount   = 9_999_999_999   // of versions and seqs: ten digits
	MaxUpdated = 253_402_300_799 // the last second of the year 9999
)

// Header is what a record says about itself in the clear, and what its binding
// covers.
type Header struct {
	Name    string
	Version uint64  // of the name, from 1
	Seq     uint64  // the commit that wrote it, from 1
	Replica Replica // the machine that wrote it
	Kind    Kind
	Size    int64  // plaintext bytes, at most MaxPlaintext
	Updated int64  // Unix seconds, from 0
	Prev    Digest // SHA-256 of the record of the version before; zero for none
	Attrs   []Attr // sorted by name, names unique, at most MaxAttrs
}

// Validate tells whether the header can be sealed. The error wraps ErrMalformed,
// ErrLimit, or, for a critical attribute, ErrNewer.
func (h Header) Validate() error {
	if err := CheckKey(h.Name); err != nil {
		return err
	}
	if h.Version < 1 || h.Version > MaxCount {
		return fmt.Errorf("%w: version %d", ErrLimit, h.Version)
	}
	if h.Seq < 1 || h.Seq > MaxCount {
		return fmt.Errorf("%w: seq %d", ErrLimit, h.Seq)
	}
	if !h.Kind.Valid() {
		return fmt.Errorf("%w: %s", ErrMalformed, h.Kind)
	}
	if h.Size < 0 || h.Size > MaxPlaintext {
		return fmt.Errorf("%w: %d bytes of plaintext, at most %d", ErrLimit, h.Size, MaxPlaintext)
	}
	if h.Kind == Gone && h.Size != 0 {
		return fmt.Errorf("%w: a deletion with a plaintext", ErrMalformed)
	}
	if h.Updated < 0 || h.Updated > MaxUpdated {
		return fmt.Errorf("%w: time %d", ErrLimit, h.Updated)
	}
	return CheckAttrs(h.Attrs)
}

// Our stanza: the type, and its arguments before the attributes.
const (
	stanzaType    = "tacit"
	stanzaVersion = "v1"
	fixedArgs     = 9
)

// args are the arguments of our stanza, from the version on.
func (h Header) args() []string {
	prev := "-"
	if !h.Prev.IsZero() {
		prev = h.Prev.String()
	}
	args := make([]string, 0, fixedArgs+len(h.Attrs))
	args = append(args, stanzaVersion, h.Name,
		strconv.FormatUint(h.Version, 10), strconv.FormatUint(h.Seq, 10),
		h.Replica.String(), h.Kind.String(),
		strconv.FormatInt(h.Size, 10), strconv.FormatInt(h.Updated, 10), prev)
	for _, a := range h.Attrs {
		args = append(args, a.Arg())
	}
	return args
}

// parseArgs is the inverse of args: it takes no other spelling of a header.
func parseArgs(args []string) (h Header, err error) {
	if len(args) < 1 {
		return h, fmt.Errorf("%w: a stanza without arguments", ErrMalformed)
	}
	if args[0] != stanzaVersion {
		return h, fmt.Errorf("%w: a record of another version", ErrNewer)
	}
	if len(args) < fixedArgs {
		return h, fmt.Errorf("%w: %d arguments", ErrMalformed, len(args))
	}
	if len(args) > fixedArgs+MaxAttrs {
		return h, fmt.Errorf("%w: %d arguments", ErrLimit, len(args))
	}
	h.Name = args[1]
	if h.Version, err = parseDecimal(args[2], "version"); err != nil {
		return Header{}, err
	}
	if h.Seq, err = parseDecimal(args[3], "seq"); err != nil {
		return Header{}, err
	}
	if h.Replica, err = ParseReplica(args[4]); err != nil {
		return Header{}, err
	}
	if h.Kind, err = ParseKind(args[5]); err != nil {
		return Header{}, err
	}
	if h.Size, err = parseSigned(args[6], "size"); err != nil {
		return Header{}, err
	}
	if h.Updated, err = parseSigned(args[7], "time"); err != nil {
		return Header{}, err
	}
	if h.Prev, err = parsePrev(args[8]); err != nil {
		return Header{}, err
	}
	for _, arg := range args[fixedArgs:] {
		a, err := ParseAttr(arg)
		if err != nil {
			return Header{}, err
		}
		h.Attrs = append(h.Attrs, a)
	}
	if err := h.Validate(); err != nil {
		return Header{}, err
	}
	return h, nil
}

// parseDecimal takes digits without sign or leading zeros, at most twelve of
// them: no number of the format has more.
func parseDecimal(s, what string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || len(s) > 12 || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("%w: %s is not a number as the format spells it", ErrMalformed, what)
	}
	return n, nil
}

// parseSigned is parseDecimal for what is signed in a Header.
func parseSigned(s, what string) (int64, error) {
	n, err := parseDecimal(s, what)
	return int64(n), err
}

// parsePrev reads a digest, or "-" for none. A digest of zeros is refused: it
// would be a second spelling of none.
func parsePrev(s string) (Digest, error) {
	if s == "-" {
		return Digest{}, nil
	}
	d, err := ParseDigest(s)
	if err == nil && d.IsZero() {
		return d, fmt.Errorf("%w: a digest of zeros", ErrMalformed)
	}
	return d, err
}
