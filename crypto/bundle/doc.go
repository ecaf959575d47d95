// Package bundle is the form of what the members of a group send one another:
// bytes and signatures, and no input or output.
//
// A [Bundle] is a [Head], signed by its author, and a body: an age file with
// exactly one stanza, so that age itself opens it. What is in the body is one of
// seven kinds of [Content]. A [Charter] says who the owner, the heirs and the
// writers of a group are; [Invite] is the code that a new member is given.
//
// Every value has exactly one encoding, and whatever is read is held against it.
// Limits are checked before any work is done. Errors wrap the sentinels of
// package crypto: ErrMalformed, ErrLimit, ErrNewer for a kind, a flag or a role
// that this version does not know, ErrForged for a signature or a hash, and
// ErrWrongKey for a body that is sealed to another identity.
//
// The bytes are written down in docs/format.md, with vectors in
// testdata/vectors/bundle.json.
package bundle
