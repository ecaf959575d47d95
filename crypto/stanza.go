package crypto

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/age"
)

// Types of the stanza that holds the file key for the vault identity.
const (
	typeX25519 = "X25519"
	typeHybrid = "mlkem768x25519"
)

const (
	fileKeySize = 16
	tagSize     = 16 // of ChaCha20-Poly1305
	bindSize    = 32 // of our stanza's body

	x25519Arg = 43   // characters: a curve point of 32 bytes in base64
	hybridArg = 1494 // characters: an encapsulated key of 1,120 bytes in base64

	// Caps of a record's header, counted as stanzaSize does.
	maxHeaderX25519 = 1536
	maxHeaderHybrid = 3072

	// maxHeaderText is more than a header within the caps can take as text:
	// base64 makes 3,072 bytes into 4,096, line ends and the MAC add less than
	// 200. Longer ones never reach age's parser, which would take 2 MiB.
	maxHeaderText = 6 << 10
)

// cap is the largest header of a record of the suite.
func (s Suite) cap() int {
	if s == Hybrid {
		return maxHeaderHybrid
	}
	return maxHeaderX25519
}

// ownSize is what the stanza of the vault identity counts.
func (s Suite) ownSize() int {
	if s == Hybrid {
		return len(typeHybrid) + 1 + hybridArg + fileKeySize + tagSize
	}
	return len(typeX25519) + 1 + x25519Arg + fileKeySize + tagSize
}

// stanzaSize counts a stanza for the caps: type, arguments and body, plus one for
// each argument.
func stanzaSize(s *age.Stanza) int {
	n := len(s.Type) + len(s.Args) + len(s.Body)
	for _, a := range s.Args {
		n += len(a)
	}
	return n
}

// parseStanzas checks that the stanzas are those of a record, the vault
// identity's and ours, and reads the header. Nothing is authenticated.
func parseStanzas(stanzas []*age.Stanza) (Header, Suite, error) {
	if len(stanzas) != 2 {
		return Header{}, "", fmt.Errorf("%w: %d stanzas, must be 2", ErrMalformed, len(stanzas))
	}
	own, ours := stanzas[0], stanzas[1]
	suite, err := checkOwn(own)
	if err != nil {
		return Header{}, "", err
	}
	if ours.Type != stanzaType {
		return Header{}, "", fmt.Errorf("%w: the second stanza is not %q", ErrMalformed, stanzaType)
	}
	if n := stanzaSize(own) + stanzaSize(ours); n > suite.cap() {
		return Header{}, "", fmt.Errorf("%w: header of %d bytes, at most %d", ErrLimit, n, suite.cap())
	}
	h, err := parseArgs(ours.Args)
	if err != nil {
		return Header{}, "", err
	}
	if len(ours.Body) != bindSize {
		return Header{}, "", fmt.Errorf("%w: binding of %d bytes", ErrMalformed, len(ours.Body))
	}
	return h, suite, nil
}

// checkOwn checks the form of the vault identity's stanza.
func checkOwn(s *age.Stanza) (Suite, error) {
	suite, arg := X25519, x25519Arg
	switch s.Type {
	case typeX25519:
	case typeHybrid:
		suite, arg = Hybrid, hybridArg
	default:
		return "", fmt.Errorf("%w: the first stanza is not for a vault identity", ErrMalformed)
	}
	if len(s.Args) != 1 || len(s.Args[0]) != arg || len(s.Body) != fileKeySize+tagSize {
		return "", fmt.Errorf("%w: stanza of the vault identity", ErrMalformed)
	}
	return suite, nil
}

// headerLen is the length of an age file's header as text. age's parser takes
// the first line that begins with "---" as the last of the header, and no line
// of a stanza can begin so.
func headerLen(file []byte, most int) (int, error) {
	head := file[:min(len(file), most)]
	i := bytes.Index(head, []byte("\n---"))
	if i >= 0 {
		if n := bytes.IndexByte(head[i+1:], '\n'); n >= 0 {
			return i + 1 + n + 1, nil
		}
	}
	if len(file) > most {
		return 0, fmt.Errorf("%w: no end of the header in %d bytes", ErrLimit, most)
	}
	return 0, fmt.Errorf("%w: not an age file", ErrMalformed)
}

var errCaptured = errors.New("captured")

// capture is an age identity that only looks at the stanzas.
type capture struct{ stanzas []*age.Stanza }

func (c *capture) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	c.stanzas = stanzas
	return nil, errCaptured
}

// stanzasOf returns the stanzas of an age file's header, as age parses it. Their
// number, form and MAC are not checked.
func stanzasOf(file []byte, most int) ([]*age.Stanza, error) {
	n, err := headerLen(file, most)
	if err != nil {
		return nil, err
	}
	var c capture
	if _, err := age.DecryptHeader(file[:n], &c); !errors.Is(err, errCaptured) {
		// age's text quotes the file, at any length.
		return nil, fmt.Errorf("%w: not an age file", ErrMalformed)
	}
	return c.stanzas, nil
}

// ParseRecord reads a record's header. It checks caps and forms and
// authenticates nothing: the index does that, with the record's SHA-256. Errors
// wrap ErrMalformed, ErrLimit or ErrNewer.
func ParseRecord(record []byte) (Header, error) {
	if len(record) > MaxRecord {
		return Header{}, fmt.Errorf("%w: record of %d bytes, at most %d", ErrLimit, len(record), MaxRecord)
	}
	stanzas, err := stanzasOf(record, maxHeaderText)
	if err != nil {
		return Header{}, err
	}
	h, _, err := parseStanzas(stanzas)
	return h, err
}
