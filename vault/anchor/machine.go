package anchor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Machine tells this machine apart from others that may share the state folder:
// 16 hex digits, of /etc/machine-id or what the system has in its place. It is
// "" where the system has none that can be read: on macOS, and in small
// containers. The id itself should not be written down, says machine-id(5), so
// it is hashed. The host name is never it: a network hands out another one.
func Machine() string { return machine(os.ReadFile, hostUUID) }

func machine(read func(string) ([]byte, error), uuid func() string) string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		b, err := read(name)
		if id := strings.TrimSpace(string(b)); err == nil && len(id) == 32 {
			return machineOf("id " + id)
		}
	}
	if id := uuid(); len(id) == 36 && strings.Trim(id, "0-") != "" {
		return machineOf("uuid " + strings.ToLower(id))
	}
	return ""
}

func machineOf(id string) string {
	m := hmac.New(sha256.New, []byte(id))
	m.Write([]byte("tacit machine 1"))
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// isMachine tells whether s has the form of a machine id.
func isMachine(s string) bool {
	return len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}

// named is d with the id of a machine, where the system has none: the one that
// is kept in the state folder, or the one that will be. Machines without an id
// of their own that share a state folder count as one.
func (d Dir) named() (Dir, error) {
	if d.Path == "" || d.Machine != "" {
		return d, nil
	}
	id, ok, err := load(d.machineFile(), parseMachine)
	if err == nil && !ok {
		id, err = d.newMachine(os.Hostname)
	}
	d.Machine = id
	return d, err
}

// keepMachine is named, and afterwards the id is in the state folder. The caller
// holds the lock, so of two processes the second finds what the first has made.
func (d Dir) keepMachine() (Dir, error) {
	if d.Machine != "" {
		return d, nil
	}
	d, err := d.named()
	if err != nil {
		return d, err
	}
	if _, err := os.Lstat(d.machineFile()); !errors.Is(err, fs.ErrNotExist) {
		return d, err
	}
	err = writeFile(d.machineFile(), marshalMachine(d.Machine))
	if err == nil {
		err = syncFolderOf(d.machineFile())
	}
	return d, err
}

// newMachine is a random id. But where vaults are remembered already, they were
// under an id that was made of the host name: it is kept, because under another
// one every place would be new. If none is of this host name, and all are of one
// machine, the host got another name since.
func (d Dir) newMachine(hostname func() (string, error)) (string, error) {
	known, err := d.machines()
	if err != nil {
		return "", err
	}
	name, _ := hostname()
	if named := machineOf("host " + name); slices.Contains(known, named) {
		return named, nil
	}
	if len(known) == 1 {
		return known[0], nil
	}
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:]), nil
}

// machines lists the machines that have seen a vault. A memory that cannot be
// read is told of by who needs it.
func (d Dir) machines() (list []string, err error) {
	entries, err := os.ReadDir(d.file("vaults"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		id, err := crypto.ParseID(e.Name())
		if err != nil {
			continue
		}
		v, _, _ := load(d.vaultFile(id), parseVault)
		for _, p := range v.places {
			if !slices.Contains(list, p.machine) {
				list = append(list, p.machine)
			}
		}
	}
	return list, nil
}

func (d Dir) machineFile() string { return d.file("machine") }

func marshalMachine(id string) []byte {
	return fmt.Appendf(nil, "%s%s\nid %s%s", machineHeader, version, id, trailer)
}

// parseMachine takes only what marshalMachine writes. Errors wrap ErrUnreadable.
func parseMachine(b []byte) (string, error) {
	lines, err := splitLines(b, machineHeader)
	if err != nil {
		return "", err
	}
	var id []string
	if len(lines) == 1 {
		id = fields(lines[0], "id", 1)
	}
	if id == nil || !isMachine(id[0]) {
		return "", fmt.Errorf("%w: line 2", ErrUnreadable)
	}
	return id[0], nil
}
