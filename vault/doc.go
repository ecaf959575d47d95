// Package vault keeps secrets in an encrypted vault: one folder on one disk.
//
// [Create] makes a vault, [Open] opens one; a [Vault] reads and changes
// secrets. Names can be listed and searched with no key at all; values need
// one that opens a key slot, which package keyring has from a file:
//
//	key, err := keyring.IdentityFile(path, keyring.FileOptions{})
//	…
//	v, err := vault.Open(ctx, dir, vault.Options{Keys: []crypto.Key{key}, Wait: 10 * time.Second, State: state})
//	…
//	defer v.Close()
//	secret, err := v.Read(ctx, "API_KEY")
//
// The program imports package ondisk as well, for its effect: that links the database.
// A slot of an SSH key, of the system's keyring or of a TPM needs one more import,
// keyring/kinds; package keyring says how. State is a folder that lasts; left out, it
// is this machine's own. With
// Options.Write there is one process at a time:
//
//	info, err := v.Set(ctx, "API_KEY", vault.Text("s3cret"), vault.IfAbsent())
//
// A read proves that what it returns is the current value, and a [NotFound]
// that there is none; a vault that was tampered with, or put back to an older
// state behind the back of this machine, is refused with a code that says
// which it was. When a write returns nil it is on the disk.
//
// A secret may have labels, and a time at which it expires; a new version keeps
// them, as far as nothing else is said. They can be listed without a key, and are
// read by whoever reads the folder:
//
//	info, err = v.Set(ctx, "API_KEY", vault.Text("an0ther"), vault.Label("env", "prod"), vault.Expires(t))
//	infos, err := v.List(ctx, vault.ListOptions{Details: true})
//
// Every failure is a [*SecretError] with a [Code]; errors.Is(err,
// vault.NotFound) asks for one. No error holds a value. A context that ends is
// returned as it is.
//
// What the package will not do: reach a network, fall back to a weaker key,
// or believe a file because it is there. SECURITY.md says what it protects
// from, and what it does not.
package vault
