package crypto

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base32"
	"fmt"
	"strings"

	"filippo.io/age"
)

// Bech32 without its checksum is base32 with an alphabet of its own.
var bech32Data = base32.NewEncoding("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L").WithPadding(base32.NoPadding)

const (
	bech32Sum    = 6  // characters of the checksum
	scalarChars  = 52 // 32 bytes
	secretPrefix = "AGE-SECRET-KEY-1"
	publicPrefix = "age1"
)

// parseScalar takes the scalar out of the canonical string, because age does not
// hand it out. age has checked the string; that the scalar is the right one is
// checked against the recipient that age made of it.
func parseScalar(i *age.X25519Identity) (scalar *ecdh.PrivateKey, point []byte, err error) {
	secret, err := bech32Bytes(secretPrefix, i.String())
	if err != nil {
		return nil, nil, err
	}
	defer clear(secret)
	scalar, err = ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: identity", ErrMalformed)
	}
	point, err = bech32Bytes(publicPrefix, i.Recipient().String())
	if err != nil {
		return nil, nil, err
	}
	if !bytes.Equal(point, scalar.PublicKey().Bytes()) {
		return nil, nil, fmt.Errorf("%w: identity", ErrMalformed)
	}
	return scalar, point, nil
}

// bech32Bytes decodes 32 bytes from a string whose checksum age has verified.
func bech32Bytes(prefix, s string) ([]byte, error) {
	data, ok := strings.CutPrefix(s, prefix)
	if !ok || len(data) != scalarChars+bech32Sum {
		return nil, fmt.Errorf("%w: identity", ErrMalformed)
	}
	b, err := bech32Data.DecodeString(strings.ToUpper(data[:scalarChars]))
	if err != nil {
		return nil, fmt.Errorf("%w: identity", ErrMalformed)
	}
	return b, nil
}
