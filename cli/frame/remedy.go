package frame

import (
	"os"
	"slices"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// PathsAround is what the command line named, for what is found around the vault:
// its advice names the folder.
func (s *Session) PathsAround() failure.GivenPaths {
	dir, _, err := s.Locate()
	if err != nil {
		return nowhere(s)
	}
	w := PathsFor(s, dir)
	w.Dir = dir
	return w
}

// hintOf is the way out of a failure, as it can be run as it stands: with the vault
// and the memory that the command line named.
func hintOf(s *Session, f *failure.Failure) string {
	if f.Hint == "" {
		return givenPaths(s, f.Remedy).Say(f.Remedy)
	}
	if s.Vault == "" && s.State == "" && len(s.Envs.Value()) == 0 {
		return f.Hint.Plain()
	}
	return s.PathsAround().Tell(f.Hint)
}

// givenPaths is what the command line named, as a remedy has to say it again. Where
// there is no vault at a place that was found, init makes one there: without a name it
// would make the default one, and the place would stay what it is.
func givenPaths(s *Session, r remedy.Remedy) (w failure.GivenPaths) {
	if r.IsZero() {
		return w
	}
	dir, discovered, err := s.Locate()
	if err != nil {
		return nowhere(s)
	}
	w = PathsFor(s, dir)
	if s.Vault == "" && discovered && slices.Contains(r.Names(remedy.Path), dir) {
		w.Here = dir
	}
	return w
}

// nowhere is what the command line named, where there is no vault.
func nowhere(s *Session) failure.GivenPaths {
	return failure.GivenPaths{State: s.State, Env: givenEnv(s)}
}

// givenEnv is the environment that the line names, where it is one.
func givenEnv(s *Session) string {
	if envs := s.Envs.Value(); len(envs) == 1 && s.Vault == "" && vault.CheckEnv("", envs[0]) == nil {
		return envs[0]
	}
	return ""
}

// PathsFor is what the command line named, where it is about the vault dir.
func PathsFor(s *Session, dir string) (w failure.GivenPaths) {
	w.State, w.Env = s.State, givenEnv(s)
	if s.Vault != "" && !isUnnamed(s, dir) {
		w.Vault = s.Vault
	}
	return w
}

// PathsOfNew is what a later command line has to name that means the vault dir, which this
// one has made: the environment if it named one, else the folder.
func PathsOfNew(s *Session, dir string) failure.GivenPaths {
	to := *s
	if givenEnv(s) == "" {
		to.Vault = dir
	}
	return PathsFor(&to, dir)
}

// isUnnamed tells whether dir is the vault that a command means without --vault.
func isUnnamed(s *Session, dir string) bool {
	bare := *s
	bare.Vault = ""
	other, _, err := bare.Locate()
	if err != nil {
		return false
	}
	a, errA := os.Stat(dir)
	b, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
