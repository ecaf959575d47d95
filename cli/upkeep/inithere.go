package upkeep

import (
	"crypto/rand"
	"encoding/hex"
	"path/filepath"
	"strings"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
	"github.com/tacit-vault/tacit/cli/shell"
	"github.com/tacit-vault/tacit/vault"
)

// here is the folder that a vault is made for; the zero one is none.
type here struct {
	folder string
	env    string
}

// vaultForHere is where a vault for the current folder is made. What would keep it from
// being attached is said before it is there.
func vaultForHere(s *frame.Session, o initOptions, env string) (dir string, h here, err error) {
	if o.dir != "" || s.Vault != "" {
		return "", h, failure.Usage("init: --here says where the vault is made, and so does DIR or --vault: give one of them")
	}
	wd, err := s.Getwd()
	if err == nil {
		wd, err = filepath.EvalSymlinks(wd)
	}
	if err != nil {
		return "", h, failure.Fault(vault.NoVault, "init: the current folder is unknown, or was deleted: %v", failure.UnwrapPath(err))
	}
	if err := vault.Attachable(wd, env, s.State); err != nil {
		return "", h, err
	}
	data, err := frame.DataFolder(s)
	if err != nil {
		return "", h, err
	}
	name := projectName(s, wd, filepath.Join(data, vault.ProjectsName))
	if env != "" {
		name += "." + env
	}
	return filepath.Join(data, vault.ProjectsName, name), here{wd, env}, nil
}

// projectName is what the vaults of a folder are called: as the others of it are, or
// new.
func projectName(s *frame.Session, folder, projects string) string {
	list, _ := vault.Attachments(s.State) // a damaged memory was told
	for _, a := range list {
		if name, isEnv := strings.CutSuffix(filepath.Base(a.Vault), "."+a.Env); a.Folder == folder && filepath.Dir(a.Vault) == projects && (isEnv || a.Env == "") {
			return name
		}
	}
	var b [4]byte
	rand.Read(b[:])
	return plainName(filepath.Base(folder)) + "-" + hex.EncodeToString(b[:])
}

// plainName is the name of a folder as a part of another's.
func plainName(name string) string {
	const most = 40
	plain := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	return plain[:min(len(plain), most)]
}

// attach attaches the vault that was made. If that cannot be, it is not lost.
func (h here) attach(s *frame.Session, dir string) error {
	if h.folder == "" {
		return nil
	}
	_, err := vault.Attach(h.folder, h.env, dir, s.State)
	if err == nil {
		return nil
	}
	env := ""
	if h.env != "" {
		env = " --env " + h.env
	}
	f := *failure.Explain(err)
	f.Message = "the vault " + dir + " is made, and could not be attached: " + f.Message
	return f.Hinted("{tacit attach %s --vault %s%s}", shell.QuotePath(h.folder), shell.QuotePath(dir), env)
}

// envOutside is where the vault of an environment is made outside of any project. In a
// project nothing would find it.
func envOutside(s *frame.Session, env string) (string, error) {
	_, found, err := s.Discover()
	if found || err != nil {
		return "", failure.Usage("init: this folder belongs to a project: say where the vault of the environment %s is to be", env).
			Hinted("{tacit init --here --env %s}, or in the folder itself: {tacit init %s}", env, vault.DotName(env))
	}
	return frame.OutsideEnv(s, env)
}
