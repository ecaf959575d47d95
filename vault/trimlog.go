package vault

import "github.com/tacit-vault/tacit/crypto"

// checkLog walks the whole log that is kept, and lists the keys under its space
// that are no part of it. The error is that of crypto.CheckLog: then nothing is
// listed, because it cannot be told.
func (s *snapshot) checkLog() (stray [][]byte, err error) {
	asked, lowest := map[uint64]bool{}, s.head.Seq
	err = crypto.CheckLog(&s.head.Head, func(seq uint64) ([]byte, error) {
		asked[seq], lowest = true, min(lowest, seq)
		return getOrNil(s.r, logKey(seq))
	})
	if err != nil {
		return nil, err
	}
	for key, err := range s.r.Keys([]byte(logSpace), nil) {
		if err != nil {
			return nil, err
		}
		// What lies below the walk is kept for jumps.
		seq, isEntry := parseLogKey(key)
		if !isLinkKey(key) && !(isEntry && (asked[seq] || seq < lowest)) {
			stray = append(stray, key)
		}
	}
	return stray, nil
}

// oldLog lists the keys of the log entries that a head of seq to leaves behind
// the log's window, and one of seq from did not: one, unless to is a leap.
func (s *snapshot) oldLog(from, to uint64) (keys [][]byte, err error) {
	if to < crypto.LogWindow {
		return nil, nil
	}
	first := from - min(from, crypto.LogWindow) + 1
	for key, err := range s.r.Keys([]byte(logSpace), logKey(first)) {
		if err != nil {
			return nil, err
		}
		seq, ok := parseLogKey(key)
		if !ok {
			continue // a link
		}
		if seq+crypto.LogWindow > to {
			break
		}
		entry, err := s.r.Get(key)
		if err != nil {
			return nil, err
		}
		if crypto.Trimmable(seq, entry) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
