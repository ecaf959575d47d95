package crypto

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
)

// badCase is a record that has to be refused: by whom with the keys (open), and
// where it can be seen without them, by whom without (parse).
type badCase struct {
	name        string
	suite       Suite // "": both
	parse, open string
	change      func(t testing.TB, f *forgery)
}

func badRecords() []badCase {
	return slices.Concat(unboundRecords(), badStanzas(), badArguments(), badAttributes(), badPayloads())
}

// unboundRecords are all right, but not this vault's, or not for this place.
func unboundRecords() []badCase {
	const want = "not bound"
	return []badCase{
		{"another name", "", "", want, func(t testing.TB, f *forgery) {
			f.binding = f.keys.binding(f.args, f.fileKey)
			f.args[1] = "OTHER_KEY"
		}},
		{"another version", "", "", want, func(t testing.TB, f *forgery) {
			f.binding = f.keys.binding(f.args, f.fileKey)
			f.args[2] = "4"
		}},
		{"an attribute more", "", "", want, func(t testing.TB, f *forgery) {
			f.binding = f.keys.binding(f.args, f.fileKey)
			f.args = append(f.args, "note=x")
		}},
		{"an attribute less", "", "", want, func(t testing.TB, f *forgery) {
			f.binding = f.keys.binding(append(slices.Clone(f.args), "note=x"), f.fileKey)
		}},
		{"another vault", X25519, "", want, func(t testing.TB, f *forgery) {
			f.keys = vectorKeys(t, vectorX25519, vectorOtherVault)
		}},
		{"another vault", Hybrid, "", want, func(t testing.TB, f *forgery) {
			f.keys = vectorKeys(t, vectorHybrid, vectorOtherVault)
		}},
		{"by somebody who knows the recipient only", "", "", want, func(t testing.TB, f *forgery) {
			f.binding = fixed("binding", f.name, bindSize)
		}},
		{"binding of another record", "", "", want, func(t testing.TB, f *forgery) {
			f.binding = f.keys.binding(f.args, fixed("file key", "another", fileKeySize))
		}},
		{"to another identity", X25519, "", want, func(t testing.TB, f *forgery) {
			other := vectorKeys(t, vectorOtherX25519, vectorVault)
			f.own = x25519Stanza(t, other.point, fixed("ephemeral", f.name, 32), f.fileKey)
		}},
		{"to another identity", Hybrid, "", want, func(t testing.TB, f *forgery) {
			f.own.Body[0] ^= 1 // the same: ML-KEM rejects implicitly
		}},
		{"to an X25519 identity", Hybrid, "", want, func(t testing.TB, f *forgery) {
			f.own = x25519Stanza(t, vectorKeysOf(t, X25519).point, fixed("ephemeral", f.name, 32), f.fileKey)
		}},
		{"to a hybrid identity", X25519, "", want, func(t testing.TB, f *forgery) {
			f.own, f.fileKey = readHybridVector(t).stanza(), readHybridVector(t).FileKey
		}},
	}
}

