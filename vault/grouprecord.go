package vault

import (
	"context"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// isGroupRecord tells whether a name is that of a record which a group keeps.
func isGroupRecord(name string) bool { return strings.HasPrefix(name, GroupPrefix) }

// groupRecord reads a record that a group keeps; false where there is none.
func (s *snapshot) groupRecord(name string) (Value, bool, error) {
	if !isGroupRecord(name) || crypto.CheckKey(name) != nil {
		return Value{}, false, notGroupRecord(name)
	}
	e, ok, err := s.entry(name)
	if err != nil || !ok || e.Kind == crypto.Gone {
		return Value{}, false, err
	}
	sec, err := s.secret(e)
	return sec.Value, err == nil, err
}

func notGroupRecord(name string) error {
	return &SecretError{Code: InvalidName, Key: printable(name), Message: "not the name of a group's record"}
}

// GroupRecord reads a record that a group keeps, by its whole name; false where there
// is none. It needs a key.
func GroupRecord(ctx context.Context, v *Vault, name string) (value Value, ok bool, err error) {
	err = v.current.unlockedView(ctx, "read", func(s *snapshot) error {
		value, ok, err = s.groupRecord(name)
		return err
	})
	return value, ok, err
}

// GroupRecords lists the names of the records that groups keep, sorted. It needs no
// key.
func GroupRecords(ctx context.Context, v *Vault) (names []string, err error) {
	err = v.current.view(ctx, "list", func(s *snapshot) error {
		entries, err := s.entries(ctx, func(e crypto.Entry) bool { return isGroupRecord(e.Name) && e.Kind != crypto.Gone })
		names = make([]string, 0, len(entries))
		for _, e := range entries {
			names = append(names, e.Name)
		}
		return err
	})
	return names, err
}
