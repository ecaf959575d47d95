package badgerfiles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strconv"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

// A log of Badger's (.mem, and .vlog for large values) is 20 bytes of header
// and then entries, each
//
//	u8 flags | u8 | varint key length | varint value length | varint expiry | key | value | CRC-32C
//
// In a .mem the entries of a transaction are followed by one that ends it. A
// replay stops without a word at the first entry that is not whole. That is
// right at the very end, where a transaction was under way, and silent loss
// anywhere else; so we read the log before Badger replays it.

const (
	LogHeader   = 20
	maxLogFile  = 2*MemTableSize + 1 // no log of either kind gets this long
	flagPointer = 1 << 1
	flagTx      = 1 << 6
	flagEnd     = 1 << 7
	endKey      = "!badger!txn"
	endHeader   = 5 // bytes before the key of an ending entry
)

var (
	errLogGap    = errors.New("damaged before its end")
	errLogAlien  = errors.New("holds what this program does not write")
	errLogHeader = errors.New("not a log without encryption")
)

// logEntry is one entry of a log.
type logEntry struct {
	flags      byte
	key, value []byte
	size       int
}

// parseLogEntry reads the entry that b begins with; ok says that it is whole.
func parseLogEntry(b []byte) (e logEntry, ok bool) {
	if len(b) < 2 {
		return e, false
	}
	e.flags = b[0]
	at := 2
	var lengths [3]uint64 // key, value, expiry
	for i := range lengths {
		v, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return e, false
		}
		lengths[i] = v
		at += n
	}
	kn, vn := lengths[0], lengths[1]
	if kn == 0 || kn > 1<<16 || vn > math.MaxInt32 || uint64(at)+kn+vn+4 > uint64(len(b)) {
		return e, false
	}
	end := at + int(kn+vn)
	e.key, e.value = b[at:at+int(kn)], b[at+int(kn):end]
	e.size = end + 4
	return e, checksum(b[:end]) == binary.BigEndian.Uint32(b[end:])
}

// wildEntry tells whether what is no whole entry has lengths that no entry has,
// not even one that was cut off while it was written. Badger takes them as they
// come: it asks for that much memory, or reads on in another way than we do.
func wildEntry(b []byte) bool {
	at := 2
	for range 2 { // key, value
		if at >= len(b) {
			return false
		}
		v, n := binary.Uvarint(b[at:])
		if n < 0 || v > maxLogFile {
			return true
		}
		at += n
	}
	return false
}

// version is when an entry was committed; Badger appends it to the key.
func (e logEntry) version() uint64 {
	if len(e.key) < 8 {
		return 0
	}
	return math.MaxUint64 - binary.BigEndian.Uint64(e.key[len(e.key)-8:])
}

// ours tells whether an entry is one that a transaction of ours can write. Badger
// takes any, and panics over some when it makes a table of them.
func (e logEntry) ours() bool {
	if len(e.key) <= versionSize || len(e.key) > store.MaxKey+versionSize || e.version() > maxVersion {
		return false
	}
	if e.flags&flagPointer != 0 {
		return len(e.value) == pointerSize
	}
	return len(e.value) <= store.LargeValue
}

// maxNode is the size of the largest node in Badger's memory, in bytes.
const maxNode = 96

// arena is how many bytes of Badger's memory the entry takes up. The nodes there
// have heights that are drawn; this is the mean of it.
func (e logEntry) arena() int64 {
	const meanNode = maxNode - 18*4 // of 20 places for a link, 1.5 are used
	return int64(meanNode + 7 + len(e.key) + valueMeta + binary.MaxVarintLen32 + len(e.value))
}

// maxArena is what a log may need for its replay, where Badger ends the process
// over more than it has (8 MiB and one and a half of its largest transactions).
// A log of ours is done when it needs 8 MiB, and our transactions are smaller.
const maxArena = MemTableSize + MemTableSize/4

// valuePointer says where in the value logs an entry's value lies.
type valuePointer struct{ log, size, offset uint32 }

// memLog is what a .mem holds.
type memLog struct {
	end      int    // behind the last whole transaction
	first    uint64 // the version of the first transaction, 0 for none
	last     uint64 // the highest version
	pointers []valuePointer
	arena    int64 // what Badger needs of its memory to replay it, about
	alien    bool  // something in it is nothing that we write
	later    int   // transactions whose end lies behind end
	dirty    bool  // something lies behind end
}

// parseMemLog reads a .mem.
func parseMemLog(b []byte) memLog {
	if len(b) < LogHeader {
		return memLog{end: len(b)}
	}
	m := memLog{end: LogHeader}
	var version uint64 // of the transaction under way
	var pointers []valuePointer
	var arena int64
	alien := false
loop:
	for at := LogHeader; ; {
		e, ok := parseLogEntry(b[at:])
		if !ok {
			m.alien = wildEntry(b[at:])
			break
		}
		at += e.size
		switch {
		case e.flags&flagTx != 0:
			if version == 0 {
				version = e.version()
			}
			if version != e.version() {
				break loop
			}
		case e.flags&flagEnd != 0:
			v, err := strconv.ParseUint(string(e.value), 10, 64)
			if err != nil || v != version {
				break loop
			}
		case version != 0:
			break loop
		}
		if e.flags&flagPointer != 0 && len(e.value) == 12 {
			pointers = append(pointers, valuePointer{
				binary.NativeEndian.Uint32(e.value),
				binary.NativeEndian.Uint32(e.value[4:]),
				binary.NativeEndian.Uint32(e.value[8:]),
			})
		}
		if e.flags&flagEnd == 0 {
			arena += e.arena()
			alien = alien || !e.ours()
		}
		if e.flags&flagTx == 0 {
			m.arena = arena
			m.end, m.last = at, max(m.last, version, e.version())
			if m.first == 0 {
				m.first = max(version, e.version())
			}
			m.pointers = append(m.pointers, pointers...)
			version, pointers = 0, nil
		}
	}
	m.alien = m.alien || alien
	m.later = countEnds(b[m.end:])
	m.dirty = len(bytes.TrimLeft(b[m.end:], "\x00")) > 0
	return m
}

