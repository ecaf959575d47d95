package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// FindOptions say what Find looks for.
type FindOptions struct {
	State string // as in Options.State
	Env   string // the environment; "" is the one without a name
}

// Found is a vault that was found from a folder.
type Found struct {
	Dir string // the vault's folder
	// Attached is the folder that the vault is attached to: the user of this machine
	// chose it, wherever it lies. "": it lies in a folder that was searched, which
	// somebody else may have made.
	Attached string
}

// Find returns the vault of the nearest project: of the folder start or the nearest
// one above it that has one. A folder has a vault that lies in it, called .tacit, or
// .tacit.NAME for the environment NAME, or that is attached to it; what lies in it
// comes first. Whatever is called so ends the search, be it a vault or not, and so
// does a place where the memory in the folder state knows a vault that is gone: or
// taking one away would have another vault answer. A folder that may not be looked
// into ends it as well. To open what was found says what is wrong with it; whether
// it may be used is another question: see Options.Discovered.
//
// Where start is reached through a symbolic link, the folders above the link are
// searched first, then those above its target.
//
// NoVault: the project does not have the environment; or vaults are attached to one
// of the folders under another path, where it was before it was moved. VaultMissing:
// what is attached is gone, and was seen elsewhere since, or is not known any more.
// Unproven: a memory that cannot be read is not taken for none.
func Find(start string, o FindOptions) (f Found, ok bool, err error) {
	defer naming("find", &err)
	start, err = filepath.Abs(start)
	if err != nil {
		return Found{}, false, pathError(start, err)
	}
	anchors, err := anchor.At(o.State)
	if err != nil {
		return Found{}, false, wrap("", err)
	}
	name := DotName(o.Env)
	real, err := filepath.EvalSymlinks(start)
	if err != nil {
		return Found{Dir: filepath.Join(start, name)}, true, nil // it cannot be searched
	}
	w := walk{FindOptions: o, anchors: anchors, name: name, linked: real != start, attaches: anchors.Attaches()}
	f, ok, err = w.up(start)
	if !ok && err == nil && w.linked {
		w.linked = false
		f, ok, err = w.up(real)
	}
	if !ok && err == nil {
		err = w.moved(real)
	}
	return f, ok, err
}

// walk is a search for a vault in a folder and above it.
type walk struct {
	FindOptions
	anchors  anchor.Dir
	name     string // of a vault in a folder
	linked   bool   // there is a symbolic link in the path
	attaches bool   // something is attached to some folder
}

// up looks into folder after folder, up to the root.
func (w walk) up(folder string) (f Found, ok bool, err error) {
	for {
		f, ok, err = w.look(folder)
		if up := filepath.Dir(folder); ok || err != nil || up == folder {
			return f, ok, err
		} else {
			folder = up
		}
	}
}

// look looks into one folder.
func (w walk) look(folder string) (f Found, ok bool, err error) {
	f.Dir = filepath.Join(folder, w.name)
	if _, err := os.Lstat(f.Dir); !errors.Is(err, fs.ErrNotExist) {
		return f, true, nil
	}
	real := folder
	if w.linked {
		if real, err = filepath.EvalSymlinks(folder); err != nil {
			return f, true, nil
		}
		f.Dir = filepath.Join(real, w.name)
	}
	if known, err := w.knows(f.Dir); known || err != nil {
		return f, true, err
	}
	if w.attaches {
		if f, ok, err = w.attached(real); ok || err != nil {
			return f, ok, err
		}
	}
	if w.Env != "" {
		return Found{}, false, w.otherEnvs(folder, real)
	}
	return Found{}, false, nil
}

// knows tells whether this machine knows a vault at a real path.
func (w walk) knows(dir string) (bool, error) {
	_, known, err := w.anchors.VaultAt(dir)
	if err != nil {
		return false, memoryError(dir, err)
	}
	return known, nil
}

// attached looks at what is attached to a folder. If that is something, and not the
// environment, the search ends.
func (w walk) attached(folder string) (f Found, ok bool, err error) {
	list, err := w.anchors.Attached(folder)
	if err != nil {
		return f, false, attachError(w.anchors, folder, err)
	}
	for _, a := range list {
		if a.Env == w.Env {
			return Found{Dir: a.Vault, Attached: folder}, true, w.gone(a)
		}
	}
	if len(list) == 0 {
		return f, false, nil
	}
	return f, false, unknownEnv(folder, w.Env, EnvsIn(folder, w.State))
}

// gone is a vault that is attached, is not there, and was seen elsewhere since; or
// that this machine does not know, so that opening it would not say that it is missed.
func (w walk) gone(a Attachment) error {
	if exists(a.Vault) {
		return nil
	}
	known, err := w.knows(a.Vault)
	if err != nil {
		return err
	}
	e := &SecretError{
		Code: VaultMissing, Path: a.Vault, Message: "the vault is attached to " + a.Folder + ", and it is gone",
		Remedy: remedy.To(remedy.PutBackOrForget, remedy.Vault.Named(a.Vault)),
	}
	if at := seenSince(a.Vault, w.anchors); at != "" {
		e.Message += "; it was seen since at " + at
		e.Remedy = remedy.To(remedy.AttachSince, remedy.Folder.Named(a.Folder), remedy.Target.Named(at), remedy.Vault.Named(a.Vault))
		return e
	}
	if known {
		return nil
	}
	return e
}

// otherEnvs ends the search for an environment in a folder that has others.
func (w walk) otherEnvs(folder, real string) error {
	envs := envsInTree(folder)
	known, err := w.knows(filepath.Join(real, dotName))
	if err != nil {
		return err
	}
	if known {
		envs = append(envs, "")
	}
	slices.Sort(envs)
	if len(envs) == 0 {
		return nil
	}
	return unknownEnv(folder, w.Env, slices.Compact(envs))
}

// moved finds a folder to which vaults are attached under another path: the default
// vault must not answer for theirs.
func (w walk) moved(folder string) error {
	if !w.attaches {
		return nil
	}
	for ; ; folder = filepath.Dir(folder) {
		if was := w.anchors.Origin(folder); was != "" {
			return &SecretError{
				Code: NoVault, Path: folder, Message: "vaults are attached to this folder where it was before, at " + was,
				Remedy: remedy.To(remedy.AttachMoved, remedy.Path.Named(folder), remedy.Target.Named(was)),
			}
		}
		if folder == filepath.Dir(folder) {
			return nil
		}
	}
}

// memoryError is a memory that cannot be read: it is never taken for none.
func memoryError(dir string, err error) *SecretError {
	e := &SecretError{
		Code: Unproven, Path: dir, Err: err,
		Message: "what this machine remembers of the vault cannot be read: " + err.Error(),
		Remedy:  remedy.To(remedy.Trust),
	}
	if !errors.Is(err, anchor.ErrUnreadable) {
		e.Remedy = remedy.To(remedy.MendState) // trust could not either
	}
	return e
}