// badStanzas are not exactly two, in order, of the right form.
func badStanzas() []badCase {
	arranged := func(name string, arrange func(own, ours *age.Stanza) []*age.Stanza) badCase {
		return badCase{name, "", "malformed", "malformed", func(_ testing.TB, f *forgery) { f.arrange = arrange }}
	}
	type ss = []*age.Stanza
	return []badCase{
		arranged("stanzas swapped", func(own, ours *age.Stanza) ss { return ss{ours, own} }),
		arranged("third stanza", func(own, ours *age.Stanza) ss {
			return ss{own, ours, {Type: "x-grease", Body: []byte("x")}}
		}),
		arranged("third stanza first", func(own, ours *age.Stanza) ss {
			return ss{{Type: "x-grease", Body: []byte("x")}, own, ours}
		}),
		arranged("our stanza twice", func(own, ours *age.Stanza) ss { return ss{own, ours, ours} }),
		arranged("two of the vault identity", func(own, _ *age.Stanza) ss { return ss{own, own} }),
		arranged("no stanza of ours", func(own, _ *age.Stanza) ss { return ss{own} }),
		arranged("no stanza of the vault identity", func(_, ours *age.Stanza) ss { return ss{ours} }),
		arranged("our stanza twice, none of the vault identity", func(_, ours *age.Stanza) ss { return ss{ours, ours} }),
		arranged("our type in capitals", func(own, ours *age.Stanza) ss {
			return ss{own, {Type: "Tacit", Args: ours.Args, Body: ours.Body}}
		}),
		arranged("binding of 31 bytes", func(own, ours *age.Stanza) ss {
			return ss{own, {Type: ours.Type, Args: ours.Args, Body: ours.Body[:31]}}
		}),
		arranged("binding of 33 bytes", func(own, ours *age.Stanza) ss {
			return ss{own, {Type: ours.Type, Args: ours.Args, Body: append(slices.Clone(ours.Body), 0)}}
		}),
		arranged("our stanza without arguments", func(own, ours *age.Stanza) ss {
			return ss{own, {Type: ours.Type, Body: ours.Body}}
		}),
		arranged("an argument more in the vault identity's", func(own, ours *age.Stanza) ss {
			return ss{{Type: own.Type, Args: append(slices.Clone(own.Args), "x"), Body: own.Body}, ours}
		}),
		arranged("wrapped key of 17 bytes", func(own, ours *age.Stanza) ss {
			return ss{{Type: own.Type, Args: own.Args, Body: append(slices.Clone(own.Body), 0)}, ours}
		}),
		arranged("another wrapping", func(_, ours *age.Stanza) ss {
			return ss{{Type: "scrypt", Args: []string{strings.Repeat("A", 22), "10"}, Body: make([]byte, 32)}, ours}
		}),
		{"point of low order", X25519, "", "malformed", func(_ testing.TB, f *forgery) {
			f.own.Args = []string{base64.RawStdEncoding.EncodeToString(make([]byte, 32))}
		}},
		{"point with bits left over", X25519, "", "malformed", func(_ testing.TB, f *forgery) {
			f.own.Args = []string{f.own.Args[0][:42] + "B"}
		}},
		{"oversize header", "", "limit", "limit", func(_ testing.TB, f *forgery) {
			for _, name := range "abcdefg" {
				f.args = append(f.args, string(name)+"="+strings.Repeat("v", 220))
			}
		}},
		{"header that does not end", "", "limit", "limit", func(_ testing.TB, f *forgery) {
			f.args = append(f.args, "a="+strings.Repeat("v", maxHeaderText))
		}},
	}
}

// badArguments are well-bound headers that break the rules. The suite makes no
// difference to them.
func badArguments() []badCase {
	arg := func(name string, n int, value, want string) badCase {
		return badCase{name, X25519, want, want, func(_ testing.TB, f *forgery) { f.args[n] = value }}
	}
	return []badCase{
		arg("version 2 of our stanza", 0, "v2", "newer"),
		{"version 2 of our stanza, of another form", "", "newer", "newer", func(_ testing.TB, f *forgery) {
			f.args = []string{"v2", "x"}
		}},
		arg("name of 101 characters", 1, strings.Repeat("n", 101), "malformed"),
		arg("name with a slash", 1, "a/b", "malformed"),
		arg("name of a dot", 1, ".", "malformed"),
		arg("name with a dot inside", 1, "a.b", "malformed"),
		arg("name of two dots", 1, "..", "malformed"),
		arg("version 0", 2, "0", "limit"),
		arg("version with leading zeros", 2, "03", "malformed"),
		arg("version with a sign", 2, "+3", "malformed"),
		arg("version of eleven digits", 2, "10000000000", "limit"),
		arg("version past 64 bits", 2, "18446744073709551616", "malformed"),
		arg("version in hex", 2, "0x3", "malformed"),
		arg("seq 0", 3, "0", "limit"),
		arg("seq with leading zeros", 3, "0000000017", "malformed"),
		arg("seq of eleven digits", 3, "10000000000", "limit"),
		arg("replica in capitals", 4, "010203040506070A", "malformed"),
		arg("replica of 15 digits", 4, "010203040506070", "malformed"),
		arg("kind unknown", 5, "yaml", "malformed"),
		arg("kind in capitals", 5, "Text", "malformed"),
		arg("kind by number", 5, "1", "malformed"),
		arg("gone with a plaintext", 5, "gone", "malformed"),
		arg("size with leading zeros", 6, "05", "malformed"),
		arg("size negative", 6, "-5", "malformed"),
		arg("size over 4 MiB", 6, "4194305", "limit"),
		arg("time with leading zeros", 7, "01767225600", "malformed"),
		arg("time after the year 9999", 7, "253402300800", "limit"),
		arg("time negative", 7, "-1", "malformed"),
		arg("prev empty-handed", 8, "--", "malformed"),
		arg("prev of zeros", 8, strings.Repeat("A", 43), "malformed"),
		arg("prev padded", 8, strings.Repeat("A", 42)+"E=", "malformed"),
		arg("prev with bits left over", 8, strings.Repeat("A", 42)+"B", "malformed"),
		arg("prev in standard base64", 8, "+"+strings.Repeat("A", 42), "malformed"),
		{"an argument less", "", "malformed", "malformed", func(_ testing.TB, f *forgery) { f.args = f.args[:8] }},
	}
}

