//go:build (linux && (amd64 || arm64 || arm || 386 || riscv64)) || (darwin && (amd64 || arm64)) || (windows && amd64) || (freebsd && amd64)

// Package platform compiles where tacit is built and tested, and nowhere else.
//
// Badger reads numbers at odd addresses, which mips and others refuse, and
// writes some in the machine's own order: a vault from a big-endian machine
// could be read on no other. OpenBSD does not promise that a mapped file shows
// what was written to it, and on NetBSD nobody has run tacit. To refuse costs
// less than a vault that cannot be read later. The list here is that of .ci/package;
// a test holds the two together.
package platform
