package crypto

import (
	"encoding/base32"
	"fmt"
	"strings"
)

// Bech32 without its checksum is base32 with an alphabet of its own.
var bech32Data = base32.NewEncoding(bech32Alphabet).WithPadding(base32.NoPadding)

const bech32Alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"

const (
	bech32Sum    = 6  // characters of the checksum
	scalarChars  = 52 // 32 bytes
	secretPrefix = "AGE-SECRET-KEY-1"
	hybridPrefix = "AGE-SECRET-KEY-PQ-1"
	publicPrefix = "age1"
)

// identityBytes are the secret bytes of "AGE-SECRET-KEY-1…", in the one spelling that
// age prints and takes. They are the caller's to wipe.
func identityBytes(s string) ([]byte, error) {
	secret, err := bech32Bytes(secretPrefix, s)
	if err != nil {
		return nil, err
	}
	if bech32Text(secretPrefix, secret) != s {
		clear(secret)
		return nil, fmt.Errorf("%w: identity", ErrMalformed)
	}
	return secret, nil
}

// bech32Bytes decodes 32 bytes, and leaves the checksum to the caller.
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

// bech32Text is the string of 32 bytes under a prefix, in upper case: the inverse
// of bech32Bytes. The checksum is that of BIP 173.
func bech32Text(prefix string, b []byte) string {
	data := []byte(bech32Data.EncodeToString(b))
	hrp := strings.ToLower(strings.TrimSuffix(prefix, "1"))
	sum := uint32(1)
	for _, c := range []byte(hrp) {
		sum = bech32Step(sum, uint32(c>>5))
	}
	sum = bech32Step(sum, 0)
	for _, c := range []byte(hrp) {
		sum = bech32Step(sum, uint32(c&31))
	}
	for _, c := range data {
		sum = bech32Step(sum, uint32(strings.IndexByte(bech32Alphabet, c)))
	}
	for range bech32Sum {
		sum = bech32Step(sum, 0)
	}
	sum ^= 1
	for i := range bech32Sum {
		data = append(data, bech32Alphabet[sum>>(5*(bech32Sum-1-i))&31])
	}
	return prefix + string(data)
}

// bech32Step takes one value of five bits into the checksum.
func bech32Step(sum, value uint32) uint32 {
	top := sum >> 25
	sum = sum&0x1ffffff<<5 ^ value
	for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= g
		}
	}
	return sum
}
