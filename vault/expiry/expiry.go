// Package expiry reads out of a value when it expires, where the value says so
// itself: X.509 certificates in PEM, and JSON Web Tokens.
//
// Nothing is verified, and nothing is asked of a network: a certificate's chain
// and a token's signature are the business of who uses them. What comes from
// outside has limits, and never panics.
package expiry

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math"
	"time"
)

// Limits. A value beyond them tells no expiry.
const (
	MaxPEM          = 256 << 10 // bytes of a value with certificates
	MaxCertificates = 16        // in a value
	MaxToken        = 16 << 10  // bytes of a token
)

// A Source is what an expiry was read from.
type Source string

// The sources.
const (
	Certificate Source = "certificate"
	Token       Source = "token"
)

// Of tells when a value expires: at the end of the first of its certificates to
// end (a chain is as good as its weakest link; keys and other blocks beside them
// are passed over), or at the claim exp of a token. ok is false where the value is
// neither, or says nothing of it. The time is in UTC, in whole seconds, in the
// years 1970 to 9999.
func Of(value []byte) (t time.Time, from Source, ok bool) {
	if t, ok := ofCertificates(value); ok {
		return t, Certificate, true
	}
	if t, ok := ofToken(value); ok {
		return t, Token, true
	}
	return time.Time{}, "", false
}

// ofCertificates reads a PEM file. One certificate that cannot be read makes the
// whole say nothing: it may be the one that ends first.
func ofCertificates(value []byte) (first time.Time, ok bool) {
	if len(value) > MaxPEM || !bytes.Contains(value, []byte("-----BEGIN CERTIFICATE-----")) {
		return first, false
	}
	for n := 0; ; {
		var block *pem.Block
		if block, value = pem.Decode(value); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			clear(block.Bytes) // a private key, perhaps
			continue
		}
		if n++; n > MaxCertificates {
			return time.Time{}, false
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, false
		}
		if !ok || c.NotAfter.Before(first) {
			first, ok = c.NotAfter.UTC(), true
		}
	}
	return first, ok && inRange(float64(first.Unix()))
}

// ofToken reads a JWS in its compact form, whose payload is a JSON object with
// the claim exp: seconds since 1970, perhaps with a fraction.
func ofToken(value []byte) (t time.Time, ok bool) {
	if len(value) > MaxToken {
		return t, false
	}
	parts := bytes.Split(bytes.TrimSpace(value), []byte("."))
	if len(parts) != 3 {
		return t, false
	}
	var header struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Exp *float64 `json:"exp"`
	}
	if !decode(parts[0], &header) || header.Alg == "" || !decode(parts[1], &claims) || claims.Exp == nil || !inRange(*claims.Exp) {
		return t, false
	}
	return time.Unix(int64(*claims.Exp), 0).UTC(), true
}

// decode reads a part of a token, and wipes what it made of it.
func decode(part []byte, into any) bool {
	b := make([]byte, base64.RawURLEncoding.DecodedLen(len(part)))
	defer clear(b)
	n, err := base64.RawURLEncoding.Strict().Decode(b, part)
	return err == nil && json.Unmarshal(b[:n], into) == nil
}

// inRange tells whether a Unix time lies in the years 1970 to 9999.
func inRange(unix float64) bool {
	const end = 253402300800 // the year 10000
	return !math.IsNaN(unix) && unix >= 0 && unix < end
}
