package bundle

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// magic is what every bundle begins with.
const magic = "tacit-bundle 1\n"

// Bundle is a bundle as it was read. Until Verify returns nil, nobody vouches for
// it, but that the body is the one whose hash the head names.
type Bundle struct {
	Head
	digest crypto.Digest
	sig    Signature
	body   []byte
}

// Digest is what stands for the bundle in dots and in Prev.
func (b *Bundle) Digest() crypto.Digest { return b.digest }

// Dot is the bundle's place in its author's feed.
func (b *Bundle) Dot() Dot { return Dot{Member: b.Member, Seq: b.Seq, Digest: b.digest} }

// Body is the age file. It is a part of what was parsed.
func (b *Bundle) Body() []byte { return b.body }

// Parse reads a bundle. It checks limits, form and the hash of the body, and
// authenticates nothing. What it returns holds a part of data. Errors wrap
// crypto.ErrMalformed, ErrLimit, ErrNewer or ErrForged (the hash).
func Parse(data []byte) (*Bundle, error) {
	if len(data) > MaxBundle {
		return nil, fmt.Errorf("%w: bundle of %d bytes, at most %d", crypto.ErrLimit, len(data), MaxBundle)
	}
	head, rest, err := cutHead(data)
	if err != nil {
		return nil, err
	}
	h, err := parseHead(head)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Head: h, digest: h.Digest()}
	if len(rest) < len(b.sig) || uint64(len(rest)-len(b.sig)) != h.Size {
		return nil, fmt.Errorf("%w: the bundle is cut short, or has more than its head says", crypto.ErrMalformed)
	}
	copy(b.sig[:], rest)
	b.body = rest[len(b.sig):]
	if crypto.Sum(b.body) != h.Body {
		return nil, fmt.Errorf("%w: the body is not the one that the head names", crypto.ErrForged)
	}
	return b, nil
}

// ParseHead reads the head alone of a bundle, or of its beginning. Errors are those
// of Parse.
func ParseHead(data []byte) (Head, error) {
	head, _, err := cutHead(data)
	if err != nil {
		return Head{}, err
	}
	return parseHead(head)
}

// cutHead is the bytes of the head, and what follows.
func cutHead(data []byte) (head, rest []byte, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		if bytes.HasPrefix(data, []byte(magic[:len(magic)-2])) {
			return nil, nil, fmt.Errorf("%w: a bundle of another version", crypto.ErrNewer)
		}
		return nil, nil, fmt.Errorf("%w: not a bundle", crypto.ErrMalformed)
	}
	if len(rest) < 4 {
		return nil, nil, fmt.Errorf("%w: the bundle is cut short", crypto.ErrMalformed)
	}
	n := binary.BigEndian.Uint32(rest)
	switch rest = rest[4:]; {
	case n > MaxHead:
		return nil, nil, fmt.Errorf("%w: head of %d bytes, at most %d", crypto.ErrLimit, n, MaxHead)
	case uint64(n) > uint64(len(rest)):
		return nil, nil, fmt.Errorf("%w: the bundle is cut short", crypto.ErrMalformed)
	}
	return rest[:n], rest[n:], nil
}

// Verify tells whether the holder of the key signed the bundle. The error wraps
// crypto.ErrForged.
func (b *Bundle) Verify(key PublicKey) error {
	if !key.verifies(signed(b.digest), b.sig) {
		return fmt.Errorf("%w: signature of a bundle of %s", crypto.ErrForged, b.Member)
	}
	return nil
}

// Open opens the body. Verify comes first: nothing that a stranger made should be
// decrypted. What it returns is for the caller to wipe, where it can be. Errors
// wrap crypto.ErrWrongKey where the body is sealed to another identity,
// ErrMalformed, ErrLimit, ErrNewer, or ErrForged where the body was sealed for
// another bundle, or was changed.
func (b *Bundle) Open(o *crypto.Opener) (Content, error) {
	padded, err := o.Open(b.body)
	if err != nil {
		return nil, err
	}
	plaintext, err := unpad(padded)
	if err != nil {
		clear(padded)
		return nil, err
	}
	c, err := parseContent(b.Head, plaintext)
	if err == nil {
		err = checkLarge(b.Size, c)
	}
	if err != nil {
		clear(padded)
		return nil, err
	}
	if c.Kind() == KindWelcome { // whose identities were copied
		clear(padded)
	}
	return c, nil
}

// Seal makes a bundle of the content, sealed to the recipient and signed with the
// key. The kind, the size and the hash in h are filled in; the rest is the
// caller's, and returned as it went in. It refuses, with the errors of Parse and
// Open, a bundle that could not be read again.
func Seal(h Head, c Content, recipient string, key *SigningKey) (data []byte, sealed Head, err error) {
	h.Kind = c.Kind()
	if err := c.check(); err != nil {
		return nil, Head{}, err
	}
	plaintext := encodeContent(h, c)
	defer clear(plaintext)
	padded := pad(plaintext)
	defer clear(padded)
	body, err := crypto.SealTo(recipient, padded)
	if err != nil {
		return nil, Head{}, fmt.Errorf("sealing a bundle: %w", err)
	}
	h.Size, h.Body = uint64(len(body)), crypto.Sum(body)
	if err := h.check(); err != nil {
		return nil, Head{}, err
	}
	if err := checkLarge(h.Size, c); err != nil {
		return nil, Head{}, err
	}
	return assemble(h, body, key), h, nil
}

// assemble signs the head and puts the bundle together.
func assemble(h Head, body []byte, key *SigningKey) []byte {
	head := h.encode()
	sig := key.sign(signed(h.Digest()))
	data := make([]byte, 0, len(magic)+4+len(head)+len(sig)+len(body))
	data = append(data, magic...)
	data = binary.BigEndian.AppendUint32(data, uint32(len(head)))
	data = append(data, head...)
	data = append(data, sig[:]...)
	return append(data, body...)
}

// checkLarge refuses a body above MaxBody unless it is one value that makes it so.
func checkLarge(size uint64, c Content) error {
	items := 0
	switch c := c.(type) {
	case *Changes:
		items = len(c.Items)
	case *CheckpointPart:
		items = len(c.Items)
	}
	if size > MaxBody && items != 1 {
		return fmt.Errorf("%w: body of %d bytes, at most %d", crypto.ErrLimit, size, MaxBody)
	}
	return nil
}
