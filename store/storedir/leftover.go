package storedir

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/store"
)

// Leftover tells whether a file system or a desktop calls its own files so, which it
// puts into a folder by itself. They are never read, say nothing about a store, and
// stand in nobody's way; to give a file such a name gains an attacker nothing.
//
//	.fuse_hidden…  FUSE: a file that was deleted while it was open
//	.nfs…          NFS: the same
//	.smbdelete… .smb1a2b… .cifs… cifs1a2b  SMB: the same, but not .smbcredentials
//	.__afs…        AFS: the same
//	._…  .DS_Store  macOS: attributes of a file where the disk keeps none, and of a folder
//	desktop.ini  Thumbs.db  @eaDir  Windows, Synology: how a folder looks
func Leftover(name string) bool {
	for _, whole := range []string{"desktop.ini", "thumbs.db"} {
		if strings.EqualFold(name, whole) {
			return true
		}
	}
	for _, prefix := range []string{".fuse_hidden", ".nfs", ".smbdelete", ".__afs", "._"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return true
		}
	}
	number, smb := strings.CutPrefix(name, ".smb")
	if smb && len(number) >= 8 && hexadecimal(number) {
		return true
	}
	number, cifs := strings.CutPrefix(strings.TrimPrefix(name, "."), "cifs")
	return cifs && hexadecimal(number) || name == ".DS_Store" || name == "@eaDir"
}

// hexadecimal tells whether s is digits, at least one, as small letters have them.
func hexadecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdef") == "" }

// ClearAttributes removes what macOS keeps beside Badger's logs on a disk without
// attributes, such as ._000001.vlog: Badger would take it for a log, and refuse
// its name.
func ClearAttributes(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); Leftover(e.Name()) && (ext == ".mem" || ext == ".vlog") {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("%w: %s, which is no log, has to be removed first: %w", store.ErrUnsafe, e.Name(), err)
			}
		}
	}
	return nil
}

// OnlyLeftovers tells whether what is there at path, if anything, is made of
// folders and leftover files.
func OnlyLeftovers(path string) bool {
	only := true
	err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if Leftover(d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() {
			only = false
			return fs.SkipAll
		}
		return nil
	})
	return err == nil && only
}

// Entries lists a folder without leftovers.
func Entries(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	ours := entries[:0]
	for _, e := range entries {
		if !Leftover(e.Name()) {
			ours = append(ours, e)
		}
	}
	return ours, err
}

// HoldsOnlyLeftovers tells whether a folder holds leftovers, and nothing else.
func HoldsOnlyLeftovers(dir string) bool {
	entries, err := os.ReadDir(dir)
	ours, _ := Entries(dir)
	return err == nil && len(entries) > 0 && len(ours) == 0
}
