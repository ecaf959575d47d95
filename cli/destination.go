package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault"
)

// A destination is a file that only its owner can read, and that is put in place
// when it is whole and on the disk. Until then what was there stays. Something
// that is no regular file is written to. A link is followed.
type destination struct {
	io.Writer
	path string // as the user named it
	real string // the file that is replaced; "" for what is written to
	file *os.File
}

// openDestination opens what a command will write, before it has anything. It
// can be interrupted while it waits for the other end of a pipe.
func openDestination(ctx context.Context, path string) (*destination, error) {
	d := &destination{path: path}
	info, err := os.Stat(path)
	switch {
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
	if err := errors.Join(d.file.Sync(), d.file.Close()); err != nil {
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
func writeFile(ctx context.Context, path string, write func(io.Writer) error) error {
	d, err := openDestination(ctx, path)
	if err != nil {
		return err
	}
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

// maxLinks is how many links a path may lead over, as on Linux.
const maxLinks = 40

// leadsTo is the real path that a file has or, where it is not there, would get
// by being written to.
func leadsTo(path string) (string, error) {
	for range maxLinks {
		dir, name := filepath.Split(path)
		if name == "" { // a folder: the caller's system says what it thinks of that
			return path, nil
		}
		if dir == "" {
			dir = "."
		}
		real, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return "", err
		}
		path = filepath.Join(real, name)
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // the end of the way
		}
		if path = link; !filepath.IsAbs(link) {
			path = real + string(filepath.Separator) + link
		}
	}
	return "", fmt.Errorf("more than %d links, one leading to the other", maxLinks)
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
