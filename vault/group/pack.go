package group

import (
	"context"
	"errors"
	"io"

	"github.com/tacit-vault/tacit/crypto/bundle"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/group/transport"
	"github.com/tacit-vault/tacit/vault/group/transport/pack"
)

// nowhere is the address of a pack while it is made: nothing is remembered of it.
const nowhere = ""

// Pack syncs with the places, which may be none, and writes everything that this vault
// and they can give of the group into one file. member is the id or the label of the
// only member that it is for, or "".
func (g *Group) Pack(ctx context.Context, w io.Writer, member string, places ...Place) (Report, error) {
	m := transport.NewMemory()
	t := m.Open()
	report, err := g.Sync(ctx, SyncOptions{}, append(places[:len(places):len(places)], Place{nowhere, t})...)
	if err != nil {
		return report, err
	}
	report.Places = report.Places[:len(report.Places)-1]
	_, charter, err := g.load(ctx)
	if err != nil {
		return report, err
	}
	return report, pack.Write(ctx, w, t, func(k transport.Key) bool {
		return member == "" || k.Kind != transport.Welcome || isMember(charter, k.Member, member)
	})
}

// isMember tells whether a member goes by an id or label.
func isMember(c *bundle.Charter, id bundle.MemberID, name string) bool {
	if id.String() == name {
		return true
	}
	m, _, ok := c.Find(id)
	return ok && m.Label == name
}

// Unpack syncs the vault with a file that Pack wrote, for each group in it that the
// vault is a member of, and returns a report for each. Codes: Corrupt for what is no
// pack, or is cut short; those of [Group.Sync].
func Unpack(ctx context.Context, v *vault.Vault, r io.Reader) (map[ID]Report, error) {
	m := transport.NewMemory()
	groups, err := pack.Read(ctx, r, m.Open())
	if err != nil && !errors.Is(err, pack.ErrPack) && !errors.Is(err, transport.ErrSize) && !errors.Is(err, transport.ErrTaken) {
		return nil, err
	}
	if err != nil {
		return nil, &vault.SecretError{Code: vault.Corrupt, Op: "group unpack", Message: err.Error(), Err: err}
	}
	ids, err := stateIDs(ctx, v)
	if err != nil {
		return nil, err
	}
	reports := map[ID]Report{}
	for _, id := range ids {
		if !groups[id] {
			continue
		}
		g := &Group{v, id}
		if reports[id], err = g.Sync(ctx, SyncOptions{}, Place{nowhere, m.Open()}); err != nil {
			return reports, err
		}
	}
	return reports, nil
}
