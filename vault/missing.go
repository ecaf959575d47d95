package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Place is what this machine remembers of a vault at a path.
type Place struct {
	Path string // the real path, though nothing need be there
	ID   string // of the vault; "" where the memory cannot be read
	Seq  uint64 // the highest commit of the vault that this machine has seen, at any path; 0 if not known
	// Since is where this machine has seen that commit, if it is another path and
	// there is a vault: it was moved there, or copied.
	Since string
}

// Remembered tells whether this machine knows a vault at dir, be it there or not.
// The error is Unproven where the memory cannot be read; the Place is told as well.
func Remembered(dir, state string) (p Place, known bool, err error) {
	anchors, err := anchor.At(state)
	if err != nil {
		return Place{}, false, fail("remember", err)
	}
	p.Path = placeOf(dir)
	id, known, err := anchors.VaultAt(p.Path)
	if err != nil {
		return p, true, during("remember", memoryError(p.Path, err))
	}
	if !known {
		return p, false, nil
	}
	p.ID = id.String()
	if m, err := anchors.Load(id, p.Path); err == nil {
		p.Seq = max(m.Highest.Seq, m.Here.Seq)
		p.Since = seenSince(p.Path, anchors)
	}
	return p, true, nil
}

// Forget makes this machine forget the vault that it knows at dir, where that is
// gone: with it, that a copy which comes back is an older one. Folders that the vault
// was attached to have it no more. Exists where a vault, or what is left of one, is
// there: Destroy is for that. NoVault where none is known, or attached.
func Forget(dir, state string) (err error) {
	defer naming("forget", &err)
	p, known, err := Remembered(dir, state)
	switch {
	case err != nil && p.Path == "":
		return err
	case there(filepath.Join(p.Path, dbDirName)), exists(filepath.Join(p.Path, vaultFileName)):
		return &SecretError{
			Code: Exists, Path: p.Path, Message: "the vault is not gone: it, or what is left of it, is here",
			Remedy: remedy.To(remedy.Destroy, remedy.Vault.Named(p.Path)),
		}
	}
	anchors, err := anchor.At(state)
	if err != nil {
		return wrap("", err)
	}
	n, err := detachVault(p.Path, anchors)
	if err == nil && n == 0 && !known {
		return &SecretError{
			Code: NoVault, Path: p.Path, Message: "this machine knows no vault here",
			Remedy: remedy.To(remedy.NameWholeVault),
		}
	}
	if err == nil {
		err = anchors.ForgetPlace(p.Path)
	}
	return pathError(p.Path, err)
}

// exists tells whether there is anything of that name.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// isAbsent tells whether there is nothing of that name: not where that cannot be told.
func isAbsent(path string) bool {
	_, err := os.Lstat(path)
	return err != nil && !errors.Is(err, fs.ErrPermission)
}

// placeOf is the real path of a folder that need not be there, by which this
// machine remembers the vault that was. A link to what is gone is followed as
// well. What cannot be resolved stands as it is.
func placeOf(dir string) string {
	const links = 40 // as many as Linux follows
	abs, err := filepath.Abs(dir)
	if err != nil {
		return filepath.Clean(dir)
	}
	at, rest := filepath.Dir(abs), filepath.Base(abs)
	for range links {
		for {
			real, err := filepath.EvalSymlinks(at)
			if err == nil {
				return filepath.Join(real, rest)
			}
			if target, err := os.Readlink(at); err == nil {
				if !filepath.IsAbs(target) {
					target = filepath.Join(filepath.Dir(at), target)
				}
				at = target
				break
			}
			if at == filepath.Dir(at) {
				return abs
			}
			at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest)
		}
	}
	return abs
}

