package backup

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tacit-vault/tacit/crypto"
)

// Magic begins a backup.
const Magic = "tacit-backup 1\n"

// magicAny begins a backup of any version.
const magicAny = "tacit-backup "

// frame is the type of a frame: u8 type | u32 length | body. They stand in the
// order of their numbers, but that records follow their name.
type frame byte

const (
	frameVault  frame = 1 // VAULT
	frameHead   frame = 2 // the head as stored
	frameBase   frame = 3 // incremental: what it adds to
	frameSlot   frame = 4 // a key slot; one for each of the head's table, in its order
	frameLog    frame = 5 // u64 seq | log entry; by seq
	frameLink   frame = 6 // link of a rotation; by seq
	frameName   frame = 7 // entry of the index; by SHA-256 of the name
	frameRecord frame = 8 // a version of the name before; newest first
	frameEnd    frame = 9 // counts, SHA-256, MAC
)

const (
	frameHeader = 1 + 4
	baseSize    = 8 + 2*len(crypto.Digest{})
	endSize     = 8 + 8 + len(crypto.Digest{}) + len(crypto.BackupMAC{})
)

// most is the size of the largest body of each type, in bytes.
var most = [...]int{
	frameVault:  4096,
	frameHead:   crypto.MaxHead,
	frameBase:   baseSize,
	frameSlot:   crypto.MaxSlotFile,
	frameLog:    512,
	frameLink:   512,
	frameName:   crypto.MaxEntry,
	frameRecord: crypto.MaxRecord,
	frameEnd:    endSize,
}

var frameNames = [...]string{
	frameVault: "VAULT", frameHead: "head", frameBase: "base", frameSlot: "key slot", frameLog: "log entry",
	frameLink: "link", frameName: "name", frameRecord: "record", frameEnd: "end",
}

func (f frame) valid() bool { return frameVault <= f && f <= frameEnd }

func (f frame) String() string {
	if !f.valid() {
		return fmt.Sprintf("frame of type %d", byte(f))
	}
	return frameNames[f]
}

// What can be wrong with a file, besides what package crypto says of its parts.
var (
	// ErrNoBackup: the file does not begin as a backup does.
	ErrNoBackup = errors.New("not a backup of a vault")
	// ErrCut: the file ends before its end.
	ErrCut = errors.New("cut short")
	// ErrTrailing: the file goes on after its end.
	ErrTrailing = errors.New("more bytes after the end")
	// ErrOrder: a part stands where it must not, or is there twice.
	ErrOrder = errors.New("out of order")
	// ErrChanged: the SHA-256 at the end is not that of what comes before it.
	ErrChanged = errors.New("changed or damaged")
	// ErrSlot: a key slot is not the one that the head lists.
	ErrSlot = errors.New("key slot")
	// ErrHead: the head is not signed, or not of this VAULT.
	ErrHead = errors.New("head")
)

// RecordError is a record that is not the one its name lists, or is missing.
type RecordError struct {
	Name    string
	Version uint64 // the one that should be there
	Err     error  // wraps ErrSwapped, ErrOther, crypto.ErrMissing or crypto.ErrMalformed
}

// What a wrong record is.
var (
	ErrSwapped = errors.New("the record of another secret") // its header names another
	ErrOther   = errors.New("another record")               // of another version, or of other bytes
)

func (e *RecordError) Error() string {
	return fmt.Sprintf("version %d of %s: %v", e.Version, e.Name, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

// Base is the backup that an incremental one adds to.
type Base struct {
	Head crypto.Point  // the state that it is of
	Sum  crypto.Digest // its Seal.Sum
}

func (b Base) marshal() []byte {
	out := binary.BigEndian.AppendUint64(make([]byte, 0, baseSize), b.Head.Seq)
	out = append(out, b.Head.Digest[:]...)
	return append(out, b.Sum[:]...)
}

func parseBase(body []byte) (Base, error) {
	const digest = len(crypto.Digest{})
	if len(body) != baseSize {
		return Base{}, fmt.Errorf("%w: base of %d bytes", crypto.ErrMalformed, len(body))
	}
	b := Base{Sum: crypto.Digest(body[8+digest:])}
	b.Head.Seq, b.Head.Digest = binary.BigEndian.Uint64(body), crypto.Digest(body[8:8+digest])
	if b.Head.Seq == 0 || b.Head.Digest.IsZero() {
		return Base{}, fmt.Errorf("%w: base at commit %d", crypto.ErrMalformed, b.Head.Seq)
	}
	return b, nil
}

// marshalEnd is the body of the last frame.
func marshalEnd(s crypto.BackupSeal, mac crypto.BackupMAC) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, endSize), s.Names)
	b = binary.BigEndian.AppendUint64(b, s.Records)
	b = append(b, s.Sum[:]...)
	return append(b, mac[:]...)
}
