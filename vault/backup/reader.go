package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/tacit-vault/tacit/crypto"
)

// Reader reads a backup that may be hostile. It holds one part at a time.
type Reader struct {
	VaultFile crypto.VaultFile
	Head      *crypto.SignedHead // signed by the pin that it names
	Z         []byte             // the head as stored
	Base      *Base              // nil: a full backup
	Slots     [][]byte           // as the head's table lists them

	r   *bufio.Reader
	sum hash.Hash
	err error // what ended the reading; io.EOF at the end of a whole file

	last   frame         // the type of the frame read last
	seq    uint64        // of the log entry read last
	link   uint64        // of the link read last
	name   current       // the name read last
	counts [2]uint64     // names and records read
	end    crypto.Digest // Seal's Sum
	mac    crypto.BackupMAC
	ahead  *part // read before it was asked for
}

// current is the name whose records are being read.
type current struct {
	crypto.Entry
	hash [sha256.Size]byte
	next uint64        // the version that comes next; 0: none is left
	sum  crypto.Digest // of that version's record, zero where nothing names it
}

// part is a frame as read.
type part struct {
	frame frame
	body  []byte
}

// Item is a part of a backup: one of the four, by which is set.
type Item struct {
	Log    []byte // a log entry, of the head of Seq
	Link   []byte // a link, of the head of Seq
	Seq    uint64
	Name   *crypto.Entry // a name
	Record []byte        // a version of the name before
	Header crypto.Header // of the record
}

