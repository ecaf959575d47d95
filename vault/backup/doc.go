// Package backup is the form of a backup: one file that holds a state of a
// vault, or what came to it since another backup. It knows bytes and their
// order; what they mean to a vault, and the keys, are package vault's.
//
// A [Writer] writes the parts in their order, a [Reader] gives them back and
// checks, as they come, all that can be checked without a key: the signature
// of the head, the key slots and records against what lists them, the order of
// everything, and the SHA-256 over it all. When [Reader.Next] has returned
// io.EOF the file was whole. That it was made by somebody who had the vault's
// identity, [Seal] and crypto.Keys tell; that nothing is missing, the root of
// the index, which package vault makes anew from the names.
//
// The bytes are written down in docs/format.md, "A backup".
package backup
