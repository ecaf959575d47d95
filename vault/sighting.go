package vault

import (
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/anchor"
	"github.com/tacit-vault/tacit/vault/remedy"
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

// compare notes whether a newer commit was seen elsewhere than the head comes
// from, and says so: what is read is not the newest, and what is written would
// be lost to who goes on with the other.
func (v *Vault) compare(op string, m anchor.Memory) (err error) {
	v.newer, err = v.outrun(op, v.current.head, v.current.store.View, m)
	if err == nil && v.newer != nil {
		v.options.warn(v.outrunError(op, v.newer))
	}
	return err
}

// outrun is what anchor.Outrun finds; nil where it finds nothing.
func (v *Vault) outrun(op string, head *crypto.SignedHead, view func(func(store.Reader) error) error, m anchor.Memory) (*Sighting, error) {
	if m.Highest == m.Here {
		return nil, nil
	}
	links, err := linksFrom(op, v.dir, m, head, view)
	if err != nil {
		return nil, err
	}
	yes, err := anchor.Outrun(m, &head.Head, logFrom(view), links...)
	if err != nil || !yes {
		return nil, storeError(op, v.dir, err)
	}
	return &Sighting{Seq: m.Highest.Seq, Path: m.HighestAt, Away: m.HighestAway}, nil
}

// newest refuses to write to a vault of which this machine has seen a newer state
// elsewhere, unless by the user's word.
func (v *Vault) newest(op string) error {
	if v.newer == nil || v.byForce {
		return nil
	}
	return v.outrunError(op, v.newer)
}

func (v *Vault) outrunError(op string, newer *Sighting) *SecretError {
	e := &SecretError{
		Code: RolledBack, Op: op, Path: v.dir,
		Message: fmt.Sprintf("the vault here is at commit %d and does not come from %s; until one is chosen it is only read",
			v.current.head.Seq, newer),
		Remedy: remedy.To(remedy.ChooseCopy), Newer: newer,
	}
	if v.current.head.Seq >= newer.Seq {
		e.Code = Forked
	}
	return e
}
