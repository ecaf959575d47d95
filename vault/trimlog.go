package vault

import "github.com/tacit-vault/tacit/crypto"

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
