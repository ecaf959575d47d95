package crypto

import (
	"errors"
	"fmt"
)

// CheckLog walks the whole kept log, from head back along prev. ErrForged: an
// entry is not the one that its successor names. ErrMissing: one is not there
// that lies within LogWindow. An error of get is wrapped.
func CheckLog(head *Head, get LogGetter) error {
	for at := head.Prev; at != (Point{}); {
		e, err := readLog(at, get)
		if errors.Is(err, ErrUnproven) {
			if at.Seq+LogWindow <= head.Seq {
				return nil
			}
			return fmt.Errorf("%w: the log entry of commit %d", ErrMissing, at.Seq)
		}
		if err != nil {
			return err
		}
		at = e.prev
	}
	return nil
}
