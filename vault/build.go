package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/vault/anchor"
)

// Build makes a vault as Create does, fills it, and closes it. It lies in a
// folder beside dir until fill, which gets it unlocked and open for writing, has
// returned nil; then it takes its place in one step. dir must not exist or be
// empty. Stopped at any moment it leaves the whole vault there or none, and the
// next Build or Restore to dir removes what lies beside.
//
// Codes: those of Create; Busy where another Build or a Restore to dir is under
// way. An error of fill is returned as it is.
func Build(ctx context.Context, dir string, o CreateOptions, fill func(*Vault) error) (st Status, err error) {
	const op = "create"
	defer naming(op, &err)
	if err := Vacant(op, dir, o.State); err != nil {
		return Status{}, err
	}
	dir, err = vacantPlace(ctx, dir)
	if err != nil {
		return Status{}, err
	}
	temp := besidePath(dir, restoringSuffix)
	if err := os.MkdirAll(filepath.Dir(temp), 0o700); err != nil {
		return Status{}, pathError(dir, err)
	}
	v, err := createAt(ctx, temp, o, func(v *Vault) error { v.witness.unplaced = true; return nil })
	if err != nil {
		return Status{}, atPlace(err, temp, dir)
	}
	err = fill(v)
	if err = errors.Join(err, v.Close()); err == nil {
		err = v.takePlace(ctx, dir)
	}
	if err != nil {
		os.RemoveAll(temp)
		return Status{}, atPlace(firstFault(err), temp, dir)
	}
	return v.Status(), nil
}

// vacantPlace is the real path of dir, in which there is nothing.
func vacantPlace(ctx context.Context, dir string) (real string, err error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		real, err = realPath(abs)
	}
	if err != nil {
		return "", pathError(dir, err)
	}
	if err := settleSwap(ctx, real); err != nil {
		return "", err
	}
	entries, err := entriesOf(dir, real)
	if err != nil || len(entries) == 0 {
		return real, err
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == vaultFileName }) {
		return "", vaultThere(real)
	}
	return "", notEmpty(real)
}

// takePlace puts a vault that was built and closed where it belongs. What this
// machine is to remember it is told before: a vault that stood there once is no
// alarm then.
func (v *Vault) takePlace(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	announced, err := v.witness.announce(v.current.head, dir)
	if err != nil {
		return err
	}
	if err := placeFolder(v.dir, dir); err != nil {
		if announced {
			v.warner.warn(v.witness.anchors.Withdraw(dir))
		}
		return pathError(dir, err)
	}
	v.warner.warn(SyncDirs(filepath.Dir(dir)))
	v.moveTo(dir, true)
	v.warner.warn(v.witness.save(v.current.head, anchor.Update{Announced: announced, Force: !announced}))
	return nil
}

// firstFault is an error without what came after it.
func firstFault(err error) error {
	var e *SecretError
	if errors.As(err, &e) {
		return e
	}
	return err
}

// atPlace names the folder that the user named, and not the one beside it.
func atPlace(err error, temp, dir string) error {
	var e *SecretError
	if !errors.As(err, &e) || e.Path != temp {
		return err
	}
	named := *e
	named.Path = dir
	return &named
}
