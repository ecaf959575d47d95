package frame

import (
	"path/filepath"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// Environments are those of the nearest project or, outside of any, those beside the
// default vault.
func Environments(s *Session) ([]vault.Environment, error) {
	wd, err := s.Getwd()
	if err != nil {
		return nil, failure.Fault(vault.NoVault, "the current folder is unknown, or was deleted: %v", failure.UnwrapPath(err))
	}
	folder, envs, err := vault.ProjectOf(wd, s.State)
	if folder != "" || err != nil {
		return envs, err
	}
	data, err := DataFolder(s)
	if err != nil {
		return nil, err
	}
	for _, env := range OutsideEnvs(s) {
		envs = append(envs, vault.Environment{Env: env, Vault: filepath.Join(data, env), Attached: true})
	}
	return envs, nil
}

// FoundBy is the environment that the line means, and the folder that its vault is
// attached to; "" each, where there is none.
func FoundBy(s *Session) (env, folder string) {
	env, err := EnvOf(s)
	if err != nil {
		return "", ""
	}
	return env, s.attached
}
