package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
)

// A destination is a file that only its owner can read, and that is put in place
// when it is whole and on the disk. Until then what was there stays. Something
// that is no regular file, or that the name of a descriptor stands for, is written
// to. A link is followed.
type destination struct {
	io.Writer
	path string // as the user named it
	real string // the file that is replaced; "" for what is written to
	file *os.File
	mode fs.FileMode // of a file that is replaced
}

// ownerOnly is how a destination is made.
const ownerOnly fs.FileMode = 0o600

// openDestination opens what a command will write, before it has anything. It
// can be interrupted while it waits for the other end of a pipe.
func openDestination(ctx context.Context, path string) (*destination, error) {
	d := &destination{path: path, mode: ownerOnly}
	info, err := os.Stat(path)
	described, ok := namedDescriptor(path)
	switch {
	case ok && described.ours:
		d.file, err = inherited(described.n, path)
	case ok && err == nil && info.Mode().IsRegular():
		return nil, usage("writing %s: it is a file that another process has open", path).hinted("name the file itself, or write to standard output")
	case ok && err != nil:
	case err == nil && !info.Mode().IsRegular():
		d.file, err = openFile(ctx, path, os.O_WRONLY)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		if d.real, err = leadsTo(path); err == nil {
			d.file, err = os.CreateTemp(filepath.Dir(d.real), ".tacit-*")
		}
	}
	if err != nil {
		return nil, d.error(err)
	}
	d.Writer = patientWriter{ctx, d.file}
	return d, nil
}

// keep puts what was written in its place.
func (d *destination) keep(ctx context.Context) error {
	if d.real == "" {
		return d.error(d.file.Close())
	}
	defer d.drop()
	err := d.file.Sync()
	if d.mode != ownerOnly {
		err = errors.Join(err, d.file.Chmod(d.mode))
	}
	if err := errors.Join(err, d.file.Close()); err != nil {
		return d.error(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), d.real); err != nil {
		return d.error(err)
	}
	return d.error(syncFolder(filepath.Dir(d.real)))
}

// drop gives up what was written. After keep it does nothing.
func (d *destination) drop() {
	d.file.Close()
	if d.real != "" {
		os.Remove(d.file.Name())
	}
}

func (d *destination) error(err error) error {
	if err == nil {
		return nil
	}
	return fileError("writing", d.path, err)
}

// writeFile writes a destination. Where it fails, or is interrupted, nothing is
// left of it.
func writeFile(ctx context.Context, path string, mode fs.FileMode, write func(io.Writer) error) error {
	d, err := openDestination(ctx, path)
	if err != nil {
		return err
	}
	d.mode = mode
	defer d.drop()
	if err := write(d); err != nil {
		var failed *failure
		if errors.As(err, &failed) && failed.code == string(vault.InvalidValue) {
			return err
		}
		return d.error(err)
	}
	return d.keep(ctx)
}

// leadsTo is the real path that a file has or, where it is not there, would get
// by being written to.
func leadsTo(path string) (string, error) {
	return walkLinks(path, func(string, string) bool { return false })
}

// syncFolder makes a new entry of a folder survive a power cut. A folder may be
// written to, and not opened to be synced.
func syncFolder(dir string) error {
	err := vault.SyncDirs(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
