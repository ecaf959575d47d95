package vault

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/sahilm/fuzzy"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/match"
)

// List lists names, sorted, with what the index tells of each; it needs no
// key. With Details the records are read too. The list is proven to be
// complete, unless Hint says that it need not be.
func (v *Vault) List(ctx context.Context, o ListOptions) (list []Info, err error) {
	err = v.current.view(ctx, "list", func(s *snapshot) error {
		entries, err := s.hinted(o)
		if entries == nil && err == nil {
			entries, err = v.names.sorted(ctx, s)
		}
		if err != nil {
			return err
		}
		list, err = s.details(ctx, page(entries, o), o.Details)
		return err
	})
	return list, err
}

// Names lists the names of the secrets that begin with prefix, sorted. It is List where
// nothing else is asked for: a name takes some 40 bytes of memory, and not 300.
func (v *Vault) Names(ctx context.Context, prefix string) (names []string, err error) {
	err = v.current.view(ctx, "list", func(s *snapshot) error {
		if prefix == "" {
			names = make([]string, 0, min(s.head.Names, mostAhead))
		}
		names = names[:0]
		err := crypto.Walk(s.head.Root, s.node, func(e crypto.Entry) error {
			if e.Kind != crypto.Gone && !ours(e.Name) && strings.HasPrefix(e.Name, prefix) {
				names = append(names, e.Name)
			}
			return ctx.Err()
		})
		if err != nil {
			return indexError("", err)
		}
		slices.Sort(names)
		return nil
	})
	return names, err
}

// mostAhead is for how many entries room is made before they are counted: what a head
// says of them is not proven until the index is walked.
const mostAhead = 4 << 20

// mostHinted is for how many names it is quicker to look each up than to walk the
// whole index of a large vault.
const mostHinted = 1000

// hinted returns the entries whose names begin as the options say, as far as the
// store has records of them: each is proven, that none is missing is not. It is nil
// where that is not enough, or would take longer than the proof.
func (s *snapshot) hinted(o ListOptions) ([]crypto.Entry, error) {
	if !o.Hint || o.Prefix == "" {
		return nil, nil
	}
	entries, last := []crypto.Entry{}, ""
	for key, err := range s.r.Keys([]byte(recordSpace+o.Prefix), nil) {
		if err != nil {
			return nil, err
		}
		name, _, _, err := parseRecordKey(key)
		if err != nil || name == last {
			continue
		}
		last = name
		if len(entries) == mostHinted {
			return nil, nil
		}
		if e, ok, err := s.entry(name); err != nil {
			return nil, err
		} else if ok {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b crypto.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

// page picks what the options ask for out of the sorted entries.
func page(entries []crypto.Entry, o ListOptions) []crypto.Entry {
	return pageOf(entries, o, func(string) bool { return true })
}

// pageOf is page of those whose name is wanted.
func pageOf(entries []crypto.Entry, o ListOptions, wanted func(name string) bool) []crypto.Entry {
	from := max(o.Prefix, o.After)
	i := sort.Search(len(entries), func(i int) bool { return entries[i].Name >= from })
	var picked []crypto.Entry
	for _, e := range entries[i:] {
		switch {
		case !strings.HasPrefix(e.Name, o.Prefix):
			if e.Name > o.Prefix {
				return picked
			}
		case o.After != "" && e.Name <= o.After, ours(e.Name), e.Kind == crypto.Gone && !o.Deleted, !wanted(e.Name):
		default:
			picked = append(picked, e)
			if len(picked) == o.Limit {
				return picked
			}
		}
	}
	return picked
}

// details turns entries into infos, and reads their records where asked.
func (s *snapshot) details(ctx context.Context, entries []crypto.Entry, records bool) ([]Info, error) {
	return parallel(ctx, entries, func(e crypto.Entry) (Info, error) {
		info := infoOf(e)
		if !records {
			return info, nil
		}
		b, err := s.record(e)
		if err != nil {
			return info, err
		}
		h, err := crypto.ParseRecord(b)
		if err != nil {
			return info, &SecretError{Code: Corrupt, Key: e.Name, Err: err}
		}
		return info.withHeader(h), nil
	})
}

// Find lists the names that contain each word of pattern, in either case and any order:
// see package match. Fuzzy, it lists those that contain its characters in order, best
// first. It needs no key.
func (v *Vault) Find(ctx context.Context, pattern string, fuzzily bool) (list []Info, err error) {
	err = v.current.view(ctx, "find", func(s *snapshot) error {
		entries, err := v.names.sorted(ctx, s)
		if err != nil {
			return err
		}
		if fuzzily {
			entries = fuzzyFind(page(entries, ListOptions{}), pattern)
		} else {
			words := match.New(pattern)
			if len(words) == 0 {
				words = match.Words{pattern} // "_" alone
			}
			entries = pageOf(entries, ListOptions{}, func(name string) bool { return words.In(strings.ToLower(name)) })
		}
		list, err = s.details(ctx, entries, false)
		return err
	})
	return list, err
}

type entryNames []crypto.Entry

func (n entryNames) String(i int) string { return n[i].Name }
func (n entryNames) Len() int            { return len(n) }

func fuzzyFind(entries []crypto.Entry, pattern string) []crypto.Entry {
	if pattern == "" {
		return entries
	}
	matches := fuzzy.FindFrom(pattern, entryNames(entries))
	found := make([]crypto.Entry, 0, len(matches))
	for _, m := range matches {
		found = append(found, entries[m.Index])
	}
	return found
}
