package cli

// sweepMemory removes what killed processes have left, and says so.
func (s *session) sweepMemory() {
	for _, path := range findLeftovers(s.Env).stale {
		if err := removeStale(path); err != nil {
			s.warn("a tacit that was killed has left values in memory, in %s, which cannot be removed: %v", path, unwrapPath(err))
			continue
		}
		s.note("removed %s, which a tacit that was killed had left in memory", path)
	}
}
