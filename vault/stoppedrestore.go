package vault

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// StoppedRestore is what restores to a folder, and a Destroy of it, leave beside
// it that are killed. One that is under way looks the same, but for its lock.
type StoppedRestore struct {
	Dir  string   // what was restored to, or destroyed; it need not be there
	Left []string // the folders that are left: a vault that is not whole, or the one before
}

// Destroyed tells whether all that is left is of a Destroy.
func (r StoppedRestore) Destroyed() bool {
	return !slices.ContainsFunc(r.Left, func(left string) bool { return !strings.HasSuffix(left, destroyedSuffix) })
}

// StoppedRestores lists what restores to the folders in parent have left.
func StoppedRestores(parent string) (list []StoppedRestore, err error) {
	entries, err := os.ReadDir(parent)
	at := map[string]int{} // where folders cannot be exchanged, one restore leaves both
	for _, e := range entries {
		for _, suffix := range []string{restoringSuffix, replacedSuffix, destroyedSuffix} {
			name, ok := strings.CutSuffix(e.Name(), suffix)
			name, dotted := strings.CutPrefix(name, ".")
			if !ok || !dotted || name == "" || !e.IsDir() {
				continue
			}
			i, seen := at[name]
			if !seen {
				i, at[name] = len(list), len(list)
				list = append(list, StoppedRestore{Dir: filepath.Join(parent, name)})
			}
			list[i].Left = append(list[i].Left, filepath.Join(parent, e.Name()))
		}
	}
	return list, err
}

// settledFor is how long a folder must have been left alone: a restore that has
// just begun, or that closes what it built to read it again, holds no lock for a
// moment.
const settledFor = time.Minute

// Settle clears away what is left, as the next restore to the folder does. A
// vault that was moved aside, with nothing in its place yet, is moved back. Busy
// where a restore is, or may be, under way. now is by the file system's clock.
func (r StoppedRestore) Settle(ctx context.Context, now time.Time) (err error) {
	defer naming(opRestore, &err)
	for _, left := range r.Left {
		if fi, err := os.Lstat(left); err == nil && now.Sub(fi.ModTime()) < settledFor && !there(r.Dir) {
			return &SecretError{
				Code: Busy, Path: r.Dir, Message: "a restore to this folder may be under way", Remedy: remedy.To(remedy.Wait),
			}
		}
	}
	// Who replaces a vault has its lock all the while.
	if _, err := os.Lstat(filepath.Join(r.Dir, vaultFileName)); err == nil {
		release, err := storedir.Hold(ctx, r.Dir, 0)
		if err != nil {
			return storeError(r.Dir, err)
		}
		defer release()
	}
	return during("settle", settleSwap(ctx, r.Dir))
}