func badAttributes() []badCase {
	attrs := func(name, want string, attrs ...string) badCase {
		return badCase{name, X25519, want, want, func(_ testing.TB, f *forgery) { f.args = append(f.args, attrs...) }}
	}
	many := make([]string, MaxAttrs+1)
	for i := range many {
		many[i] = string(rune('a'+i)) + "="
	}
	return []badCase{
		attrs("critical attribute", "newer", "Only-once=1"),
		attrs("critical attribute, capital inside", "newer", "onlyOnce=1"),
		attrs("attribute without =", "malformed", "note"),
		attrs("attribute without a name", "malformed", "=x"),
		attrs("attribute name that begins with a digit", "malformed", "1a=x"),
		attrs("attribute name with an underscore", "malformed", "a_b=x"),
		attrs("attribute name of 41 characters", "malformed", strings.Repeat("n", 41)+"=x"),
		attrs("attributes not sorted", "malformed", "b=1", "a=2"),
		attrs("attribute twice", "malformed", "a=1", "a=2"),
		attrs("value with lower-case hex", "malformed", "a=%c3"),
		attrs("value escaped without need", "malformed", "a=%41"),
		attrs("value not escaped", "malformed", "a=b/c"),
		attrs("value with an equals sign", "malformed", "a=b=c"),
		attrs("value with half an escape", "malformed", "a=%2"),
		attrs("value with no hex", "malformed", "a=%zz"),
		attrs("value of 257 bytes", "limit", "a="+strings.Repeat("v", 257)),
		attrs("value of 258 bytes, encoded", "limit", "a="+strings.Repeat("%20", 86)),
		attrs("17 attributes", "limit", many...),
	}
}

// badPayloads have a sound header, or one whose MAC is wrong.
func badPayloads() []badCase {
	after := func(name, open string, afterward func([]byte) []byte) badCase {
		return badCase{name, "", "", open, func(_ testing.TB, f *forgery) { f.afterward = afterward }}
	}
	return []badCase{
		after("header MAC changed", "forged", func(b []byte) []byte {
			mac := b[bytes.Index(b, []byte("\n--- "))+5:]
			if mac[0] != 'A' {
				mac[0] = 'A'
			} else {
				mac[0] = 'B'
			}
			return b
		}),
		after("payload cut by one byte", "forged", func(b []byte) []byte { return b[:len(b)-1] }),
		after("payload cut to the nonce", "malformed", func(b []byte) []byte { return b[:len(b)-tagSize-5] }),
		after("payload cut off", "malformed", func(b []byte) []byte { return b[:len(b)-streamNonceSize-tagSize-5] }),
		after("a byte after the end", "forged", func(b []byte) []byte { return append(b, 0) }),
		after("nonce changed", "forged", func(b []byte) []byte {
			b[len(b)-streamNonceSize-tagSize-5] ^= 1
			return b
		}),
		after("last byte changed", "forged", func(b []byte) []byte {
			b[len(b)-1] ^= 1
			return b
		}),
		{"chunk not marked as the last", "", "", "forged", func(t testing.TB, f *forgery) {
			chunk := sealedChunk(t, f.payloadKey(t), 0, false, f.plaintext)
			f.afterward = func(b []byte) []byte { return append(b[:len(b)-len(chunk)], chunk...) }
		}},
		{"second chunk only", "", "", "forged", func(t testing.TB, f *forgery) {
			chunk := sealedChunk(t, f.payloadKey(t), 1, true, f.plaintext)
			f.afterward = func(b []byte) []byte { return append(b[:len(b)-len(chunk)], chunk...) }
		}},
		{"size said too small", "", "", "malformed", func(_ testing.TB, f *forgery) { f.args[6] = "4" }},
		{"size said too large", "", "", "malformed", func(_ testing.TB, f *forgery) { f.args[6] = "6" }},
		{"line ends of Windows", "", "malformed", "malformed", func(_ testing.TB, f *forgery) {
			f.afterward = func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }
		}},
		{"armored", "", "malformed", "malformed", func(_ testing.TB, f *forgery) {
			f.afterward = func([]byte) []byte {
				return []byte("-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n")
			}
		}},
		{"age's next version", "", "malformed", "malformed", func(_ testing.TB, f *forgery) {
			f.afterward = func(b []byte) []byte { return bytes.Replace(b, []byte("/v1\n"), []byte("/v2\n"), 1) }
		}},
		{"empty file", "", "malformed", "malformed", func(_ testing.TB, f *forgery) {
			f.afterward = func([]byte) []byte { return nil }
		}},
	}
}