// NewReader reads the beginning of a backup: VAULT, head, base and key slots.
// It buffers r. Errors wrap ErrNoBackup, ErrCut, ErrOrder, ErrHead, ErrSlot,
// crypto's ErrNewer, ErrMalformed or ErrLimit, or are r's.
func NewReader(r io.Reader) (*Reader, error) {
	b := &Reader{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	if err := b.readMagic(); err != nil {
		return nil, err
	}
	if err := b.readHead(); err != nil {
		return nil, err
	}
	p, err := b.read()
	if err == nil && p.frame == frameBase {
		if err = b.readBase(p.body); err == nil {
			p, err = b.read()
		}
	}
	for _, slot := range b.Head.Slots {
		if err == nil && p.frame != frameSlot {
			err = fmt.Errorf("%w: %s %s is missing", ErrOrder, frameSlot, slot.Label)
		}
		if err == nil && crypto.Sum(p.body) != slot.Sum {
			err = fmt.Errorf("%w %s is not the one that the vault lists", ErrSlot, slot.Label)
		}
		if err != nil {
			return nil, err
		}
		b.Slots = append(b.Slots, p.body)
		p, err = b.read()
	}
	if err != nil {
		return nil, err
	}
	b.ahead = &p
	return b, nil
}

func (b *Reader) readMagic() error {
	line, err := b.r.Peek(len(Magic))
	switch {
	case string(line) == Magic:
	case strings.HasPrefix(string(line), magicAny):
		return fmt.Errorf("%w: a backup of another version", crypto.ErrNewer)
	case err == nil, errors.Is(err, io.EOF):
		return ErrNoBackup
	default:
		return err
	}
	b.sum.Write(line)
	_, err = b.r.Discard(len(Magic))
	return err
}

// readHead reads VAULT and the head, which have to fit one another.
func (b *Reader) readHead() error {
	text, err := b.expect(frameVault)
	if err != nil {
		return err
	}
	if b.VaultFile, err = crypto.ParseVaultFile(text); err != nil {
		return err
	}
	if len(b.VaultFile.Incompatible) > 0 {
		return fmt.Errorf("%w: features %s", crypto.ErrNewer, strings.Join(b.VaultFile.Incompatible, ", "))
	}
	if b.Z, err = b.expect(frameHead); err != nil {
		return err
	}
	if b.Head, err = crypto.ParseHead(b.Z); err != nil {
		return err
	}
	if b.Head.Vault != b.VaultFile.ID || b.Head.VaultFile != crypto.Sum(text) {
		return fmt.Errorf("%w: not of this VAULT", ErrHead)
	}
	if err := b.Head.CheckSig(b.Head.Pin); err != nil {
		return fmt.Errorf("%w: %w", ErrHead, err)
	}
	return nil
}

func (b *Reader) readBase(body []byte) error {
	base, err := parseBase(body)
	if err == nil && base.Head.Seq > b.Head.Seq {
		err = fmt.Errorf("%w: base at commit %d, head at %d", crypto.ErrMalformed, base.Head.Seq, b.Head.Seq)
	}
	b.Base = &base
	return err
}

// expect reads a frame that has to be of a type.
func (b *Reader) expect(f frame) ([]byte, error) {
	p, err := b.read()
	if err == nil && p.frame != f {
		err = fmt.Errorf("%w: %s instead of %s", ErrOrder, p.frame, f)
	}
	return p.body, err
}

// Next returns the next part, and io.EOF when the file was read whole, to its
// end, and every part was where it had to be. Errors wrap those of NewReader,
// ErrTrailing, ErrChanged, or are a *RecordError.
func (b *Reader) Next() (Item, error) {
	if b.err != nil {
		return Item{}, b.err
	}
	it, err := b.next()
	b.err = err
	return it, err
}

func (b *Reader) next() (Item, error) {
	p, err := b.take()
	if err != nil {
		return Item{}, err
	}
	if p.frame != frameRecord {
		if err := b.endName(); err != nil {
			return Item{}, err
		}
	}
	switch p.frame {
	case frameLog:
		return b.nextLog(p.body)
	case frameLink:
		return b.nextLink(p.body)
	case frameName:
		return b.nextName(p.body)
	case frameRecord:
		return b.nextRecord(p.body)
	case frameEnd:
		return Item{}, b.nextEnd(p.body)
	}
	return Item{}, fmt.Errorf("%w: %s", ErrOrder, p.frame)
}

// take is read, but for what was read ahead.
func (b *Reader) take() (part, error) {
	if b.ahead == nil {
		return b.read()
	}
	p := *b.ahead
	b.ahead = nil
	return p, nil
}

// read reads a frame and checks its place among the others.
func (b *Reader) read() (p part, err error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(b.r, header[:]); err != nil {
		return p, cut(err)
	}
	p.frame = frame(header[0])
	if !p.frame.valid() {
		return p, fmt.Errorf("%w: %s", crypto.ErrMalformed, p.frame)
	}
	size := binary.BigEndian.Uint32(header[1:])
	if int64(size) > int64(most[p.frame]) {
		return p, fmt.Errorf("%w: %s of %d bytes, at most %d", crypto.ErrLimit, p.frame, size, most[p.frame])
	}
	// A name may follow a record; nothing else goes back.
	if p.frame < b.last && !(p.frame == frameName && b.last == frameRecord) ||
		p.frame == b.last && p.frame <= frameBase ||
		p.frame == frameRecord && b.last < frameName {
		return p, fmt.Errorf("%w: %s after %s", ErrOrder, p.frame, b.last)
	}
	b.last = p.frame
	if p.frame == frameEnd {
		b.end = crypto.Digest(b.sum.Sum(nil))
	}
	b.sum.Write(header[:])
	if p.body, err = readBody(b.r, int(size)); err != nil {
		return p, cut(err)
	}
	b.sum.Write(p.body)
	return p, nil
}

// readBody believes a length only as far as there are bytes.
func readBody(r *bufio.Reader, size int) ([]byte, error) {
	const step = 64 << 10
	if size <= step {
		body := make([]byte, size)
		_, err := io.ReadFull(r, body)
		return body, err
	}
	var body bytes.Buffer
	_, err := io.CopyN(&body, r, int64(size))
	return body.Bytes(), err
}

// cut is the end of a file where there should be more.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return err
}

func (b *Reader) nextLog(body []byte) (Item, error) {
	if len(body) < 8 {
		return Item{}, fmt.Errorf("%w: %s of %d bytes", crypto.ErrMalformed, frameLog, len(body))
	}
	seq := binary.BigEndian.Uint64(body)
	if seq <= b.seq || seq >= b.Head.Seq {
		return Item{}, fmt.Errorf("%w: %s of commit %d after %d", ErrOrder, frameLog, seq, b.seq)
	}
	b.seq = seq
	return Item{Log: body[8:], Seq: seq}, nil
}

