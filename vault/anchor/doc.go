// Package anchor is what this machine remembers of the vaults it has seen. A
// vault cannot prove by itself that it is the newest state of itself, or the
// one that the user means: whoever can write to its folder can put an older
// copy, or another vault, in its place. A machine that remembers can tell.
//
// [Dir] reads and writes the memory, files in a state folder of the user.
// [Judge] holds a vault's head against it. The caller reads the head, checks
// its signature, asks for the verdict, and saves what it accepted:
//
//	memory, err := dir.Load(head.Vault, realPath)
//	verdict, err := anchor.Judge(memory, &head.Head, log)
//	// where the verdict allows it
//	err = dir.Save(head.Vault, realPath, anchor.Update{Pin: head.Pin, Point: head.Point()})
//
// Nothing here is secret, and nothing is authenticated: who can write to the
// user's state folder can make the machine forget.
package anchor
