package rescue

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// How much is held in memory, and written in one commit.
const (
	batchRecords = 4096
	batchBytes   = 16 << 20 // of values
)

// Write makes a vault in dir, which must not exist or be empty, of the newest
// version of every secret that Collect found and that is not deleted, one
// commit for every 4,096 of them or 16 MiB. Of o the slots count, and what is about the machine;
// the suite and the policy are those of the vault that was, the limit of a
// value raised where one needs it. It must not lie in what is rescued. What it
// made is removed if it fails.
//
// Codes: those of vault.Create and vault.Apply; InvalidValue for a folder inside
// the ruin; Corrupt where the files were changed meanwhile.
func (r *Ruin) Write(ctx context.Context, dir string, o vault.CreateOptions, progress func(done, total int)) (vault.Status, error) {
	if err := r.outside(dir); err != nil {
		return vault.Status{}, err
	}
	records := r.found.chosen()
	o.PostQuantum, o.Policy = r.PostQuantum(), r.found.policy()
	longest, err := r.longest(ctx, records, o.Policy.MaxValue)
	if err != nil {
		return vault.Status{}, err
	}
	o.Policy.MaxValue = min(longest, vault.MaxValueLimit)
	return vault.Build(ctx, dir, o, func(v *vault.Vault) error {
		if err := r.fill(ctx, v, records, progress); err != nil {
			return err
		}
		return proven(ctx, v)
	})
}

// chosen are the records that are kept, as they lie in the files.
func (c *collector) chosen() []*record {
	var list []*record
	for name, s := range c.names {
		if kept := s.choose(); kept != nil && kept.Kind != crypto.Gone && !strings.HasPrefix(name, ".") {
			list = append(list, kept)
		}
	}
	slices.SortFunc(list, func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.at.file, b.at.file), cmp.Compare(a.at.off, b.at.off))
	})
	return list
}

// policy is that of the newest head, or the default.
func (c *collector) policy() vault.Policy {
	p := vault.DefaultPolicy()
	if c.top == nil {
		return p
	}
	if n, ok := c.top.Policy[crypto.PolicyMaxValue]; ok {
		p.MaxValue = int(n)
	}
	if n, ok := c.top.Policy[crypto.PolicyHistory]; ok {
		p.History = int(n)
	}
	return p
}

// longest is the length of the longest value as the policy counts it. Only
// values that can be longer than most are looked at.
func (r *Ruin) longest(ctx context.Context, records []*record, most int) (int, error) {
	longest := most
	long := slices.DeleteFunc(slices.Clone(records), func(rec *record) bool {
		return rec.Size*4/3+4 <= int64(most)
	})
	err := r.each(ctx, long, func(rec *record, plain []byte) error {
		longest = max(longest, units(rec.Kind, plain))
		return nil
	})
	return longest, err
}

// units is the length of a value as the policy counts it.
func units(kind crypto.Kind, plain []byte) int {
	if kind == crypto.Bytes {
		return base64.StdEncoding.EncodedLen(len(plain))
	}
	value := vault.TextOf(plain)
	defer value.Wipe()
	return value.Units()
}

func changed(rec *record, err error) error {
	return &vault.SecretError{
		Code: vault.Corrupt, Op: op, Key: rec.Name, Err: err,
		Message: "its record was there a moment ago, and is not any more: the files are changing, or the disk is failing",
		Remedy:  remedy.To(remedy.RescueCopy),
	}
}

// fill puts the records into the new vault.
func (r *Ruin) fill(ctx context.Context, v *vault.Vault, records []*record, progress func(done, total int)) error {
	var (
		batch []vault.Adopted
		size  int64
		done  int
	)
	flush := func() error {
		_, err := v.Adopt(ctx, batch, nil)
		for _, a := range batch {
			clear(a.Plain)
		}
		done += len(batch)
		batch, size = batch[:0], 0
		if progress != nil {
			progress(done, len(records))
		}
		return err
	}
	err := r.each(ctx, records, func(rec *record, plain []byte) error {
		if len(batch) == batchRecords || size > 0 && size+rec.Size > batchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		batch = append(batch, adopted(rec, plain))
		size += rec.Size
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func adopted(rec *record, plain []byte) vault.Adopted {
	a := vault.Adopted{
		Name: rec.Name, Kind: rec.Kind, Plain: slices.Clone(plain),
		Updated: time.Unix(rec.Updated, 0), Attrs: map[string]string{},
	}
	for _, attr := range rec.Attrs {
		a.Attrs[attr.Name] = attr.Value
	}
	return a
}

// proven reads the new vault as any verification would.
func proven(ctx context.Context, v *vault.Vault) error {
	rep, err := v.Verify(ctx, vault.VerifyOptions{})
	if err == nil && len(rep.Findings) > 0 {
		err = &vault.SecretError{Code: vault.Internal, Op: op, Message: fmt.Sprintf("the new vault does not verify: %s", rep.Findings[0].Message)}
	}
	return err
}