// missed looks at an error of opening dir. That there is no vault is VaultMissing
// where this machine knows one there; and what is left of one that it knows is no
// init that did not finish.
func missed(dir string, anchors anchor.Dir, err error) error {
	var e *SecretError
	half := errors.Is(err, errNoVaultFile)
	if !errors.As(err, &e) || e.Code != NoVault && !half {
		return err
	}
	place := placeOf(dir)
	_, known, memErr := anchors.VaultAt(place)
	switch {
	case memErr != nil:
		return memoryError(place, memErr)
	case !known:
		return err
	case half:
		return &SecretError{
			Code: Corrupt, Path: place, Err: errNoVaultFile,
			Message: errNoVaultFile.Error() + ", deleted or lost, of a vault that this machine knows",
			Remedy:  remedy.To(remedy.RestoreOrRescueHere, remedy.Vault.Named(place)),
		}
	case errors.Is(err, fs.ErrPermission):
		return &SecretError{
			Code: Unsafe, Path: place, Err: e.Err,
			Message: "this machine knows a vault here, and you may not look at it: " + e.Err.Error(),
			Remedy:  remedy.To(remedy.LetInOrNameVault),
		}
	}
	message := "this machine knows a vault here, and it is gone"
	if fi, err := os.Lstat(place); err == nil {
		message += ": what is here now is no vault"
		if fi.IsDir() {
			message = "this machine knows a vault here, and it is gone: the folder has no VAULT and no database"
		}
	}
	return gone(place, message, anchors)
}

// seenSince is where this machine has seen, after all else, the vault that it knows
// at place, if a vault is there: it was moved, or copied. "" where that is not known.
func seenSince(place string, anchors anchor.Dir) string {
	id, known, err := anchors.VaultAt(place)
	if err != nil || !known {
		return ""
	}
	m, err := anchors.Load(id, place)
	if err != nil || m.HighestAway || m.HighestAt == "" || m.HighestAt == place || !holdsVault(m.HighestAt) {
		return ""
	}
	return m.HighestAt
}

// gone is a vault that this machine knows, and that is not there.
func gone(place, message string, anchors anchor.Dir) *SecretError {
	if at := seenSince(place, anchors); at != "" {
		return &SecretError{
			Code: VaultMissing, Path: place, Message: message + "; it was seen since at " + at,
			Remedy: remedy.To(remedy.UseThereOrForget, remedy.Target.Named(at), remedy.Vault.Named(place)),
		}
	}
	return &SecretError{
		Code: VaultMissing, Path: place, Message: message,
		Remedy: remedy.To(remedy.PutBackOrForget, remedy.Vault.Named(place)),
	}
}

// Vacant refuses a place for a new vault where this machine knows one that is gone
// (VaultMissing: only the user says that it is not coming back), or that lies in
// the folder of another vault (Exists). Create and Build ask it; it is there for
// those who want to know before a key is made. op is what was to be done.
func Vacant(op, dir, state string) (err error) {
	defer naming(op, &err)
	p, known, err := Remembered(dir, state)
	switch {
	case err != nil:
		return err
	case known && isAbsent(filepath.Join(p.Path, vaultFileName)): // else Create says what is there
		return &SecretError{
			Code: VaultMissing, Path: p.Path, Message: "this machine knows a vault here, and it is gone: a new one would take its place",
			Remedy: remedy.To(remedy.RestoreOrForgetFirst, remedy.Vault.Named(p.Path)),
		}
	}
	return outsideVaults(p.Path, state)
}

// outsideVaults refuses a place for a vault that lies in the folder of another: it
// would go with that one, and no backup would hold it.
func outsideVaults(dir, state string) error {
	anchors, err := anchor.At(state)
	if err != nil {
		return wrap("", err)
	}
	place := placeOf(dir)
	for at := filepath.Dir(place); at != filepath.Dir(at); at = filepath.Dir(at) {
		known := false
		if !holdsVault(at) {
			if _, known, err = anchors.VaultAt(at); err != nil {
				return memoryError(at, err)
			}
			if !known {
				continue
			}
		}
		e := &SecretError{
			Code: Exists, Path: place, Message: "the folder lies in that of the vault " + at,
			Remedy: remedy.To(remedy.NameOutside),
		}
		if known {
			e.Message = "the folder lies in " + at + ", where this machine knows a vault"
			e.Remedy = remedy.To(remedy.NameOutsideOrForget, remedy.Vault.Named(at))
		}
		return e
	}
	return nil
}

// holdsVault tells whether a folder is a vault's.
func holdsVault(dir string) bool {
	fi, err := os.Lstat(filepath.Join(dir, vaultFileName))
	return err == nil && fi.Mode().IsRegular() && (there(filepath.Join(dir, dbDirName)) || there(filepath.Join(dir, slotsDirName)))
}
