package badgerfiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-vault/tacit/store"
	"github.com/tacit-vault/tacit/store/storedir"
)

const (
	RegistryName = "KEYREGISTRY"
	// registryMark ends the registry of a database without encryption, behind
	// 16 random bytes.
	registryMark = "Hello Badger"
	registrySize = 16 + len(registryMark)
	PidName      = "LOCK" // there while a database is open for writing
	RewriteName  = "MANIFEST-REWRITE"
	// DiscardName holds statistics that nothing of ours depends on. Badger maps
	// it and trusts its size, which is DiscardSize.
	DiscardName = "DISCARD"
	DiscardSize = 1 << 20
)

// Set is what lies in a database's folder. Badger opens an empty database
// where its MANIFEST or its log is missing, and deletes tables that it does
// not know, so that we look first.
type Set struct {
	Dir        string
	Tables     []uint64         // .sst, ascending
	MemLogs    []uint64         // .mem: the logs of what is not yet in tables
	ValueLogs  []uint64         // .vlog
	pid        bool             // LOCK: a writer is at work, or did not close
	rewrite    bool             // MANIFEST-REWRITE
	empty      bool             // a .mem or .vlog has no bytes
	ranges     bool             // RANGES is there
	Discard    int64            // the size of DISCARD, -1 for none
	shared     string           // a file that a writer changes in place and that has another name, or ""
	TableSizes map[uint64]int64 // of the tables

	valueBytes int64 // what all value logs hold

	Manifest Manifest
	newest   uint64   // the highest version in a table; known after check
	Missing  []uint64 // tables that are listed, after an unclean stop; likewise
}

// Read lists the folder and refuses what does not belong there.
func Read(dir string) (*Set, error) {
	entries, err := storedir.Entries(dir)
	if err != nil {
		return nil, err
	}
	s := &Set{Dir: dir, TableSizes: make(map[uint64]int64), Discard: -1}
	var found [2]bool
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, storedir.NotRegular(e.Name())
		}
		// Tables and RANGES are never changed. DISCARD is not worth asking for.
		if !storedir.OneName(info) && filepath.Ext(e.Name()) != ".sst" && e.Name() != DiscardName && e.Name() != RangesName {
			s.shared = e.Name()
		}
		switch e.Name() {
		case ManifestName:
			found[0] = true
		case RegistryName:
			found[1] = true
		case PidName:
			s.pid = true
		case RewriteName:
			s.rewrite = true
		case RangesName:
			s.ranges = true
		case DiscardName:
			if s.Discard = info.Size(); !storedir.OneName(info) {
				s.Discard = 1 // of no use: it is to be made anew
			}
		default:
			if err := s.add(e.Name(), info.Size()); err != nil {
				return nil, err
			}
		}
	}
	for i, name := range []string{ManifestName, RegistryName} {
		if !found[i] {
			return nil, storedir.Corrupt("%s is missing", name)
		}
	}
	slices.Sort(s.Tables)
	slices.Sort(s.MemLogs)
	slices.Sort(s.ValueLogs)
	return s, nil
}

// add sorts a file by its name. Files of other kinds are not Badger's and
// stay unread.
func (s *Set) add(name string, size int64) error {
	var list *[]uint64
	ext, width := filepath.Ext(name), 6
	switch ext {
	case ".sst":
		list = &s.Tables
	case ".vlog":
		list = &s.ValueLogs
	case ".mem":
		list, width = &s.MemLogs, 5
	default:
		return nil
	}
	id, err := strconv.ParseUint(strings.TrimSuffix(name, ext), 10, 64)
	if err != nil || id > math.MaxInt32 || fmt.Sprintf("%0*d%s", width, id, ext) != name {
		return storedir.Corrupt("%s: no name of a database file", name)
	}
	*list = append(*list, id)
	switch ext {
	case ".sst":
		s.TableSizes[id] = size
	case ".vlog":
		s.valueBytes += size
	}
	s.empty = s.empty || size == 0 && ext != ".sst"
	return nil
}

// Unclean tells whether the last writer did not close.
func (s *Set) Unclean() bool {
	return s.pid || s.rewrite || s.empty || len(s.MemLogs) > 0
}

// Check compares the files with the MANIFEST and with one another, and looks
// at the tables: at what Badger reads on opening, or where full is set at every
// block, and then at the value logs as well. A damaged block that is not looked at
// shows when it is read, or not at all.
func (s *Set) Check(full bool) error {
	if err := s.checkRegistry(); err != nil {
		return err
	}
	if err := s.ReadManifest(); err != nil {
		return err
	}
	for i := 1; i < len(s.MemLogs); i++ {
		if s.MemLogs[i] != s.MemLogs[i-1]+1 {
			return storedir.Corrupt("%05d.mem is missing", s.MemLogs[i-1]+1)
		}
	}
	if s.Manifest.Torn && !s.Unclean() {
		return storedir.Corrupt("%s: cut short", ManifestName)
	}
	tables := TableChecker{Full: full}
	for id := range s.Manifest.Tables {
		if _, ok := s.TableSizes[id]; !ok {
			if !s.Unclean() {
				return storedir.Corrupt("%s is missing", TableName(id))
			}
			s.Missing = append(s.Missing, id) // CheckMissing looks at it
			continue
		}
		if err := tables.Check(filepath.Join(s.Dir, TableName(id))); err != nil {
			return err
		}
	}
	s.newest = tables.newest
	if !s.Unclean() { // or else it is to be seen with the logs
		if err := s.CheckUnlisted(LogSums{}); err != nil {
			return err
		}
	}
	if full {
		return s.CheckValueLogs()
	}
	return nil
}

