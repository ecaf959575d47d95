package vault

import (
	"fmt"
)

// Sighting is a commit of a vault that this machine has seen in another place.
type Sighting struct {
	Seq  uint64 `json:"commit"`
	Path string `json:"path,omitempty"` // "": where that was is not remembered any more
	Away bool   `json:"away,omitempty"` // on another machine, which shares the state folder
}

// String says which commit was seen where.
func (s *Sighting) String() string {
	where := "elsewhere"
	if s.Path != "" {
		where = "at " + s.Path
	}
	if s.Away {
		where = "on another machine, " + where
	}
	return fmt.Sprintf("commit %d, seen %s", s.Seq, where)
}
