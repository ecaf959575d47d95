package cli

// What was typed, or pasted, before a question was asked answers it and the next
// ones. What stays of it when all are answered was meant for something else: it is
// not left to the shell, which would run it, and nothing is changed.

// overtyped refuses to go on where more was typed ahead than the answers. It is
// asked before a change.
func (s *session) overtyped() error {
	if !s.takeLeft() {
		return nil
	}
	return errSeveralLines()
}

// dropLeft is overtyped at the end of a command that has changed nothing, or has
// failed: what it did stands, and what was typed is dropped all the same.
func (s *session) dropLeft() {
	if s.takeLeft() {
		s.warn("more was typed before the question than its answer; the rest was dropped")
	}
}

// takeLeft drops what is left, and tells whether it was more than an empty line.
func (s *session) takeLeft() bool {
	if s.left == 0 {
		return false
	}
	s.left = 0
	tty, ok := s.terminal()
	if !ok {
		return false
	}
	defer tty.Close()
	return dropAhead(tty)
}
