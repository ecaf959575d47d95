package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"github.com/tacit-vault/tacit/crypto"
)

// Writer writes a backup. Parts have to come in the order of the methods; after
// an error every further call returns it. What was written up to an error is no
// backup.
type Writer struct {
	w      io.Writer
	sum    hash.Hash
	n      int64
	seal   crypto.BackupSeal
	err    error
	header [frameHeader]byte
}

// NewWriter begins a backup with VAULT and the head as stored; base is nil
// where the backup is a full one. w should be buffered.
func NewWriter(w io.Writer, vaultFile []byte, head *crypto.SignedHead, z []byte, base *Base) *Writer {
	b := &Writer{w: w, sum: sha256.New(), seal: crypto.BackupSeal{Vault: head.Vault, Head: head.Digest()}}
	b.write([]byte(Magic))
	b.frame(frameVault, vaultFile)
	b.frame(frameHead, z)
	if base != nil {
		b.frame(frameBase, base.marshal())
	}
	return b
}

// Slot adds the file of a key slot.
func (b *Writer) Slot(file []byte) error { return b.frame(frameSlot, file) }

// Log adds the log entry of an older head.
func (b *Writer) Log(seq uint64, entry []byte) error {
	return b.frame(frameLog, append(binary.BigEndian.AppendUint64(nil, seq), entry...))
}

// Link adds the link of a rotation.
func (b *Writer) Link(link []byte) error { return b.frame(frameLink, link) }

// Name adds an entry of the index; its records follow.
func (b *Writer) Name(e crypto.Entry) error {
	body, err := e.Marshal()
	if err != nil {
		return b.fail(err)
	}
	b.seal.Names++
	return b.frame(frameName, body)
}

// Record adds a version of the name that was added last.
func (b *Writer) Record(record []byte) error {
	b.seal.Records++
	return b.frame(frameRecord, record)
}

// End ends the backup. It does not flush or sync w.
func (b *Writer) End(keys *crypto.Keys) (crypto.BackupSeal, error) {
	if b.err != nil {
		return crypto.BackupSeal{}, b.err
	}
	b.seal.Sum = crypto.Digest(b.sum.Sum(nil))
	mac, err := keys.SealBackup(b.seal)
	if err != nil {
		return crypto.BackupSeal{}, b.fail(err)
	}
	return b.seal, b.frame(frameEnd, marshalEnd(b.seal, mac))
}

// Bytes is how many bytes were written.
func (b *Writer) Bytes() int64 { return b.n }

func (b *Writer) frame(f frame, body []byte) error {
	if len(body) > most[f] {
		return b.fail(fmt.Errorf("%w: %s of %d bytes, at most %d", crypto.ErrLimit, f, len(body), most[f]))
	}
	b.header[0] = byte(f)
	binary.BigEndian.PutUint32(b.header[1:], uint32(len(body)))
	b.write(b.header[:])
	return b.write(body)
}

func (b *Writer) write(p []byte) error {
	if b.err != nil {
		return b.err
	}
	b.sum.Write(p)
	n, err := b.w.Write(p)
	b.n += int64(n)
	return b.fail(err)
}

func (b *Writer) fail(err error) error {
	if b.err == nil {
		b.err = err
	}
	return b.err
}
