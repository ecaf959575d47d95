package upkeep

import (
	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/cli/frame"
)

// What a new user is told, on a terminal and nowhere else: what the pin is, how to be
// asked once, and what comes next.

// nextCommands are the three that come after init, as they can be run in this folder.
func nextCommands(s *frame.Session, dir string) {
	w := frame.PathsOfNew(s, dir)
	s.Note("Next:")
	for _, line := range []string{
		"{tacit set NAME}           store a secret; the value is asked for, and not shown",
		"{tacit run -- COMMAND}     run a command with the secrets in its environment",
		"{tacit key add recovery}   words on paper, for the day the key is lost",
	} {
		s.Note("  %s", w.Tell(failure.HintOf(line)))
	}
}
