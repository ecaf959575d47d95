package vault

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// secret reads and opens the current record of an entry.
func (s *snapshot) secret(e crypto.Entry) (Secret, error) {
	b, err := s.record(e)
	if err != nil {
		return Secret{}, err
	}
	return s.unseal(sealed{e, b})
}

// sealed is an entry and its record, proven.
type sealed struct {
	crypto.Entry
	record []byte
}

// unseal opens a record.
func (s *snapshot) unseal(r sealed) (Secret, error) {
	e := r.Entry
	h, value, err := s.open(e.Name, e.Version, r.record)
	if err != nil {
		return Secret{}, err
	}
	return Secret{Info: infoOf(e).withHeader(h), Value: value}, nil
}

// secretAt returns a version that is kept, and its record's header.
func (s *snapshot) secretAt(name string, n uint64) (sec Secret, h crypto.Header, err error) {
	e, ok, err := s.entry(name)
	if err != nil {
		return sec, h, err
	}
	if !ok || n < e.Oldest || n > e.Version {
		err := &SecretError{
			Code: NotFound, Key: name,
			Message: fmt.Sprintf("there is no version %d of it", n), Remedy: remedy.To(remedy.ListVersions, remedy.Secret.Named(name)),
		}
		if !ok {
			err.Message = "there is no such secret"
		}
		return sec, h, err
	}
	err = s.history(e, func(ver version) (bool, error) {
		if ver.header.Version > n {
			return true, nil
		}
		var value Value
		h, value, err = s.open(name, n, ver.record)
		if err == nil && h.Kind == crypto.Gone {
			err = &SecretError{
				Code: NotFound, Key: name,
				Message: fmt.Sprintf("version %d is its deletion", n), Remedy: remedy.To(remedy.ListVersions, remedy.Secret.Named(name)),
			}
		}
		sec = Secret{Info: infoOf(e).withHeader(h), Value: value}
		return false, err
	})
	return sec, h, err
}

const (
	// readChunk is how many secrets ReadEach opens at once at most.
	readChunk = 256
	// chunkBytes is how many bytes their records may have: one that is larger is
	// opened alone.
	chunkBytes = 1 << 20
)

// chunk reads the records of the first entries, as many as are opened at once.
func (s *snapshot) chunk(entries []crypto.Entry) (chunk []sealed, err error) {
	size := 0
	for _, e := range entries[:min(readChunk, len(entries))] {
		b, err := s.record(e)
		if err != nil {
			return nil, err
		}
		if size += len(b); size > chunkBytes && len(chunk) > 0 {
			break
		}
		chunk = append(chunk, sealed{e, b})
	}
	return chunk, nil
}

// pick finds the entries of the named secrets, or of all. Those that are known
// from a list of the same state are proven already.
func (s *snapshot) pick(ctx context.Context, names []string, known []crypto.Entry) ([]crypto.Entry, error) {
	if len(names) == 0 {
		return s.entries(ctx, func(e crypto.Entry) bool { return e.Kind != crypto.Gone && !ours(e.Name) })
	}
	entries := make([]crypto.Entry, 0, len(names))
	seen := make(map[string]struct{}, len(names))
	for _, name := range names {
		if _, ok := seen[name]; ok {
			continue
		}
		seen[name] = struct{}{}
		if err := checkName(name); err != nil {
			return nil, err
		}
		e, ok := search(known, name)
		if !ok || e.Kind == crypto.Gone {
			var err error
			if e, err = s.live(name); err != nil {
				return nil, err
			}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// entries walks the whole index and returns what keep wants, sorted by name.
func (s *snapshot) entries(ctx context.Context, keep func(crypto.Entry) bool) ([]crypto.Entry, error) {
	var entries []crypto.Entry
	err := crypto.Walk(s.head.Root, s.node, func(e crypto.Entry) error {
		if keep(e) {
			entries = s.with(entries, e)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, indexError("", err)
	}
	slices.SortFunc(entries, func(a, b crypto.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

// with appends an entry. Where there are many, all of them will be: room for as many as
// the head counts is made once, so that memory never has the list twice.
func (s *snapshot) with(entries []crypto.Entry, e crypto.Entry) []crypto.Entry {
	const many = 1000
	if len(entries) == many {
		entries = slices.Grow(entries, int(min(s.head.Names+s.head.Gone, mostAhead)))
	}
	return append(entries, e)
}

// ours tells whether a name is one that tacit keeps for itself.
func ours(name string) bool { return strings.HasPrefix(name, ".") }
