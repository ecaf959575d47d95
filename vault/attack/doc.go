// Package attack holds no code, only the tests of what an attacker with access
// to a vault's folder can do: twenty attacks, each in generated variants, each
// prevented or detected, and honest work in between that must raise no alarm.
//
//	go test ./vault/attack                                    # a slice
//	go test ./vault/attack -attack.variants 40 -attack.honest 10000 -timeout 3h -v
//	go test ./vault/attack -run TestAttack/A3 -attack.seed S -attack.variant N
//
// A variant is a victim, made anew: a vault with a past (several secrets and
// versions of them, deletions, a purge; in some of them a rotation, keys that
// are post-quantum, values in the value log, a batch of several transactions),
// the machine that has seen it, and copies of the folder that were made on the
// way. The attack changes the folder. Then the vault is looked at through a
// writer, a reader and without a key, by Verify with and without decrypting,
// and in some variants by the program itself.
//
// Prevented means: every read returns the true current value, every list the
// true names, every "not found" is true, and Verify finds nothing or names what
// lies about. Detected means: reading fails with the attack's own code, and
// Verify names it too. In either case nothing false is ever returned, no error
// holds a value, putting the true folder back makes everything work again, and
// a write to the attacked vault launders nothing.
package attack