// countEnds counts the entries in b that end a transaction.
func countEnds(b []byte) (n int) {
	for {
		i := bytes.Index(b, []byte(endKey))
		if i < 0 {
			return n
		}
		if i >= endHeader {
			if e, ok := parseLogEntry(b[i-endHeader:]); ok && e.flags&flagEnd != 0 {
				n++
			}
		}
		b = b[i+len(endKey):]
	}
}

// LogSums is what a replay has to read.
type LogSums struct {
	first uint64 // the version that it begins with, 0 for none
	Last  uint64 // the version that it has to reach
	Bytes int64
}

// CheckLogs refuses logs in which acknowledged changes are damaged, as far as
// the logs can tell.
// Every change is synced before the next begins: behind the last whole
// transaction there can be pieces of one more, not the ends of two.
func (s *Set) CheckLogs() (sums LogSums, err error) {
	for i, id := range s.MemLogs {
		name := fmt.Sprintf("%05d.mem", id)
		b, err := readLimited(filepath.Join(s.Dir, name), maxLogFile)
		if err != nil {
			return sums, err
		}
		if len(b) == maxLogFile {
			return sums, storedir.Corrupt("%s: larger than any log", name)
		}
		if !plainLog(b) {
			return sums, storedir.Corrupt("%s: %w", name, errLogHeader)
		}
		m := parseMemLog(b)
		if m.alien || m.arena > maxArena {
			return sums, storedir.Corrupt("%s: %w", name, errLogAlien)
		}
		if m.later > 1 || m.dirty && i < len(s.MemLogs)-1 {
			return sums, storedir.Corrupt("%s: %w", name, errLogGap)
		}
		if sums.first == 0 {
			sums.first = m.first
		}
		sums.Last, sums.Bytes = max(sums.Last, m.last), sums.Bytes+int64(m.end)
		if err := s.checkValues(m.pointers); err != nil {
			return sums, err
		}
	}
	return sums, s.checkNewestTail()
}

// checkNewestTail looks at what stands behind the last whole entry of the newest
// value log, which Badger reads on opening.
func (s *Set) checkNewestTail() error {
	if len(s.ValueLogs) == 0 {
		return nil
	}
	name := fmt.Sprintf("%06d.vlog", s.ValueLogs[len(s.ValueLogs)-1])
	b, err := readLimited(filepath.Join(s.Dir, name), maxLogFile)
	if err != nil {
		return err
	}
	at := min(LogHeader, len(b))
	for e, ok := parseLogEntry(b[at:]); ok; e, ok = parseLogEntry(b[at:]) {
		at += e.size
	}
	if wildEntry(b[at:]) {
		return storedir.Corrupt("%s: %w", name, errLogAlien)
	}
	return nil
}

// checkValues makes sure that the newest value log is whole up to the last
// value pointed to.
func (s *Set) checkValues(pointers []valuePointer) error {
	var newest uint64
	if len(s.ValueLogs) > 0 {
		newest = s.ValueLogs[len(s.ValueLogs)-1]
	}
	var need int
	for _, p := range pointers {
		switch {
		case uint64(p.log) > newest:
			return storedir.Corrupt("%06d.vlog is missing", p.log)
		case uint64(p.log) == newest:
			need = max(need, int(p.offset)+int(p.size))
		}
	}
	if need == 0 {
		return nil
	}
	return s.checkNewestValues(need)
}

// CheckValueLogs looks at the headers of all value logs, and reads the newest
// to its end where it was closed: there a writer goes on.
func (s *Set) CheckValueLogs() error {
	for _, id := range s.ValueLogs {
		name := fmt.Sprintf("%06d.vlog", id)
		b, err := readLimited(filepath.Join(s.Dir, name), LogHeader)
		if err != nil {
			return err
		}
		if !plainLog(b) {
			return storedir.Corrupt("%s: %w", name, errLogHeader)
		}
	}
	if s.Unclean() {
		return nil
	}
	return s.checkNewestValues(math.MaxInt)
}

// plainLog tells whether a log says that it is not encrypted: by the number of
// its key, which is 0. A header that was not written yet says so too.
func plainLog(b []byte) bool { return len(bytes.Trim(b[:min(len(b), 8)], "\x00")) == 0 }

// checkNewestValues reads the newest value log up to that byte, or to its end.
// Opening it for writing cuts it off at the first damaged entry.
func (s *Set) checkNewestValues(need int) error {
	if len(s.ValueLogs) == 0 {
		return nil
	}
	name := fmt.Sprintf("%06d.vlog", s.ValueLogs[len(s.ValueLogs)-1])
	b, err := readLimited(filepath.Join(s.Dir, name), maxLogFile)
	if err != nil {
		return err
	}
	if need == math.MaxInt {
		need = len(b)
	}
	for at := LogHeader; at < need; {
		if at > len(b) {
			return storedir.Corrupt("%s: cut short", name)
		}
		e, ok := parseLogEntry(b[at:])
		if !ok {
			// One that could not be cut to its length when it was closed.
			if (len(b) == 2*ValueLogSize || len(b) == 2*SmallValueLogSize) && len(bytes.Trim(b[at:], "\x00")) == 0 {
				return nil
			}
			return storedir.Corrupt("%s: %w", name, errLogGap)
		}
		at += e.size
	}
	return nil
}
