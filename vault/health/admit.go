package health

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// Admit is what lets this user look at a path again that a folder keeps shut, and what
// does so itself where that folder is the user's.
func Admit(path string) (way remedy.Remedy, fix func() (string, error)) {
	at, info := shut(path)
	if info == nil || !hasModes {
		return on(remedy.LookAt, at), nil
	}
	if uid, ok := ownerOf(info); ok && uid != os.Geteuid() {
		return give(remedy.LookAsOwner, uid, at), nil
	}
	if !info.IsDir() {
		return on(remedy.LetOwnerRead, at), nil
	}
	// Others are let in neither more nor less than they were.
	mode := info.Mode().Perm() | 0o700
	return on(remedy.LetOwnerIn, at), func() (string, error) {
		return "opened " + at + " to its owner", chmodAs(at, info, mode)
	}
}

// shut is the nearest thing on the way to path, or path itself, that can be
// looked at from outside: if somebody is kept out, it is by that.
func shut(path string) (at string, info fs.FileInfo) {
	for at = path; ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err == nil && (at == path || info.IsDir()) {
			return at, info
		}
		if at == filepath.Dir(at) {
			return at, nil
		}
	}
}

// chmodAs changes the mode of what is still the file that was looked at.
func chmodAs(path string, was fs.FileInfo, mode fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(info, was) { // exchanged meanwhile
		return fmt.Errorf("%s: %w", path, os.ErrInvalid)
	}
	return os.Chmod(path, mode)
}

// unwrapPath drops the name of the file, where the message names it already.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
