package vault

import (
	"errors"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// A snapshot is one state of the vault: what the store held under one verified
// head. Whatever it returns is proven by that head.
type snapshot struct {
	r    store.Reader
	dir  string // the vault's, for errors
	head *crypto.SignedHead
	keys *crypto.Keys // nil while locked

	looking bool // see lenient
}

func (s *snapshot) node(key []byte) ([]byte, error) { return getOrNil(s.r, key) }

// get returns what lies under a key, of the secret name if it is one's; nil where
// there is nothing.
func (s *snapshot) get(name string, key []byte) ([]byte, error) {
	b, err := getOrNil(s.r, key)
	return b, wrap(name, err)
}

// entry looks a name up and proves its presence, or its absence.
func (s *snapshot) entry(name string) (crypto.Entry, bool, error) {
	e, ok, err := crypto.Lookup(s.head.Root, s.node, name)
	if err != nil {
		return e, false, indexError(name, err)
	}
	return e, ok, nil
}

// indexError says what a node that does not fit means.
func indexError(name string, err error) error {
	e := &SecretError{Code: IndexTampered, Key: name, Err: err, Remedy: remedy.To(remedy.Verify)}
	switch {
	case errors.Is(err, crypto.ErrMissing):
		e.Code, e.Message = Missing, "a node of the index is missing: deleted or lost"
	case errors.Is(err, crypto.ErrForged):
		e.Message = "a node of the index is not the one that was committed: replaced or damaged"
	case errors.Is(err, crypto.ErrMalformed):
		e.Message = "a node of the index is malformed"
	default:
		return wrap(name, err)
	}
	return e
}

// live returns the entry of a secret that is there; NotFound, proven, if not.
func (s *snapshot) live(name string) (crypto.Entry, error) {
	e, ok, err := s.entry(name)
	if err != nil {
		return e, err
	}
	if ok && e.Kind != crypto.Gone {
		return e, nil
	}
	if err := s.provenAbsent(name, e, ok); err != nil {
		return e, err
	}
	nf := &SecretError{Code: NotFound, Key: name, Message: "there is no such secret"}
	if ok {
		nf.Message = fmt.Sprintf("it was deleted (version %d)", e.Version)
		nf.Remedy = remedy.To(remedy.ListVersions, remedy.Secret.Named(name))
	}
	return e, nf
}

// provenAbsent looks behind a "not found" that the index has proven: the
// record of a deletion must be there, and nothing may lie under the name that
// the index does not list. What an interrupted batch left is not held against
// the vault: the next writer sweeps it.
func (s *snapshot) provenAbsent(name string, e crypto.Entry, known bool) error {
	if known {
		if _, err := s.record(e); err != nil {
			return err
		}
	}
	if under, err := s.batchUnderWay(); err != nil || under {
		return err
	}
	for key, err := range s.r.Keys(recordPrefix(name), nil) {
		if err != nil {
			return wrap(name, err)
		}
		_, version, seq, err := parseRecordKey(key)
		if err != nil {
			return &SecretError{Code: Corrupt, Key: name, Err: err}
		}
		listed := known && version >= e.Oldest && version <= e.Version && (version != e.Version || seq == e.Seq)
		if !listed {
			return resurrected(name, version)
		}
	}
	return nil
}

func resurrected(name string, version uint64) error {
	return &SecretError{
		Code: Resurrected, Key: name,
		Message: fmt.Sprintf("a record of version %d that was deleted, or never committed, has been put back", version),
		Remedy:  remedy.To(remedy.Verify),
	}
}

// batchUnderWay tells whether a batch of several transactions was begun and
// not finished. It decides nothing about what is true.
func (s *snapshot) batchUnderWay() (bool, error) {
	p, err := s.get("", batchKey)
	return len(p) != 0 && string(p) != batchClean, err
}

// record returns the bytes of the current record of an entry, proven by the
// entry's digest.
func (s *snapshot) record(e crypto.Entry) ([]byte, error) {
	b, err := s.get(e.Name, recordKey(e.Name, e.Version, e.Seq))
	if err != nil {
		return nil, err
	}
	if b == nil {
		err := &SecretError{
			Code: Missing, Key: e.Name,
			Message: fmt.Sprintf("its record (version %d) is listed but not there: deleted or lost", e.Version),
			Remedy:  remedy.To(remedy.Verify),
		}
		if e.Kind == crypto.Gone {
			err.Code = Resurrected
			err.Message = fmt.Sprintf("it was deleted, but the record of that deletion (version %d) was removed", e.Version)
		}
		return nil, err
	}
	if crypto.Sum(b) != e.Sum {
		return nil, s.diagnose(e, b)
	}
	return b, nil
}

// diagnose says why a record is not the one that the index lists. What it says
// rests on bytes that are not trusted; that it is wrong does not.
func (s *snapshot) diagnose(e crypto.Entry, b []byte) error {
	fault := &SecretError{Code: Corrupt, Key: e.Name, Remedy: remedy.To(remedy.Verify)}
	h, err := crypto.ParseRecord(b)
	switch {
	case err != nil:
		fault.Err, fault.Message = err, "its record is damaged"
	case h.Name != e.Name:
		fault.Code, fault.Message = Swapped, fmt.Sprintf("its record is that of another secret (%s)", h.Name)
	case h.Version != e.Version || h.Seq != e.Seq:
		fault.Code, fault.Message = Replayed, fmt.Sprintf("its record is version %d of commit %d; the current one is version %d of commit %d",
			h.Version, h.Seq, e.Version, e.Seq)
		if e.Kind == crypto.Gone && h.Kind != crypto.Gone {
			fault.Code = Resurrected
			fault.Message = fmt.Sprintf("it was deleted (version %d), and version %d has been put back in its place", e.Version, h.Version)
		}
	case s.keys == nil:
		fault.Code, fault.Message = Forged, "its record is not the one that was committed: forged or damaged"
	default:
		_, _, err := s.keys.Open(b)
		switch {
		case errors.Is(err, crypto.ErrNotBound), errors.Is(err, crypto.ErrWrongKey):
			fault.Code, fault.Err, fault.Message = Forged, err, "its record was not sealed by this vault: forged"
		case err != nil:
			fault.Err, fault.Message = err, "its record is damaged"
		default:
			fault.Code, fault.Message = Replayed, "its record was sealed by this vault but never committed under this head"
		}
	}
	return fault
}

// open decrypts a proven record, and asks that it is what the entry says.
func (s *snapshot) open(name string, version uint64, b []byte) (crypto.Header, Value, error) {
	h, plain, err := s.keys.Open(b)
	if err != nil {
		return h, Value{}, &SecretError{Code: codeOfCause(err), Key: name, Err: err}
	}
	if h.Name != name || h.Version != version {
		return h, Value{}, &SecretError{Code: Forged, Key: name, Message: "its record names another secret or version"}
	}
	return h, newValue(h.Kind, plain), nil
}

// version is one kept version of a name.
type version struct {
	header crypto.Header
	record []byte
}

// history yields the versions of an entry, newest first, each proven: the
// current one by the index, each older one by the version after it. stop ends
// it early.
func (s *snapshot) history(e crypto.Entry, each func(version) (more bool, err error)) error {
	b, err := s.record(e)
	if err != nil {
		return err
	}
	for n := e.Version; ; n-- {
		h, err := crypto.ParseRecord(b)
		if err != nil {
			return &SecretError{Code: Corrupt, Key: e.Name, Err: err}
		}
		if h.Name != e.Name || h.Version != n {
			return &SecretError{Code: Forged, Key: e.Name, Message: "its history names another secret or version"}
		}
		more, err := each(version{h, b})
		if err != nil || !more || n == e.Oldest {
			return err
		}
		if b, err = s.older(e.Name, n-1, h.Prev); err != nil {
			return err
		}
	}
}

// older finds the record of an older version by its digest. There may be more
// than one record of a version for a while: what a re-sealing has not yet
// deleted.
func (s *snapshot) older(name string, n uint64, sum crypto.Digest) ([]byte, error) {
	found := false
	for key, err := range s.r.Keys(versionPrefix(name, n), nil) {
		if err != nil {
			return nil, wrap(name, err)
		}
		found = true
		b, err := s.r.Get(key)
		if err != nil {
			return nil, wrap(name, err)
		}
		if crypto.Sum(b) == sum {
			return b, nil
		}
	}
	fault := &SecretError{Code: Missing, Key: name, Remedy: remedy.To(remedy.Verify)}
	fault.Message = fmt.Sprintf("version %d of its history is listed but not there: deleted or lost", n)
	if found {
		fault.Code = Replayed
		fault.Message = fmt.Sprintf("version %d of its history is not the one that was committed: replaced or damaged", n)
	}
	return nil, fault
}

// slotFile reads a slot and holds it against the slot table.
func (s *snapshot) slotFile(slot crypto.Slot) ([]byte, error) {
	file, err := getOrNil(s.r, slotKey(slot.ID))
	switch {
	case err != nil:
		return nil, storeError(s.dir, err)
	case file == nil:
		return nil, slotError(s.dir, slot, crypto.ErrMissing)
	case crypto.Sum(file) != slot.Sum:
		return nil, slotError(s.dir, slot, crypto.ErrForged)
	}
	return file, nil
}

func (s *snapshot) claim() claim {
	return claim{s.head, func(fn func(store.Reader) error) error { return fn(s.r) }}
}
