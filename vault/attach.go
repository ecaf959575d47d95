package vault

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Attachment is a vault that is attached to a folder: Find finds it from there, and
// nothing in the folder says so. Its paths have no links.
type Attachment = anchor.Attachment

// Attach gives a vault to a folder, as an environment of it; "" is the one without a
// name. Only this machine remembers that. What is attached so already is no error.
//
// NoVault: there is no such folder, or no vault. Exists: another vault is attached as
// that environment, and is there. VaultMissing: this machine knows another vault in
// the folder itself, which would be used first, and it is gone. ReadOnly, NoSpace,
// Busy: it could not be noted. Unproven: what was noted cannot be read.
func Attach(dir, env, vaultDir, state string) (a Attachment, err error) {
	defer naming("attach", &err)
	if env != "" {
		if err := CheckEnv("attach", env); err != nil {
			return a, err
		}
	}
	folder, err := realFolder(dir)
	if err != nil {
		return a, err
	}
	place := placeOf(vaultDir)
	if !holdsVault(place) {
		return a, &SecretError{Code: NoVault, Path: place, Message: "there is no vault here", Remedy: remedy.To(remedy.NameWholeVault)}
	}
	anchors, err := anchor.At(state)
	if err != nil {
		return a, wrap("", err)
	}
	a = Attachment{Folder: folder, Env: env, Vault: place}
	if err := leaveTree(a, anchors); err != nil {
		return a, err
	}
	return a, attachError(anchors, folder, replaceGone(a, anchors))
}

// realFolder is the path without links of a folder that is there.
func realFolder(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", pathError(dir, err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err == nil && there(real) {
		return real, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", pathError(abs, err)
	}
	return "", &SecretError{Code: NoVault, Path: abs, Message: "there is no such folder", Remedy: remedy.To(remedy.NameFolderHere)}
}

// leaveTree looks for a vault that this machine knows in the folder itself, and that
// is gone: it would be missed there, whatever is attached. The one that is attached
// may be that vault, moved out of the tree.
func leaveTree(a Attachment, anchors anchor.Dir) error {
	inTree := filepath.Join(a.Folder, DotName(a.Env))
	was, known, err := anchors.VaultAt(inTree)
	if err != nil {
		return memoryError(inTree, err)
	}
	if !known || exists(inTree) {
		return nil
	}
	is, known, err := anchors.VaultAt(a.Vault)
	if err != nil {
		return memoryError(a.Vault, err)
	}
	if known && is == was {
		return pathError(inTree, anchors.ForgetPlace(inTree))
	}
	return &SecretError{
		Code: VaultMissing, Path: inTree, Message: "this machine knows a vault in the folder itself, and it is gone",
		Remedy: remedy.To(remedy.MoveOutOfTree, remedy.Vault.Named(inTree)),
	}
}

// replaceGone attaches a vault, also in place of itself where it was before.
func replaceGone(a Attachment, anchors anchor.Dir) error {
	list, err := anchors.Attached(a.Folder)
	if err != nil {
		return err
	}
	for _, old := range list {
		switch {
		case old == a:
			return nil
		case old.Env == a.Env && !exists(old.Vault) && sameVault(old.Vault, a.Vault, anchors):
			if err := anchors.Detach(a.Folder, a.Env); err != nil {
				return err
			}
		}
	}
	return anchors.Attach(a)
}

// sameVault tells whether this machine knows one vault at both places.
func sameVault(one, other string, anchors anchor.Dir) bool {
	a, knownA, errA := anchors.VaultAt(one)
	b, knownB, errB := anchors.VaultAt(other)
	return knownA && knownB && errA == nil && errB == nil && a == b
}

// Attachable tells beforehand what Attach of a vault that is not made yet would say
// of the folder: Exists where a vault is attached as that environment, or lies in the
// folder itself, which would be used first.
func Attachable(dir, env, state string) (err error) {
	defer naming("attach", &err)
	folder, err := realFolder(dir)
	if err != nil {
		return err
	}
	if inTree := filepath.Join(folder, DotName(env)); exists(inTree) {
		return &SecretError{
			Code: Exists, Path: inTree, Message: "the folder itself has a vault, which would be used first",
			Remedy: remedy.To(remedy.UseAsItIs),
		}
	}
	anchors, err := anchor.At(state)
	if err != nil {
		return wrap("", err)
	}
	if err := leaveTree(Attachment{Folder: folder, Env: env}, anchors); err != nil {
		return err
	}
	return attachError(anchors, folder, anchors.MayAttach(folder, env))
}

