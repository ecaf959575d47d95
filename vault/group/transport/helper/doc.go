// Package helper has what tacit and a process that carries bundles over a network say to
// one another, and both sides of it. tacit itself is linked with no network; the helper
// has credentials, and never a key.
//
// Lines go over the helper's standard input and output. A line ends with a newline, and
// its words are apart by one space; the bytes of a bundle follow their line. "-" stands
// for an empty word. The helper begins with
//
//	tacit-helper 1
//
// and then answers requests, each of which has a number of its own. Answers come in any
// order. The first request is open.
//
//	open ID ADDRESS            ok ID 0
//	put ID KEY LEN OLDLEN …    ok ID 0, taken ID      LEN bytes follow, then OLDLEN; 0: the key has to be free
//	get ID KEY                 ok ID LEN …, none ID   LEN bytes follow
//	list ID PREFIX AFTER       ok ID LEN …            the keys, each ended by a newline
//	del ID KEY                 ok ID 0
//	wait ID PREFIX…            ok ID 0
//	stop ID                    no answer; the request of that number is given up, and answered
//
// Each but the last is also answered by
//
//	error ID WORD TEXT
//
// WORD says which error of package transport it is, TEXT is for a person. The end of the
// helper's input ends the helper.
//
// Neither side believes the other: lines, lengths, numbers and keys have limits and
// forms. A helper that does not keep to them is ended.
package helper
