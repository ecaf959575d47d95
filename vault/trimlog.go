package vault

import "github.com/tacit-vault/tacit/crypto"

// sweptLog lists the keys of all log entries that lie behind the log's window and
// are not kept for good.
func (s *snapshot) sweptLog() (keys [][]byte, err error) {
	keep := map[uint64]bool{} // those that a leap follows
	note := func(seq uint64, entry []byte) {
		if from, ok := crypto.Leapt(seq, entry); ok {
			keep[from] = true
		}
	}
	note(s.head.Seq, s.head.Log())
	var old []uint64
	for key, err := range s.r.Keys([]byte(logSpace), nil) {
		if err != nil {
			return nil, err
		}
		seq, ok := parseLogKey(key)
		if !ok {
			continue // a link
		}
		entry, err := s.r.Get(key)
		if err != nil {
			return nil, err
		}
		note(seq, entry)
		if seq+crypto.LogWindow <= s.head.Seq && crypto.Trimmable(seq, entry) {
			old = append(old, seq)
		}
	}
	for _, seq := range old {
		if !keep[seq] {
			keys = append(keys, logKey(seq))
		}
	}
	return keys, nil
}

// oldLog lists the keys of the log entries that a head of seq to leaves behind
// the log's window, and one of seq from, the one before it, did not: one, unless
// to is a leap. Of these none is the last one before a leap.
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
