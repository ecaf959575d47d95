package disk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
	"github.com/tacit-vault/tacit/cli/terminal"
	"github.com/tacit-vault/tacit/vault"
)

// A Destination is a file that only its owner can read, and that is put in place
// when it is whole and on the disk. Until then what was there stays. Something
// that is no regular file, or that the name of a descriptor stands for, is written
// to. A link is followed.
type Destination struct {
	io.Writer
	path string // as the user named it
	real string // the file that is replaced; "" for what is written to
	file *os.File
	mode fs.FileMode // of a file that is replaced
}

// OwnerOnly is how a destination is made.
const OwnerOnly fs.FileMode = 0o600

// OpenDestination opens what a command will write, before it has anything. It
// can be interrupted while it waits for the other end of a pipe.
func OpenDestination(ctx context.Context, path string) (*Destination, error) {
	d := &Destination{path: path, mode: OwnerOnly}
	info, err := os.Stat(path)
	described, ok := system.NamedDescriptor(path)
	switch {
	case ok && described.Ours:
		d.file, err = system.Inherited(described.N, path)
	case ok && err == nil && info.Mode().IsRegular():
		return nil, failure.Usage("writing %s: it is a file that another process has open", path).Hinted("name the file itself, or write to standard output")
	case ok && err != nil:
	case err == nil && !info.Mode().IsRegular():
		d.file, err = terminal.OpenFile(ctx, path, os.O_WRONLY)
	case err == nil || errors.Is(err, fs.ErrNotExist):
		if d.real, err = LeadsTo(path); err == nil {
			d.file, err = os.CreateTemp(filepath.Dir(d.real), ".tacit-*")
		}
	}
	if err != nil {
		return nil, d.Error(err)
	}
	d.Writer = terminal.PatientWriter{Ctx: ctx, W: d.file}
	return d, nil
}

// Keep puts what was written in its place.
func (d *Destination) Keep(ctx context.Context) error {
	if d.real == "" {
		return d.Error(d.file.Close())
	}
	defer d.Drop()
	err := d.file.Sync()
	if d.mode != OwnerOnly {
		err = errors.Join(err, d.file.Chmod(d.mode))
	}
	if err := errors.Join(err, d.file.Close()); err != nil {
		return d.Error(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), d.real); err != nil {
		return d.Error(err)
	}
	return d.Error(SyncFolder(filepath.Dir(d.real)))
}

// Drop gives up what was written. After keep it does nothing.
func (d *Destination) Drop() {
	d.file.Close()
	if d.real != "" {
		os.Remove(d.file.Name())
	}
}

func (d *Destination) Error(err error) error {
	if err == nil {
		return nil
	}
	return failure.FileError("writing", d.path, err)
}

// WriteFile writes a destination. Where it fails, or is interrupted, nothing is
// left of it.
func WriteFile(ctx context.Context, path string, mode fs.FileMode, write func(io.Writer) error) error {
	d, err := OpenDestination(ctx, path)
	if err != nil {
		return err
	}
	d.mode = mode
	defer d.Drop()
	if err := write(d); err != nil {
		var failed *failure.Failure
		if errors.As(err, &failed) && failed.Code == string(vault.InvalidValue) {
			return err
		}
		return d.Error(err)
	}
	return d.Keep(ctx)
}

// SyncFolder makes a new entry of a folder survive a power cut. A folder may be
// written to, and not opened to be synced.
func SyncFolder(dir string) error {
	err := vault.SyncDirs(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
