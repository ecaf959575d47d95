package frame

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/cli/disk"
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
)

// gitPatience is how long git may take to say whether it ignores a file.
const gitPatience = 10 * time.Second

// WarnUnignored warns of a file in the clear that lies in a git work tree, where git add
// would take it in. Only git can tell what it ignores: without it nothing is said.
func WarnUnignored(ctx context.Context, s *Session, path string) {
	if _, ok := system.NamedDescriptor(path); ok {
		return
	}
	real, err := disk.Reaches(path)
	if err != nil {
		return
	}
	tree, ok := disk.GitTree(filepath.Dir(real))
	if !ok {
		return
	}
	if within, err := filepath.Rel(tree, real); err == nil && !ignores(ctx, s, tree, within) {
		s.Warn("%s is not encrypted, and git does not ignore it: git add would add it", failure.Printable(path))
	}
}

// ignores tells whether git ignores a file, or cannot say. What a repository
// configures is not run, and nothing is fetched.
func ignores(ctx context.Context, s *Session, tree, within string) bool {
	within = filepath.ToSlash(within)
	if top, _, _ := strings.Cut(within, "/"); top == ".git" {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, gitPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", "-c", "core.fsmonitor=false", "check-ignore", "--quiet", "--", "./"+within)
	cmd.Dir = tree
	// Of the surroundings of a hook, another repository would come.
	cmd.Env = slices.DeleteFunc(s.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, "GIT_") && !strings.HasPrefix(entry, "GIT_CONFIG")
	})
	cmd.Env = append(cmd.Env, "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	cmd.WaitDelay = toolDrain
	const notIgnored = 1
	var exited *exec.ExitError
	return !errors.As(cmd.Run(), &exited) || exited.ExitCode() != notIgnored
}