// Adopt attaches to a folder all that is attached to another, which is gone, or is the
// same one under another path. If the other is still there, it keeps them, too.
// NoVault: nothing is attached to it. The other errors are those of Attach.
func Adopt(dir, from, state string) (list []Attachment, err error) {
	defer naming("attach", &err)
	old, err := attachedTo(from, state)
	if err != nil {
		return nil, err
	}
	anchors, err := anchor.At(state)
	if err != nil {
		return nil, wrap("", err)
	}
	for _, was := range old {
		folder, err := realFolder(dir)
		if err == nil {
			was.Folder = folder
			err = leaveTree(was, anchors)
		}
		if err == nil {
			err = attachError(anchors, folder, replaceGone(was, anchors))
		}
		if err != nil {
			return list, err
		}
		list = append(list, was)
	}
	if exists(old[0].Folder) {
		return list, nil
	}
	return list, attachError(anchors, old[0].Folder, anchors.DetachAll(old[0].Folder))
}

// folderOf is the real path of a folder that need not be there.
func folderOf(dir string) string {
	place := placeOf(dir) // which leaves the last link
	if real, err := filepath.EvalSymlinks(place); err == nil {
		return real
	}
	return place
}

// attachedTo lists what is attached to a folder that need not be there, at least one.
func attachedTo(dir, state string) ([]Attachment, error) {
	anchors, err := anchor.At(state)
	if err != nil {
		return nil, wrap("", err)
	}
	folder := folderOf(dir)
	list, err := anchors.Attached(folder)
	if err != nil {
		return nil, attachError(anchors, folder, err)
	}
	if len(list) == 0 {
		return nil, &SecretError{Code: NoVault, Path: folder, Message: "no vault is attached to this folder", Remedy: remedy.To(remedy.ListVaults)}
	}
	return list, nil
}

// Detach takes a vault from a folder that it was attached to as an environment. The
// vault stays. The folder need not be there. NoVault: none is attached so. The other
// errors are those of Attach.
func Detach(dir, env, state string) (a Attachment, err error) {
	defer naming("detach", &err)
	list, err := attachedTo(dir, state)
	if err != nil {
		return a, err
	}
	var envs []string
	for _, a := range list {
		if a.Env == env {
			anchors, err := anchor.At(state)
			if err == nil {
				err = attachError(anchors, a.Folder, anchors.Detach(a.Folder, env))
			}
			return a, wrap("", err)
		}
		envs = append(envs, a.Env)
	}
	return a, unknownEnv(list[0].Folder, env, envs)
}

// DetachAll is Detach of all environments, and of what cannot be read.
func DetachAll(dir, state string) (list []Attachment, err error) {
	defer naming("detach", &err)
	list, err = attachedTo(dir, state)
	if err != nil && !errors.Is(err, anchor.ErrUnreadable) {
		return nil, err
	}
	anchors, err := anchor.At(state)
	if err != nil {
		return nil, wrap("", err)
	}
	folder := folderOf(dir)
	return list, attachError(anchors, folder, anchors.DetachAll(folder))
}

// Attachments lists all that this machine has attached, sorted by folder and
// environment. The error is Unproven where some of it cannot be read; the rest is
// there as well.
func Attachments(state string) ([]Attachment, error) {
	anchors, err := anchor.At(state)
	if err != nil {
		return nil, fail("list", err)
	}
	list, err := anchors.Attachments()
	return list, during("list", attachError(anchors, anchors.Path, err))
}

// detachVault takes a vault that is gone from all folders.
func detachVault(place string, anchors anchor.Dir) (n int, err error) {
	list, err := anchors.Attachments()
	if err != nil && !errors.Is(err, anchor.ErrUnreadable) {
		return 0, err
	}
	for _, a := range list {
		if a.Vault == place {
			if err := anchors.Detach(a.Folder, a.Env); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}
