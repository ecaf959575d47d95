package frame

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/tacit-vault/tacit/cli/failure"
	"github.com/tacit-vault/tacit/vault"
)

// MaxAgeFlag refuses values of a group whose owner was last heard of longer ago.
func MaxAgeFlag(most *time.Duration) urfave.Flag {
	return &urfave.DurationFlag{
		Name: "max-age", Usage: "refuse a value of a group that was last heard of longer than `DURATION` ago (1h, 48h)", Destination: most,
		Action: func(_ *urfave.Context, d time.Duration) error {
			if d <= 0 {
				return failure.Usage("--max-age takes a duration above 0").Hinted("--max-age 48h")
			}
			return nil
		},
	}
}

// AcceptAge has Open refuse what is older than most; 0 is any age. The small program does
// not know groups: the whole one has to begin before something is read.
func AcceptAge(s *Session, most time.Duration) error {
	if most > 0 && s.Fresh == nil {
		return NotLinked("--max-age")
	}
	s.maxAge, s.Borrows = most, most > 0
	return nil
}

// A Freshness returns an error for a name of a group that is older than was asked for.
// Names of no group are always fresh.
type Freshness func(names ...string) error

// openFresh opens the vault to read what is no older than --max-age. What a vault knows
// of its groups no agent tells.
func openFresh(ctx context.Context, s *Session) (OpenVault, error) {
	v, err := OpenAlone(ctx, s, false)
	if err != nil {
		return nil, err
	}
	fresh, err := s.Fresh(ctx, v.Vault, s.Now(), s.maxAge)
	if err != nil {
		v.Close()
		return nil, err
	}
	return freshVault{v, fresh}, nil
}

// freshVault reads only what is fresh.
type freshVault struct {
	Local
	fresh Freshness
}

func (v freshVault) Read(ctx context.Context, name string) (vault.Secret, error) {
	if err := v.fresh(name); err != nil {
		return vault.Secret{}, err
	}
	return v.Local.Read(ctx, name)
}

func (v freshVault) ReadVersion(ctx context.Context, name string, n uint64) (vault.Secret, error) {
	if err := v.fresh(name); err != nil {
		return vault.Secret{}, err
	}
	return v.Local.ReadVersion(ctx, name, n)
}

func (v freshVault) ReadAll(ctx context.Context, names ...string) ([]vault.Secret, error) {
	if err := v.fresh(names...); err != nil {
		return nil, err
	}
	return v.Local.ReadAll(ctx, names...)
}

func (v freshVault) ReadEach(ctx context.Context, names []string, fn func(vault.Secret) error) error {
	if err := v.fresh(names...); err != nil {
		return err
	}
	return v.Local.ReadEach(ctx, names, fn)
}

// A FreshnessOf finds out, once for a vault, which of its groups are older than most.
type FreshnessOf func(ctx context.Context, v *vault.Vault, now time.Time, most time.Duration) (Freshness, error)
