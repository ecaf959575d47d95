package sockets

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Suffix is what the name of a socket ends in.
const Suffix = ".sock"

// Dir is the folder of this user's sockets: $XDG_RUNTIME_DIR/tacit, else
// $XDG_STATE_HOME/tacit/run, else ~/.local/state/tacit/run; "" where there is no
// home either. A relative path in the environment counts as unset, as its
// specification asks for.
func Dir(env func(string) string) string {
	if dir := env("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tacit")
	}
	if dir := env("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tacit", "run")
	}
	if home := env("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "tacit", "run")
	}
	return ""
}

// Path is the path of the socket for the vault in a folder: what $TACIT_AGENT
// names, else one in [Dir] that is called after the folder's real path. It is
// false where $TACIT_AGENT is "off", or there is no place for sockets.
func Path(env func(string) string, vaultDir string) (path string, ok bool) {
	switch named := env("TACIT_AGENT"); named {
	case "":
	case "off":
		return "", false
	default:
		abs, err := filepath.Abs(named)
		return abs, err == nil
	}
	dir := Dir(env)
	real, err := realPath(vaultDir)
	if dir == "" || err != nil {
		return "", false
	}
	sum := sha256.Sum256([]byte(real))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])+Suffix), true
}

// realPath is the folder's path without links; that of a folder which is gone
// is the path as it stands, so that its agent can still be found.
func realPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real, nil
	}
	return abs, nil
}

// Folders are [Dir] and the others in which an agent of this user's may have its
// socket that another shell has started: runtime, what $XDG_RUNTIME_DIR mostly is
// (may be ""), and those that are looked at without that variable.
func Folders(env func(string) string, runtime string) (dirs []string) {
	state := func(name string) string {
		if name == "XDG_RUNTIME_DIR" {
			return ""
		}
		return env(name)
	}
	home := func(name string) string {
		if name == "XDG_STATE_HOME" {
			return ""
		}
		return state(name)
	}
	named := func(name string) string {
		if name == "XDG_RUNTIME_DIR" {
			return runtime
		}
		return ""
	}
	for _, e := range []func(string) string{env, named, state, home} {
		if dir := Dir(e); dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// List lists the sockets in [Dir], sorted, those with less than everything
// left out: one for each agent that is running or was not ended in good order.
func List(env func(string) string) ([]string, error) {
	return ListIn(Dir(env))
}

// ListIn is [List] of another folder; "" has none.
func ListIn(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, unseen(dir, err)
	}
	var paths []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), Suffix)
		if ok && len(name) == 32 && e.Type() == os.ModeSocket {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(paths)
	return paths, nil
}
