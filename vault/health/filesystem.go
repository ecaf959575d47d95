package health

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/vault/remedy"
)

// What a file system is to a vault.
type fileSystem struct {
	name  string
	trait trait
}

type trait int

const (
	local trait = iota
	network
	user   // a program serves it
	layer  // of a container
	memory // gone when the machine is
	modeless
)

// magics are the types that statfs(2) gives on Linux. What is not listed is
// taken for a local one.
func magics() map[int64]fileSystem {
	return map[int64]fileSystem{
		0x6969: {"NFS", network}, 0x517B: {"SMB", network}, 0xFF534D42: {"CIFS", network}, 0xFE534D42: {"SMB", network},
		0x01021997: {"9p", network}, 0x00C36400: {"Ceph", network}, 0x5346414F: {"AFS", network}, 0x6B414653: {"AFS", network},
		0x73757245: {"Coda", network}, 0x47504653: {"GPFS", network}, 0x0BD00BD0: {"Lustre", network}, 0x786F4256: {"vboxsf", network},
		0x65735546: {"FUSE", user}, 0x794C7630: {"overlayfs", layer}, 0x61756673: {"aufs", layer},
		0x01021994: {"tmpfs", memory}, 0x858458F6: {"ramfs", memory},
		0x4D44: {"FAT", modeless}, 0x2011BAB0: {"exFAT", modeless}, 0x5346544E: {"NTFS", modeless}, 0x7366746E: {"NTFS", modeless},
		0xEF53: {"ext4", local}, 0x58465342: {"XFS", local}, 0x9123683E: {"Btrfs", local}, 0x2FC12FC1: {"ZFS", local}, 0xF2F52010: {"F2FS", local},
	}
}

// names are what statfs(2) gives on macOS and the BSDs.
func names() map[string]fileSystem {
	return map[string]fileSystem{
		"nfs": {"NFS", network}, "smbfs": {"SMB", network}, "afpfs": {"AFP", network}, "webdav": {"WebDAV", network},
		"fusefs": {"FUSE", user}, "macfuse": {"FUSE", user}, "osxfuse": {"FUSE", user}, "tmpfs": {"tmpfs", memory},
		"msdos": {"FAT", modeless}, "msdosfs": {"FAT", modeless}, "exfat": {"exFAT", modeless}, "ntfs": {"NTFS", modeless},
		"apfs": {"APFS", local}, "hfs": {"HFS+", local}, "ufs": {"UFS", local}, "zfs": {"ZFS", local},
	}
}

// FileSystem looks at what the vault lies on.
func FileSystem(dir string) []Finding {
	const check = "file system"
	var found []Finding
	if kind, ok := typeOf(dir); ok {
		found = append(found, kind.finding(check))
	}
	return found
}

// finding says what a file system means for a vault.
func (f fileSystem) finding(check string) Finding {
	move := remedy.To(remedy.MoveToLocalDisk)
	switch f.trait {
	case network:
		return Finding{check, Fault, "the vault lies on " + f.name + ", over a network or from a host: locks may not hold there, and what was written may be lost", move, nil}
	case user:
		return Finding{check, Advice, "the vault lies on " + f.name + ", which a program serves: whether locks hold and writes last is up to it", move, nil}
	case layer:
		return Finding{check, Advice, "the vault lies on " + f.name + ", a layer of a container, and may go with it", remedy.To(remedy.MountVolume), nil}
	case memory:
		return Finding{check, Advice, "the vault lies on " + f.name + ", in memory: it is gone when the machine goes down", move, nil}
	case modeless:
		return Finding{check, Fault, "the vault lies on " + f.name + ", which keeps no owners and modes: how the disk is mounted decides who reads it", move, nil}
	}
	return Finding{check, OK, "the vault lies on " + f.name, remedy.Remedy{}, nil}
}

// Shared is the name of a file system that other machines, or the host of this
// one, can write to as well, where dir lies on one.
func Shared(dir string) (name string, ok bool) {
	kind, ok := typeOf(dir)
	return kind.name, ok && kind.trait == network
}

// shareOf is what a path on Windows says by itself: a share, or a folder of Linux.
func shareOf(path string) (fileSystem, bool) {
	path = strings.ToLower(strings.ReplaceAll(path, "/", `\`))
	path = strings.TrimPrefix(strings.Replace(path, `\\?\unc\`, `\\`, 1), `\\?\`)
	switch {
	case strings.HasPrefix(path, `\\wsl$\`), strings.HasPrefix(path, `\\wsl.localhost\`):
		return fileSystem{"a folder of WSL", network}, true
	case strings.HasPrefix(path, `\\`) && !strings.HasPrefix(path, `\\.\`):
		return fileSystem{"a network share", network}, true
	}
	return fileSystem{}, false
}

// Modeless is the name of a file system that keeps no owners and modes, where dir
// lies on one.
func Modeless(dir string) (name string, ok bool) {
	kind, ok := typeOf(dir)
	return kind.name, ok && kind.trait == modeless
}

// Folds tells, without writing, whether the file system folds case: VAULT is
// found under another spelling.
func Folds(dir string) bool {
	one, err := os.Lstat(filepath.Join(dir, "VAULT"))
	if err != nil {
		return false
	}
	other, err := os.Lstat(filepath.Join(dir, "vault"))
	return err == nil && os.SameFile(one, other)
}
