package vault

import (
	"errors"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// logEntry reads an entry of the log in the snapshot; nil where there is none.
func (s *snapshot) logEntry(seq uint64) ([]byte, error) { return getOrNil(s.r, logKey(seq)) }

// checkLog walks the whole log that is kept, and lists the keys under its space
// that are no part of it. The error is that of crypto.CheckLog: then nothing is
// listed, because it cannot be told.
func (s *snapshot) checkLog() (stray [][]byte, err error) {
	asked, lowest := map[uint64]bool{}, s.head.Seq
	err = crypto.CheckLog(&s.head.Head, func(seq uint64) ([]byte, error) {
		asked[seq], lowest = true, min(lowest, seq)
		return s.logEntry(seq)
	})
	if err != nil {
		return nil, err
	}
	for key, err := range s.r.Keys([]byte(logSpace), nil) {
		if err != nil {
			return nil, wrap("", err)
		}
		// What lies below the walk is kept for jumps.
		seq, isEntry := parseLogKey(key)
		if !isLinkKey(key) && !(isEntry && (asked[seq] || seq < lowest)) {
			stray = append(stray, key)
		}
	}
	return stray, nil
}

// provenLog is checkLog, links included, in the vault's words.
func (s *snapshot) provenLog() (stray [][]byte, err error) {
	stray, err = s.checkLog()
	if err == nil {
		err = s.checkLinks()
	}
	e := &SecretError{Err: err, Remedy: remedy.To(remedy.Verify)}
	switch {
	case err == nil:
		return stray, nil
	case errors.Is(err, crypto.ErrForged), errors.Is(err, crypto.ErrForked), errors.Is(err, crypto.ErrMalformed), errors.Is(err, crypto.ErrLimit):
		e.Code, e.Message = HeadForged, "the log of the vault's heads is not the one that was committed: "+err.Error()
	case errors.Is(err, crypto.ErrMissing):
		e.Code, e.Message = Missing, "an entry of the log of the vault's heads is missing: "+err.Error()
	default:
		return nil, err
	}
	return nil, e
}

// checkLinks tells whether all the links that are kept are what CheckLinks wants.
func (s *snapshot) checkLinks() error {
	links, err := readLinks(s.r, 0)
	if err != nil {
		return err
	}
	return crypto.CheckLinks(&s.head.Head, s.logEntry, links)
}