// CheckTables looks at every block of some of the tables. The error wraps ErrCorrupt
// where one is damaged or missing.
func (s *Set) CheckTables(ids []uint64) error {
	tables := TableChecker{Full: true}
	for _, id := range ids {
		if err := tables.Check(filepath.Join(s.Dir, TableName(id))); err != nil {
			return err
		}
	}
	return nil
}

// CheckAll reads all files of the database in the folder dir, and compares them. A
// writer may be at work in this process.
func CheckAll(dir string) error {
	s, err := Read(dir)
	if err != nil {
		return err
	}
	if err := s.Check(true); err != nil {
		return err
	}
	// A table that a writer has made since the folder was listed is there by now.
	return s.CheckTables(s.Missing)
}

// CheckMissing takes tables that are not there out of the manifest, after an
// unclean stop: where Badger cannot sync the MANIFEST when it has put the newest
// table in, it deletes it and keeps the log that it was made of. Then the log
// goes on where the tables end, and nothing can have been in that table that is
// not in the log. Any other is lost.
func (s *Set) CheckMissing(logs LogSums) error {
	for _, id := range s.Missing {
		delete(s.Manifest.Tables, id)
	}
	for _, id := range s.Missing {
		lost := logs.first != s.newest+1
		for there := range s.Manifest.Tables {
			lost = lost || there > id
		}
		if lost {
			return storedir.Corrupt("%s is missing", TableName(id))
		}
	}
	return nil
}

// CheckUnlisted looks at the tables that the MANIFEST does not name, which
// Badger deletes. There may be one whose writing failed, before it was written
// anew under another name. After an unclean stop there may be one made from a log
// that is still there, or one that was deleted. Any other has what is nowhere
// else, and the end of the MANIFEST is missing.
func (s *Set) CheckUnlisted(logs LogSums) error {
	for _, id := range s.Tables {
		if _, ok := s.Manifest.Tables[id]; ok || s.Manifest.deleted[id] {
			continue
		}
		var t TableChecker
		err := t.Check(filepath.Join(s.Dir, TableName(id)))
		if errors.Is(err, store.ErrCorrupt) && s.Unclean() {
			continue // it was being written
		}
		if err != nil {
			return err
		}
		logged := logs.first != 0 && logs.first <= t.newest && t.newest <= logs.Last
		if t.newest > s.newest && !logged {
			return storedir.Corrupt("%s: cut short: it does not name %s", ManifestName, TableName(id))
		}
	}
	return nil
}

// CheckOwn refuses what a writer must not write to: through a second name of a
// file it would change another's, or what was meant to be a copy.
func (s *Set) CheckOwn() error {
	if s.shared != "" {
		return storedir.OtherNameError(s.shared)
	}
	return nil
}

// checkRegistry makes sure that the database is one without encryption. Badger
// would trust lengths that it reads there.
func (s *Set) checkRegistry() error {
	b, err := readLimited(filepath.Join(s.Dir, RegistryName), registrySize+1)
	if err != nil {
		return err
	}
	if len(b) != registrySize || !bytes.HasSuffix(b, []byte(registryMark)) {
		return storedir.Corrupt("%s: %w", RegistryName, errManifest)
	}
	return nil
}

func (s *Set) ReadManifest() error {
	b, err := readLimited(filepath.Join(s.Dir, ManifestName), maxManifest+1)
	if err != nil {
		return err
	}
	if len(b) > maxManifest {
		return storedir.Corrupt("%s: over %d bytes", ManifestName, maxManifest)
	}
	s.Manifest, err = parseManifest(b)
	if err != nil {
		return storedir.Corrupt("%s: %w", ManifestName, err)
	}
	return nil
}

// LastTable is the highest number of a table that is there.
func (s *Set) LastTable() uint64 {
	if len(s.Tables) == 0 {
		return 0
	}
	return s.Tables[len(s.Tables)-1]
}

func TableName(id uint64) string { return fmt.Sprintf("%06d.sst", id) }

// readLimited reads at most limit bytes of a file.
func readLimited(path string, limit int) ([]byte, error) {
	f, info, err := storedir.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, min(info.Size(), int64(limit)))
	n, err := io.ReadFull(f, b)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil
	}
	return b[:n], err
}
