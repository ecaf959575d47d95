package frame

import (
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/system"
)

// SweepMemory removes what killed processes have left, and says so.
func SweepMemory(s *Session) {
	for _, path := range system.FindLeftovers(s.Env).Stale {
		if err := system.RemoveStale(path); err != nil {
			s.Warn("a tacit that was killed has left values in memory, in %s, which cannot be removed: %v", path, failure.UnwrapPath(err))
			continue
		}
		s.Note("removed %s, which a tacit that was killed had left in memory", path)
	}
}
