// Package crypto is the vault's format: sealing and opening of records, key
// slots, the index and the head. It is pure: bytes in, bytes out. It reads no
// file, knows no database, and keeps nothing between calls.
//
// Values and key slots are ordinary age files; what this package adds is the
// proof around them. [Keys] seals a record for one name and version of one
// vault and opens it only there. [Lookup] and [Change] keep a Merkle tree over
// all names, and [Head] commits to its root, to the key slots and to every head
// before it.
//
// The bytes are written down in docs/format.md, with vectors in
// testdata/vectors. No primitive is implemented here: age, HKDF, HMAC, SHA-256
// and Ed25519 come from filippo.io/age, golang.org/x/crypto and the standard
// library.
package crypto
