package vault

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tacit-vault/tacit/crypto"
	"github.com/tacit-vault/tacit/vault/backup"
)

// BackupOptions are the options of Backup.
type BackupOptions struct {
	// Since leaves out what that backup, or those that it was made since, hold.
	// nil: the backup is a full one.
	Since    *BackupBase
	Progress func(done, total int) // names; may be nil
}

// BackupReport is what is in a backup.
type BackupReport struct {
	Names   int // entries of the index: secrets, deleted ones, tacit's own
	Records int // versions
	Seq     uint64
	Since   uint64 // the commit that it adds to; 0: a full backup
	Bytes   int64
}

// Backup writes a backup of one state of the vault, beside readers and later
// writers, and holds no more of it in memory than a record at a time. It is
// encrypted as the vault is: names are readable. What it writes proves order
// and completeness by itself; every record is proven as it goes, so that a
// damaged vault makes no backup. Only what ends with nil is one.
//
// Codes: Locked; those of tampering; Conflict where Since is not of this
// history. An error of w is wrapped.
func (v *Vault) Backup(ctx context.Context, w io.Writer, o BackupOptions) (report BackupReport, err error) {
	const op = "backup"
	if err := v.current.askDatabase(); err != nil { // what is written cannot be taken back
		return report, err
	}
	err = v.current.unlockedView(ctx, op, func(s *snapshot) error {
		out := &outlet{w: w}
		b := backuper{s: s, ctx: ctx, o: o, total: int(s.head.Names + s.head.Gone)}
		var err error
		report, err = b.write(out, v.file.Marshal())
		if out.err != nil {
			return fmt.Errorf("writing the backup: %w", out.err) // not the vault's
		}
		return fail(op, err)
	})
	return report, err
}

// outlet remembers what went wrong with the output.
type outlet struct {
	w   io.Writer
	err error
}

func (o *outlet) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// backuper writes what a backup has to say of a snapshot.
type backuper struct {
	s     *snapshot
	ctx   context.Context
	o     BackupOptions
	w     *backup.Writer
	since uint64 // records and log entries of commits up to it are left out
	total int
}

// write writes the whole backup to out. vaultFile is VAULT.
func (b *backuper) write(out io.Writer, vaultFile []byte) (report BackupReport, err error) {
	s := b.s
	z, err := s.r.Get(headKey)
	if err != nil {
		return report, err
	}
	var base *backup.Base
	if since := b.o.Since; since != nil {
		if err := s.checkSince(since); err != nil {
			return report, err
		}
		base = &backup.Base{Head: since.head.Point(), Sum: since.seal.Sum}
		b.since = base.Head.Seq
	}
	buffered := bufio.NewWriterSize(out, 256<<10)
	b.w = backup.NewWriter(buffered, vaultFile, s.head, z, base)
	for _, slot := range s.head.Slots {
		file, err := s.slotFile(slot)
		if err == nil {
			err = b.w.Slot(file)
		}
		if err != nil {
			return report, err
		}
	}
	if err := b.log(); err != nil {
		return report, err
	}
	if err := b.names(); err != nil {
		return report, err
	}
	seal, err := b.w.End(s.keys)
	if err == nil {
		err = buffered.Flush()
	}
	return BackupReport{
		Names: int(seal.Names), Records: int(seal.Records), Seq: s.head.Seq, Since: b.since, Bytes: b.w.Bytes(),
	}, err
}

// log writes the log of heads and the links, which are checked first.
func (b *backuper) log() error {
	planted, err := b.s.provenLog()
	if err != nil {
		return err
	}
	stray := map[string]bool{}
	for _, key := range planted {
		stray[string(key)] = true
	}
	for key, err := range b.s.r.Keys([]byte(logSpace), logKey(max(b.since, 1))) {
		if err != nil {
			return err
		}
		seq, ok := parseLogKey(key)
		if !ok || seq >= b.s.head.Seq || stray[string(key)] {
			continue // a link, or what an interrupted commit or a stranger left
		}
		entry, err := b.s.r.Get(key)
		if err == nil {
			err = b.w.Log(seq, entry)
		}
		if err != nil {
			return err
		}
	}
	links, err := readLinks(b.s.r, b.since)
	for i := 0; err == nil && i < len(links); i++ {
		err = b.w.Link(links[i].Marshal())
	}
	return err
}

// names writes every name in the order of the index, each with its records.
func (b *backuper) names() error {
	done := 0
	err := crypto.Walk(b.s.head.Root, b.s.node, func(e crypto.Entry) error {
		if done++; b.o.Progress != nil {
			b.o.Progress(done, b.total)
		}
		if err := b.ctx.Err(); err != nil || e.Seq <= b.since {
			return err
		}
		if err := b.w.Name(e); err != nil {
			return err
		}
		return b.s.history(e, func(ver version) (bool, error) {
			if ver.header.Seq <= b.since {
				return false, nil
			}
			return true, b.w.Record(ver.record)
		})
	})
	var damage *crypto.NodeError
	if errors.As(err, &damage) {
		return indexError("", err)
	}
	return err
}
