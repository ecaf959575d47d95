package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
)

// CreateIdentityFile makes an age identity, post-quantum with pq, and writes it
// to a new file with mode 0600, in age-keygen's form. Missing folders above it
// are made with mode 0700. File and folders are synced before it returns. A
// file that is there already is never touched: the error wraps [fs.ErrExist].
// It returns the identity's public half.
func CreateIdentityFile(path string, pq bool) (recipient string, err error) {
	return create(path, pq, time.Now())
}

func create(path string, pq bool, now time.Time) (string, error) {
	secret, recipient, err := generate(pq)
	if err != nil {
		return "", fmt.Errorf("making an identity: %w", err)
	}
	dir := filepath.Dir(path)
	if err := makeFolders(dir); err != nil {
		return "", fmt.Errorf("making the folder of the identity file: %w", err)
	}
	text := fmt.Appendf(nil, "# created: %s\n# public key: %s\n%s\n", now.Format(time.RFC3339), recipient, secret)
	defer clear(text)
	if err := writeNew(path, text); err != nil {
		return "", fmt.Errorf("writing the identity file: %w", err)
	}
	if err := syncFolder(dir); err != nil {
		return "", fmt.Errorf("writing the identity file: %w", errors.Join(err, os.Remove(path)))
	}
	return recipient, nil
}

func generate(pq bool) (secret, recipient string, err error) {
	if pq {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			return "", "", err
		}
		return id.String(), id.Recipient().String(), nil
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	return id.String(), id.Recipient().String(), nil
}

// writeNew leaves no file where it returns an error, and none that is empty or
// half written where it is killed, if the file system lets it.
func writeNew(path string, text []byte) error {
	f, name, err := unnamedFile(path)
	if err != nil {
		return writeNamed(path, text)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync())
	if err == nil {
		if err = name(); err != nil && !errors.Is(err, fs.ErrExist) { // a file system may have the one and not the other
			err = writeNamed(path, text)
		}
	}
	return errors.Join(err, f.Close())
}

func writeNamed(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// makeFolders is os.MkdirAll that syncs the folder above each one it makes.
func makeFolders(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("there is a file of that name")}
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeFolders(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(parent)
}
