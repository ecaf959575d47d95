package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store/storedir"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// Names in a vault's folder that are this package's; the others are the store's.
const (
	vaultFileName = "VAULT"
	slotsDirName  = "slots"
	dbDirName     = "db" // the store's; looked for, never opened here
)

// checkDir refuses a vault folder that is a symlink, is not a folder, belongs
// to somebody else or lets others in. It returns the real path, by which this
// machine remembers the vault.
//
// It may belong to one of the owners as well, and then its group may read it.
func checkDir(dir string, owners ...int) (real string, err error) {
	dir = filepath.Clean(dir)
	fi, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", noVault(dir)
	case errors.Is(err, fs.ErrPermission):
		return "", &SecretError{
			Code: NoVault, Path: dir, Err: err,
			Message: "it is unknown whether there is a vault here: " + err.Error(),
			Remedy:  remedy.To(remedy.EnterOrNameVault),
		}
	case err != nil:
		return "", &SecretError{Code: NoVault, Path: dir, Err: err}
	case fi.Mode()&fs.ModeSymlink != 0:
		return "", linkedPath(dir, "the vault folder is a symbolic link", remedy.NameVaultItself)
	case !fi.IsDir():
		return "", &SecretError{
			Code: NoVault, Path: dir, Message: "not a folder, so not a vault",
			Remedy: remedy.To(remedy.RenameOrNameVault),
		}
	}
	if err := checkOwner(dir, fi, owners); err != nil {
		return "", err
	}
	return realDir(dir)
}

// realDir is a folder's path without links.
func realDir(dir string) (real string, err error) {
	// Absolute first: the current folder may itself be known by a link.
	real, err = filepath.Abs(dir)
	if err == nil {
		real, err = filepath.EvalSymlinks(real)
	}
	if err != nil {
		return "", &SecretError{Code: NoVault, Path: dir, Err: err}
	}
	return real, nil
}

func noVault(dir string) *SecretError {
	return &SecretError{
		Code: NoVault, Path: dir,
		Message: "there is no vault here",
		Remedy:  remedy.To(remedy.MakeVault, remedy.Path.Named(dir)),
	}
}

// linkedPath refuses a folder's name that is a symbolic link. name is to name the
// folder itself.
func linkedPath(dir, message string, name remedy.Action) error {
	real, err := realDir(dir)
	if err != nil {
		return unsafePath(dir, message+" that leads to nothing", remedy.To(remedy.NameFolderOfLink))
	}
	return unsafePath(dir, message, remedy.To(name, remedy.Path.Named(real)))
}

func unsafePath(path, message string, way remedy.Remedy) error {
	return &SecretError{Code: Unsafe, Path: path, Message: message, Remedy: way}
}

// vaultFileLimit is the largest VAULT, in bytes.
const vaultFileLimit = 4096

// readVaultFile reads VAULT, a regular file of at most 4 KiB.
func readVaultFile(dir string) (crypto.VaultFile, crypto.Digest, error) {
	path := filepath.Join(dir, vaultFileName)
	b, err := readIn(dir, vaultFileName, vaultFileLimit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(filepath.Join(dir, dbDirName)); err == nil {
			return crypto.VaultFile{}, crypto.Digest{}, &SecretError{
				Code: Corrupt, Path: dir,
				Message: errNoVaultFile.Error() + ": an init that did not finish, or a damaged vault",
				Remedy:  remedy.To(remedy.RemoveAndInit),
				Err:     errNoVaultFile,
			}
		}
		return crypto.VaultFile{}, crypto.Digest{}, noVault(dir)
	case errors.Is(err, fs.ErrPermission):
		return crypto.VaultFile{}, crypto.Digest{}, unsafePath(dir, "the vault folder, or what is in it, keeps you out", remedy.To(remedy.DiagnoseAccess))
	case errors.Is(err, storedir.ErrIrregular):
		return crypto.VaultFile{}, crypto.Digest{}, unsafePath(path, "not a regular file", remedy.Remedy{})
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EINTR):
		return crypto.VaultFile{}, crypto.Digest{}, &SecretError{Code: Internal, Path: path, Err: err} // not VAULT's fault
	case err != nil:
		return crypto.VaultFile{}, crypto.Digest{}, &SecretError{Code: Corrupt, Path: path, Err: err}
	}
	f, err := crypto.ParseVaultFile(b)
	if errors.Is(err, crypto.ErrNewer) || err == nil && len(f.Incompatible) > 0 {
		return f, crypto.Digest{}, &SecretError{
			Code: Newer, Path: dir, Err: err,
			Message: "this vault was made by a newer version of tacit",
			Remedy:  remedy.To(remedy.Upgrade),
		}
	}
	if err != nil {
		return f, crypto.Digest{}, &SecretError{Code: Corrupt, Path: path, Err: err}
	}
	return f, crypto.Sum(b), nil
}

// errNoVaultFile is a vault's folder without its VAULT.
var errNoVaultFile = errors.New("VAULT is missing")

// readIn is readSmall in the folder of that path.
func readIn(dir, name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return readSmall(root, name, limit)
}

// readSmall is storedir.ReadIn; what is too long is over a limit of the format.
func readSmall(dir *os.Root, name string, limit int64) ([]byte, error) {
	b, err := storedir.ReadIn(dir, name, limit)
	if errors.Is(err, storedir.ErrLong) {
		err = crypto.ErrLimit
	}
	return b, err
}

// belongs tells whether VAULT is the file that the head was made with.
func belongs(dir string, head *crypto.SignedHead, file crypto.VaultFile, sum crypto.Digest) error {
	switch {
	case head.Vault != file.ID:
		return &SecretError{
			Code: Substituted, Path: dir,
			Message: "VAULT and the database are of two different vaults", Remedy: remedy.To(remedy.Restore),
		}
	case head.VaultFile != sum:
		return &SecretError{
			Code: HeadForged, Path: dir,
			Message: "VAULT is not the file that this vault was made with: changed or damaged", Remedy: remedy.To(remedy.Restore),
		}
	}
	return nil
}
