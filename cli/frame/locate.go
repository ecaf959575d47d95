package frame

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// Locate finds the vault: --vault, $TACIT_VAULT, that of the nearest project from this
// folder on up, $XDG_DATA_HOME/tacit/default. With an environment it is that of the
// project, or $XDG_DATA_HOME/tacit/NAME outside of any. discovered says that the user
// did not name it: it lay in a folder that somebody else may have made. To open what
// is not there, or is no vault, says so.
func (s *Session) Locate() (dir string, discovered bool, err error) {
	env, err := EnvOf(s)
	if err != nil {
		return "", false, err
	}
	if dir := s.Named(); dir != "" {
		return dir, false, nil
	}
	if !s.Stays {
		f, found, err := discover(s, env)
		s.attached = f.Attached
		if found || err != nil {
			return f.Dir, f.Attached == "", err
		}
	}
	if env == "" {
		dir, err = s.DefaultVault()
	} else {
		dir, err = outsideEnv(s, env)
	}
	return dir, false, err
}

// EnvOf is the environment that is meant, "" for the one without a name. A vault that
// is named by itself has none. Helpers that stay out of projects do not heed what the
// shell of one has set.
func EnvOf(s *Session) (string, error) {
	envs := s.Envs.Value()
	fromShell := s.Env("TACIT_ENV")
	switch {
	case s.Vault != "" && len(envs) > 0:
		return "", failure.Usage("--vault and @%s: give one of them", failure.Printable(envs[0]))
	case s.Vault != "":
		return "", nil
	case len(envs) > 1:
		return "", failure.Usage("this takes one environment, and %d are named", len(envs))
	case len(envs) == 1:
		return envs[0], vault.CheckEnv("env", envs[0])
	case fromShell == "" || s.Stays:
		return "", nil
	case s.Env("TACIT_VAULT") != "":
		return "", failure.Usage("TACIT_VAULT and TACIT_ENV are both set, and each names a vault").Hinted("unset one of them, or name the vault with --vault DIR or @NAME")
	}
	return fromShell, vault.CheckEnv("env", fromShell)
}

// Discover looks for a vault in the current folder and above. Where that folder is
// gone or cannot be told, no other vault is taken for the one that was meant.
func (s *Session) Discover() (dir string, found bool, err error) {
	env, err := EnvOf(s)
	if err != nil {
		return "", false, err
	}
	f, found, err := discover(s, env)
	return f.Dir, found, err
}

func discover(s *Session, env string) (f vault.Found, found bool, err error) {
	wd, err := s.Getwd()
	if err != nil {
		return f, false, failure.Fault(vault.NoVault, "looking for a vault: the current folder is unknown, or was deleted: %v", failure.UnwrapPath(err)).
			Hinted("go to a folder that is there, or name the vault with --vault DIR")
	}
	return vault.Find(wd, vault.FindOptions{State: s.State, Env: env})
}

// outsideEnv is the vault of an environment outside of any project.
func outsideEnv(s *Session, env string) (string, error) {
	dir, err := OutsideEnv(s, env)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(dir); err == nil || os.IsPermission(err) {
		return dir, nil
	}
	if _, known, err := vault.Remembered(dir, s.State); known || err != nil {
		return dir, err
	}
	f := failure.Fault(vault.NoVault, "there is no environment %s: this folder belongs to no project, and there is no vault %s", env, dir)
	if envs := OutsideEnvs(s); len(envs) > 0 {
		f.Detail = "outside of projects there are: " + strings.Join(envs, ", ")
	}
	return "", f.Hinted("go to the project's folder, or make it: {tacit init}")
}

// OutsideEnv is where the vault of an environment lies outside of any project.
func OutsideEnv(s *Session, env string) (string, error) {
	data, err := DataFolder(s)
	return filepath.Join(data, env), err
}

// OutsideEnvs lists the environments outside of any project, sorted.
func OutsideEnvs(s *Session) (envs []string) {
	data, err := DataFolder(s)
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir(data)
	for _, e := range entries {
		if vault.CheckEnv("", e.Name()) == nil && disk.IsVault(filepath.Join(data, e.Name())) {
			envs = append(envs, e.Name())
		}
	}
	slices.Sort(envs)
	return envs
}

// Named is the vault that the user named by its folder, "" if none. An environment on
// the line goes before what the shell has set.
func (s *Session) Named() string {
	if s.Vault != "" {
		return s.Vault
	}
	if len(s.Envs.Value()) > 0 {
		return ""
	}
	return s.Env("TACIT_VAULT")
}

// DefaultVault is where a vault lies that nobody named.
func (s *Session) DefaultVault() (string, error) { return OutsideEnv(s, "default") }

// DataFolder is where the vaults lie that are in no folder of the user's.
func DataFolder(s *Session) (string, error) {
	data := s.Env("XDG_DATA_HOME")
	if !filepath.IsAbs(data) { // a relative one counts as unset, says its specification
		data = s.Env("LOCALAPPDATA")
		if runtime.GOOS != "windows" || data == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				return "", failure.Fault(vault.NoVault, "there is no home folder to look for a vault in").Hinted("name one with --vault DIR")
			}
			data = filepath.Join(home, ".local", "share")
		}
	}
	return filepath.Join(data, "tacit"), nil
}
