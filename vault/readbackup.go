package vault

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/vault/backup"
	"github.com/tacit-vault/tacit/vault/remedy"
)

// CheckOptions are the options of Check.
type CheckOptions struct {
	Progress func(done, total int) // records; may be nil
}

// CheckReport is what Check found a backup to hold.
type CheckReport struct {
	Names, Gone int  // secrets, and deleted ones
	Records     int  // versions, deletions and tacit's own records included
	Full        bool // every record was decrypted; else no key was there
}

// Check reads a backup to its end and proves all of it, and writes nothing: the
// parts and their order, that nothing is missing of what the head commits to,
// the log of heads and the links; where it is unlocked also that it was made
// by the vault, and that every record opens. It holds the index of the vault in
// memory, some 150 bytes a name. Codes: those of OpenBackup, Forged, Missing,
// Replayed, Swapped, IndexTampered.
func (b *Backup) Check(ctx context.Context, o CheckOptions) (r CheckReport, err error) {
	defer naming(opRestore, &err)
	b.v.current.store = store.NewMemory()
	p := &unpacker{b: b, ctx: ctx, op: opRestore, progress: o.Progress}
	if err := p.run(); err != nil {
		return CheckReport{}, err
	}
	r = CheckReport{Full: p.b.v.Unlocked(), Records: int(b.v.current.head.Records)}
	err = b.v.current.view(ctx, "", func(s *snapshot) error {
		if r.Names, r.Gone, err = s.secrets(ctx); err != nil {
			return err
		}
		_, err := s.provenLog()
		return err
	})
	return r, b.named(err)
}

// named says which file an error of the vault's is about.
func (b *Backup) named(err error) error {
	var e *SecretError
	if errors.As(err, &e) && e.Path == "" {
		e.Path = b.v.dir
	}
	return err
}

// unpacker reads backups into the store of a vault in the making.
type unpacker struct {
	b        *Backup
	ctx      context.Context
	op       string
	keep     bool // records are stored; else they are opened, where there are keys
	progress func(done, total int)

	root    crypto.Digest
	entries []crypto.Entry // not yet in the tree
	pairs   []pair         // not yet in the store
	records []backup.Item  // not yet opened
	size    int            // bytes of both
	done    int
}

const (
	treeChunk   = 4096    // names that are put into the tree at once; they are neighbours in it
	unpackChunk = 1 << 20 // bytes that are gathered before they are stored or opened
)

// run reads every file to its end. The store then holds all but the head.
func (p *unpacker) run() error {
	root, leaf := crypto.EmptyTree()
	p.root = root
	if err := writeInSteps(p.ctx, p.b.v.current.store, []pair{{leaf.Key, leaf.Single()}}, nil); err != nil {
		return err
	}
	var before crypto.BackupSeal
	for i, f := range p.b.files {
		name := p.b.names[i]
		if f.Base != nil && f.Base.Sum != before.Sum {
			return &SecretError{
				Code: Conflict, Op: p.op, Path: name, Remedy: remedy.To(remedy.RestoreAfterBase),
				Message: "this backup was made since another backup than the one before it",
			}
		}
		if err := p.file(f); err != nil {
			return backupError(p.op, name, err)
		}
		var mac crypto.BackupMAC
		before, mac, _ = f.Seal()
		if err := p.proven(f, before, mac); err != nil {
			return backupError(p.op, name, err)
		}
	}
	return nil
}

// proven tells whether a file that was read holds all that its head commits to,
// and was made by the vault.
func (p *unpacker) proven(f *backup.Reader, seal crypto.BackupSeal, mac crypto.BackupMAC) error {
	if keys := p.b.v.current.keys; keys != nil {
		if err := keys.CheckBackup(seal, mac); err != nil {
			return err
		}
	}
	if p.root != f.Head.Root {
		return fmt.Errorf("%w: names are missing or added, against the index that the vault has signed", backup.ErrOrder)
	}
	return nil
}

// file reads one file to its end.
func (p *unpacker) file(f *backup.Reader) error {
	for i, slot := range f.Head.Slots {
		p.put(slotKey(slot.ID), f.Slots[i])
	}
	for {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		item, err := f.Next()
		if errors.Is(err, io.EOF) {
			return p.flush()
		}
		if err == nil {
			err = p.item(item)
		}
		if err != nil {
			return err
		}
	}
}

func (p *unpacker) item(item backup.Item) error {
	switch {
	case item.Log != nil:
		p.put(logKey(item.Seq), item.Log)
	case item.Link != nil:
		p.put(linkKey(item.Seq), item.Link)
	case item.Name != nil:
		p.entries = append(p.entries, *item.Name)
	case p.keep:
		p.put(recordKey(item.Header.Name, item.Header.Version, item.Header.Seq), item.Record)
	case p.b.v.current.keys != nil:
		p.records = append(p.records, item)
		p.size += len(item.Record)
	}
	if item.Record != nil {
		if p.done++; p.progress != nil {
			p.progress(p.done, int(p.b.v.current.head.Records))
		}
	}
	if p.size >= unpackChunk || len(p.entries) == treeChunk {
		return p.flush()
	}
	return nil
}

func (p *unpacker) put(key, value []byte) {
	p.pairs = append(p.pairs, pair{key, value})
	p.size += len(key) + len(value)
}

// flush stores or opens what was gathered, and puts the names into the tree.
// They come in the order of the tree, so that each node is made about once.
func (p *unpacker) flush() error {
	v := p.b.v
	var nodes []crypto.Node
	err := v.current.store.View(func(r store.Reader) (err error) {
		p.root, nodes, err = crypto.Change(p.root, (&snapshot{r: r}).node, p.entries)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range nodes {
		p.pairs = append(p.pairs, pair{n.Key, n.Single()})
	}
	if err := writeInSteps(p.ctx, v.current.store, p.pairs, nil); err != nil {
		return stored(v.dir, err)
	}
	_, err = parallel(p.ctx, p.records, func(it backup.Item) (struct{}, error) {
		_, plain, err := v.current.keys.Open(it.Record)
		clear(plain)
		if err != nil {
			err = &backup.RecordError{Name: it.Header.Name, Version: it.Header.Version, Err: err}
		}
		return struct{}{}, err
	})
	p.entries, p.pairs, p.records, p.size = p.entries[:0], p.pairs[:0], p.records[:0], 0
	return err
}
