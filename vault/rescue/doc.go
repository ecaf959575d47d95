// Package rescue gets secrets out of what is left of a vault.
//
//	r, err := rescue.Scan(ctx, dir, rescue.Options{})
//	defer r.Close()
//	err = r.Unlock(ctx, keys...)
//	report, err := r.Collect(ctx)
//	err = r.Write(ctx, newDir, options)
//
// It opens nothing as a vault is opened, and needs neither database nor lock:
// it reads every file below a folder, or one file that may be the image of a
// disk, byte by byte, and knows heads, key slots and records by how they begin.
// A record counts when it opens with the vault's identity and its binding
// verifies, so that nothing forged comes back. What it says of a secret, that it
// is the current one or may not be, rests on the newest head that verifies and
// on the index nodes that lead from there to the secret.
//
// It never writes to what it reads. Files may change while it reads them; what
// is written in the end is authenticated once more.
package rescue
