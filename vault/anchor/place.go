package anchor

import (
	"errors"

	"github.com/tacit-vault/tacit/crypto"
)

// VaultAt tells which vault this machine knows at realPath, the path of its
// folder without symbolic links, whether the folder is there or not. It costs one
// look at a file. The error wraps ErrUnreadable, or is one of the file system.
func (d Dir) VaultAt(realPath string) (id crypto.ID, known bool, err error) {
	d, err = d.named()
	if err != nil {
		return crypto.ID{}, false, err
	}
	p, ok, err := load(d.pathFile(realPath), parsePath)
	return p.vault, ok, err
}

// ForgetPlace is Forget of whatever vault is known at realPath, also of one whose
// memory of the place cannot be read.
func (d Dir) ForgetPlace(realPath string) error {
	id, _, err := d.VaultAt(realPath)
	if err != nil && !errors.Is(err, ErrUnreadable) {
		return err
	}
	return d.Forget(id, realPath)
}