func (b *Reader) nextLink(body []byte) (Item, error) {
	link, err := crypto.ParseLink(body)
	if err != nil {
		return Item{}, err
	}
	if link.Vault != b.Head.Vault || link.Seq <= b.link || link.Seq > b.Head.Seq {
		return Item{}, fmt.Errorf("%w: %s of commit %d after %d", ErrOrder, frameLink, link.Seq, b.link)
	}
	b.link = link.Seq
	return Item{Link: body, Seq: link.Seq}, nil
}

func (b *Reader) nextName(body []byte) (Item, error) {
	e, err := crypto.ParseEntry(body)
	if err != nil {
		return Item{}, err
	}
	hash := sha256.Sum256([]byte(e.Name))
	if b.counts[0] > 0 && bytes.Compare(hash[:], b.name.hash[:]) <= 0 {
		return Item{}, fmt.Errorf("%w: %s after %s", ErrOrder, e.Name, b.name.Name)
	}
	if e.Seq > b.Head.Seq || b.Base != nil && e.Seq <= b.Base.Head.Seq {
		return Item{}, fmt.Errorf("%w: %s is of commit %d", ErrOrder, e.Name, e.Seq)
	}
	b.counts[0]++
	b.name = current{Entry: e, hash: hash, next: e.Version, sum: e.Sum}
	return Item{Name: &e}, nil
}

// nextRecord holds a record against its name, or against the version before.
func (b *Reader) nextRecord(body []byte) (Item, error) {
	n := &b.name
	if n.next == 0 {
		return Item{}, fmt.Errorf("%w: one record too many of %s", ErrOrder, n.Name)
	}
	wrong := func(err error) (Item, error) { return Item{}, &RecordError{n.Name, n.next, err} }
	h, err := crypto.ParseRecord(body)
	switch {
	case err != nil:
		return wrong(err)
	case h.Name != n.Name:
		return wrong(fmt.Errorf("%w, %s", ErrSwapped, h.Name))
	case h.Version != n.next || n.next == n.Version && (h.Seq != n.Seq || h.Kind != n.Kind):
		return wrong(fmt.Errorf("%w: version %d of commit %d", ErrOther, h.Version, h.Seq))
	case crypto.Sum(body) != n.sum:
		return wrong(ErrOther)
	}
	b.counts[1]++
	n.next, n.sum = n.next-1, h.Prev
	if h.Version == n.Oldest {
		n.next = 0
	}
	return Item{Record: body, Header: h}, nil
}

// endName tells whether all the records of a name were there. An incremental
// backup holds the newest ones.
func (b *Reader) endName() error {
	n := &b.name
	if n.next == 0 || b.Base != nil && n.next < n.Version {
		return nil
	}
	return &RecordError{n.Name, n.next, crypto.ErrMissing}
}

func (b *Reader) nextEnd(body []byte) error {
	if len(body) != endSize {
		return fmt.Errorf("%w: end of %d bytes", crypto.ErrMalformed, len(body))
	}
	names, records := binary.BigEndian.Uint64(body), binary.BigEndian.Uint64(body[8:])
	const digest = len(crypto.Digest{})
	if crypto.Digest(body[16:16+digest]) != b.end || names != b.counts[0] || records != b.counts[1] {
		return ErrChanged
	}
	b.mac = crypto.BackupMAC(body[16+digest:])
	switch _, err := b.r.ReadByte(); {
	case err == nil:
		return ErrTrailing
	case !errors.Is(err, io.EOF):
		return err
	}
	return io.EOF
}

// Seal is what the end of the file says, to be held against the keys with
// crypto.Keys.CheckBackup. It is there when Next has returned io.EOF.
func (b *Reader) Seal() (crypto.BackupSeal, crypto.BackupMAC, bool) {
	s := crypto.BackupSeal{
		Vault: b.Head.Vault, Head: b.Head.Digest(), Names: b.counts[0], Records: b.counts[1], Sum: b.end,
	}
	return s, b.mac, errors.Is(b.err, io.EOF)
}
