package group

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group"
	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/folder"
	"github.com/tacit-vault/tacit/vault/group/transport/helper"
)

// An address is a folder, or a server: nats://HOST or tls://HOST. A vault keeps
// folders by their absolute paths.

// isServer tells whether an address names a server.
func isServer(address string) bool {
	return strings.HasPrefix(address, "nats://") || strings.HasPrefix(address, "tls://")
}

// absolute is an address as a vault keeps it. A relative folder counts from base.
func absolute(address, base string) (string, error) {
	scheme, _, ok := strings.Cut(address, "://")
	switch {
	case address == "":
		return "", failure.Usage("an empty address").Hinted("--at ./secrets, or --at nats://HOST")
	case isServer(address):
		return address, nil
	case ok && runtime.GOOS != "windows":
		return "", failure.Usage("an address is a folder, nats://HOST or tls://HOST, not %s://…", failure.Printable(scheme)).Hinted("--at ./secrets, or --at nats://HOST")
	case filepath.IsAbs(address):
		return filepath.Clean(address), nil
	}
	return filepath.Join(base, address), nil
}

// absolutes are addresses of the command line as a vault keeps them.
func absolutes(s *frame.Session, given []string) ([]string, error) {
	wd, err := s.Getwd()
	if err != nil {
		return nil, failure.Fault(vault.NoVault, "the current folder is unknown, or was deleted: %v", failure.UnwrapPath(err))
	}
	list := make([]string, 0, len(given))
	for _, address := range given {
		at, err := absolute(address, wd)
		if err != nil {
			return nil, err
		}
		list = append(list, at)
	}
	return list, nil
}

// portable is an address as an invitation gives it to another machine: a folder of a
// git work tree begins at the tree's root, wherever that is cloned to.
func portable(address string) string {
	if isServer(address) {
		return address
	}
	root, ok := disk.GitTree(address)
	if !ok {
		return address
	}
	rel, err := filepath.Rel(root, address)
	if err != nil {
		return address
	}
	return "./" + filepath.ToSlash(rel)
}

// arrived is the address of an invitation on this machine: what begins with ./ lies in
// the work tree of the current folder.
func arrived(s *frame.Session, address string) (string, error) {
	rest, inTree := strings.CutPrefix(address, "./")
	if !inTree {
		return absolute(address, "")
	}
	wd, err := s.Getwd()
	if err != nil {
		return "", failure.Fault(vault.NoVault, "the current folder is unknown, or was deleted: %v", failure.UnwrapPath(err))
	}
	root, ok := disk.GitTree(wd)
	if !ok {
		return "", failure.Usage("the invitation is for a clone of a git repository, and this folder is in none").Hinted("go into the clone, or name the folder of the group with --at DIR")
	}
	return filepath.Join(root, filepath.FromSlash(rest)), nil
}

// places are the open addresses of a command.
type places struct {
	list []group.Place
	far  []error // why others could not be opened
}

// check is the error where addresses were given and none could be opened.
func (p places) check() error {
	if len(p.list) > 0 || len(p.far) == 0 {
		return nil
	}
	code := vault.Unreachable
	if !errors.Is(p.far[0], transport.ErrUnreachable) {
		code = vault.Internal
	}
	why := make([]string, len(p.far))
	for i, err := range p.far {
		why[i] = strings.Replace(failure.Text(err), transport.ErrUnreachable.Error()+": ", "", 1)
	}
	return failure.Fault(code, "no address of the group could be reached: %s", strings.Join(why, "; ")).
		Hinted("try again when it can be reached; {tacit group show NAME} shows the addresses, {tacit group set NAME --at ADDRESS} changes them")
}

// openAddress opens one.
func openAddress(ctx context.Context, address string) (transport.Transport, error) {
	if !isServer(address) {
		return folder.Open(address)
	}
	program, err := helper.Beside(helperName)
	if err != nil {
		return nil, err
	}
	return helper.Open(ctx, program, address)
}

// helperName is the program that reaches servers, in the folder of this one.
const helperName = "tacit-nats"

// makePlaces makes the folders of addresses that are not there yet.
func makePlaces(addresses []string) error {
	for _, address := range addresses {
		if isServer(address) {
			continue
		}
		if err := folder.Make(address); err != nil {
			return failure.FileError("making", address, err)
		}
	}
	return nil
}
